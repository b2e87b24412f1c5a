//! The line before a record that is removed by tags: when its load began, and the tags.
//!
//! `%1732226400000000 artist:42 genre:jazz`, a line feed, and the record. In a tag `%`, spaces and control characters are
//! percent-escaped. A record that begins with `%` itself has such a line without tags; any other begins as it is.

use std::borrow::Cow;
use std::fmt::Write;

/// Longer lines are neither written nor read.
const LONGEST: usize = 1 << 16;

/// A stored value, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) number: u64,
    pub(crate) tags: Vec<String>,
    pub(crate) record: Vec<u8>,
}

/// What follows the number in the line. None where that is too long.
pub(crate) fn listed(tags: &[String]) -> Option<String> {
    let mut list = String::new();
    for tag in tags {
        list.push(' ');
        for character in tag.chars() {
            if matches!(character, '%' | ' ') || character.is_control() {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    // Writing to a string does not fail.
                    let _ = write!(list, "%{byte:02X}");
                }
            } else {
                list.push(character);
            }
        }
    }
    (list.len() < LONGEST - 32).then_some(list)
}

/// A record as it is stored. None where its tags are too long.
pub(crate) fn framed<'r>(record: &'r [u8], number: u64, tags: &[String]) -> Option<Cow<'r, [u8]>> {
    if tags.is_empty() && record.first() != Some(&b'%') {
        return Some(Cow::Borrowed(record));
    }
    let mut framed = format!("%{number}{}\n", listed(tags)?).into_bytes();
    framed.extend_from_slice(record);
    Some(Cow::Owned(framed))
}

/// Whether a stored value may begin with a line.
pub(crate) fn has_line(stored: &[u8]) -> bool {
    stored.first() == Some(&b'%')
}

impl Frame {
    /// What [`framed`] wrote. None for anything else, which is a record as it is.
    pub(crate) fn read(stored: &[u8]) -> Option<Self> {
        let rest = stored.strip_prefix(b"%")?;
        let end = rest.iter().take(LONGEST).position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&rest[..end]).ok()?;
        let mut words = line.split(' ');
        let number = words.next()?.parse().ok()?;
        let tags = words.map(unescaped).collect::<Option<_>>()?;
        Some(Self { number, tags, record: rest[end + 1..].to_vec() })
    }
}

fn unescaped(word: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut parts = word.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_readable_and_only_where_it_has_to_be() {
        let tags = ["artist:42".to_owned(), "a b%\n".to_owned()];
        let stored = framed(b"{}", 7, &tags).unwrap();
        assert_eq!(&*stored, b"%7 artist:42 a%20b%25%0A\n{}");
        assert_eq!(&*framed(b"{}", 7, &[]).unwrap(), b"{}");
        assert_eq!(&*framed(b"%1\n", 7, &[]).unwrap(), b"%7\n%1\n");
        assert!(framed(b"{}", 7, &["x".repeat(LONGEST)]).is_none());
        for other in ["", "{}", "%", "%x\n", "%7", "%7 %\n", "%7 %zz\n", "%7 %FF\n", "% a\n"] {
            assert_eq!(Frame::read(other.as_bytes()), None, "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_as_it_was(
            record: Vec<u8>,
            number: u64,
            tags in prop::collection::vec(any::<String>(), 0..4),
        ) {
            let stored = framed(&record, number, &tags).unwrap();
            match has_line(&stored) {
                true => prop_assert_eq!(Frame::read(&stored), Some(Frame { number, tags, record })),
                false => prop_assert!(tags.is_empty() && *stored == *record),
            }
        }

        #[test]
        fn any_bytes_are_a_line_or_none(stored: Vec<u8>) {
            let mut stored = stored;
            if let Some(first) = stored.first_mut() {
                *first = b'%';
            }
            if let Some(frame) = Frame::read(&stored) {
                prop_assert!(frame.record.len() < stored.len());
            }
        }
    }
}
