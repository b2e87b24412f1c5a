//! The stored form of a key, and its comparison with borrowed arguments.

use std::fmt::Display;

use super::{Segments, Sink};

/// Bytes that fit beside the entry's pointer without an allocation: an integer and a short string do.
const INLINE: usize = 30;

mod tag {
    pub(super) const UNSIGNED: u8 = 1;
    pub(super) const SIGNED: u8 = 2;
    pub(super) const TEXT: u8 = 3;
    pub(super) const SCALAR: u8 = 4;
    pub(super) const ABSENT: u8 = 5;
    pub(super) const PRESENT: u8 = 6;
    pub(super) const VARIANT: u8 = 7;
    pub(super) const OPEN: u8 = 8;
    pub(super) const CLOSE: u8 = 9;
    pub(super) const LONG: u8 = u8::MAX;
}

/// A key's arguments, written down so that equal arguments give equal bytes and distinct ones distinct bytes.
#[derive(Debug)]
pub(crate) enum KeyBytes {
    Inline { len: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl KeyBytes {
    pub(crate) fn of(key: &impl Segments) -> Self {
        let mut sink = Write(Vec::new());
        key.visit_segments(&mut sink);
        let mut bytes = [0; INLINE];
        match bytes.get_mut(..sink.0.len()) {
            Some(part) => {
                part.copy_from_slice(&sink.0);
                Self::Inline { len: part.len() as u8, bytes }
            }
            None => Self::Heap(sink.0.into_boxed_slice()),
        }
    }

    #[inline]
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Heap(bytes) => bytes,
        }
    }

    /// Bytes outside of the value itself.
    pub(crate) fn heap_len(&self) -> usize {
        match self {
            Self::Inline { .. } => 0,
            Self::Heap(bytes) => bytes.len(),
        }
    }

    #[inline]
    pub(crate) fn is(&self, key: &impl Segments) -> bool {
        let mut sink = Compare { rest: Some(self.as_slice()) };
        key.visit_segments(&mut sink);
        sink.rest.is_some_and(<[u8]>::is_empty)
    }
}

impl PartialEq for KeyBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

/// The encoding itself, over "append these bytes".
trait Encode {
    fn put(&mut self, bytes: &[u8]);
    fn put_number(&mut self, tagged: [u8; 9]);

    #[inline]
    fn put_long(&mut self, tag: u8, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) if len < tag::LONG => self.put(&[tag, len]),
            _ => {
                self.put(&[tag, tag::LONG]);
                self.put(&(bytes.len() as u64).to_le_bytes());
            }
        }
        self.put(bytes);
    }
}

#[inline]
fn tagged(tag: u8, number: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
    [tag, a, b, c, d, e, f, g, h]
}

struct Write(Vec<u8>);

impl Encode for Write {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn put_number(&mut self, tagged: [u8; 9]) {
        self.put(&tagged);
    }
}

/// What is still to be matched; `None` once something differed.
struct Compare<'a> {
    rest: Option<&'a [u8]>,
}

impl Encode for Compare<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.rest = self.rest.and_then(|rest| rest.strip_prefix(bytes));
    }

    #[inline]
    fn put_number(&mut self, tagged: [u8; 9]) {
        self.rest = self
            .rest
            .and_then(|rest| rest.split_first_chunk())
            .and_then(|(first, rest)| (*first == tagged).then_some(rest));
    }
}

macro_rules! sink {
    ($($sink:ty),*) => {$(
        impl Sink for $sink {
            #[inline]
            fn unsigned(&mut self, value: u64) {
                self.put_number(tagged(tag::UNSIGNED, value));
            }

            #[inline]
            fn signed(&mut self, value: i64) {
                self.put_number(tagged(tag::SIGNED, value.cast_unsigned()));
            }

            #[inline]
            fn text(&mut self, value: &str) {
                self.put_long(tag::TEXT, value.as_bytes());
            }

            #[inline]
            fn scalar(&mut self, bytes: &[u8], _: &dyn Display) {
                self.put_long(tag::SCALAR, bytes);
            }

            #[inline]
            fn absent(&mut self) {
                self.put(&[tag::ABSENT]);
            }

            #[inline]
            fn present(&mut self) {
                self.put(&[tag::PRESENT]);
            }

            #[inline]
            fn variant(&mut self, name: &'static str) {
                self.put_long(tag::VARIANT, name.as_bytes());
            }

            #[inline]
            fn open(&mut self) {
                self.put(&[tag::OPEN]);
            }

            #[inline]
            fn next(&mut self) {}

            #[inline]
            fn close(&mut self) {
                self.put(&[tag::CLOSE]);
            }
        }
    )*};
}
sink!(Write, Compare<'_>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrowed_arguments_match_what_owned_ones_stored() {
        let stored = KeyBytes::of(&(&7_i64, &String::from("matched"), &Some(3_u32)));
        assert!(stored.is(&(&7_i64, &"matched", &Some(&3_u32))));
        assert!(!stored.is(&(&7_i64, &"matched", &None::<u32>)));
        assert!(!stored.is(&(&7_i64, &"matche", &Some(3_u32))));
        assert!(!stored.is(&(&7_i64, &"matched")));
        assert!(!stored.is(&(&7_u64, &"matched", &Some(3_u32))));
    }

    #[test]
    fn long_keys_go_to_the_heap_and_compare_alike() {
        let long = "x".repeat(1_000);
        let stored = KeyBytes::of(&(&long.as_str(),));
        assert!(stored.heap_len() > 1_000);
        assert!(stored.is(&(&long,)));
        assert!(!stored.is(&(&&long[1..],)));
    }
}
