//! The keys that are written, and the patterns that find them.
//!
//! A record stands under `namespace:name`. In the namespace `%`, `:` and control characters are percent-escaped, so the
//! first `:` of a key ends it, and two namespaces never share a key. What the tier itself needs stands under
//! `namespace%word`, which no namespace can print: no name, whatever its bytes, makes a record look like one of them, and
//! a pattern for records does not find them.

use std::fmt::Write;

/// `~` and 128 bits in hexadecimal: how a shortened name ends.
const DIGEST: usize = 1 + 32;

/// What a pattern for shortened names ends with.
const ANY_DIGEST: &str = "~????????????????????????????????";

/// The keys of a namespace.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    namespace: String,
}

impl Keys {
    pub(crate) fn new(namespace: &str) -> Self {
        let mut printed = String::with_capacity(namespace.len() + 8);
        for character in namespace.chars() {
            if matches!(character, '%' | ':') || character.is_ascii_control() {
                // Writing to a string does not fail.
                let _ = write!(printed, "%{:02X}", u32::from(character));
            } else {
                printed.push(character);
            }
        }
        Self { namespace: printed }
    }

    /// Where a name's record is.
    pub(crate) fn record(&self, name: &str) -> String {
        format!("{}:{name}", self.namespace)
    }

    /// Where a name's token is: whoever has it loaded after the name's last change.
    pub(crate) fn lease(&self, name: &str) -> String {
        format!("{}%lease:{name}", self.namespace)
    }

    /// Where it says which instance loads a name.
    pub(crate) fn claim(&self, name: &str) -> String {
        format!("{}%load:{name}", self.namespace)
    }

    /// Where the namespace's order of changes is.
    pub(crate) fn order(&self) -> String {
        format!("{}%order", self.namespace)
    }

    /// Where instances tell each other of their changes.
    pub(crate) fn channel(&self) -> String {
        format!("{}%changes", self.namespace)
    }

    /// The name whose record stands under that key.
    pub(crate) fn name<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        let name = key.strip_prefix(self.namespace.as_bytes())?.strip_prefix(b":")?;
        std::str::from_utf8(name).ok()
    }

    /// Patterns that find every record whose name begins so, and every shortened one, which may have begun so.
    pub(crate) fn beginning(&self, start: &str) -> Vec<String> {
        let namespace = escaped(&self.namespace);
        if start.is_empty() {
            return vec![format!("{namespace}:*")];
        }
        vec![format!("{namespace}:{}*", escaped(start)), format!("{namespace}:*{ANY_DIGEST}")]
    }

    /// Patterns that find every record and every lease.
    pub(crate) fn all(&self) -> Vec<String> {
        let namespace = escaped(&self.namespace);
        vec![format!("{namespace}:*"), format!("{namespace}%lease:*")]
    }
}

/// How many bytes of a shortened name are those of the name that it stands for.
pub(crate) fn kept(name: &str) -> Option<usize> {
    let kept = name.len().checked_sub(DIGEST)?;
    let (_, digest) = name.split_at_checked(kept)?;
    let hexadecimal = digest.strip_prefix('~')?.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then_some(kept)
}

/// A text as a pattern that matches it alone.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_readable() {
        let keys = Keys::new("cache");
        assert_eq!(keys.record("artist:42"), "cache:artist:42");
        assert_eq!(keys.lease("artist:42"), "cache%lease:artist:42");
        assert_eq!(keys.order(), "cache%order");
        assert_eq!(keys.name(b"cache:artist:42"), Some("artist:42"));
        assert_eq!(keys.name(b"cache%lease:artist:42"), None);
        assert_eq!(keys.name(b"cache:\xFF"), None);
    }

    #[test]
    fn namespaces_share_no_key() {
        let (outer, inner) = (Keys::new("shop"), Keys::new("shop:eu"));
        assert_eq!(inner.record("a"), "shop%3Aeu:a");
        assert_ne!(outer.record("eu:a"), inner.record("a"));
        assert_ne!(Keys::new("shop%lease").record("a"), outer.lease("a"));
        assert_eq!(outer.name(inner.record("a").as_bytes()), None);
        assert_eq!(Keys::new("a\0b").record("c"), "a%00b:c");
    }

    #[test]
    fn patterns_take_nothing_of_a_name_for_a_wildcard() {
        assert_eq!(Keys::new("c*").beginning("a[1]?")[0], r"c\*:a\[1\]\?*");
        assert_eq!(Keys::new("c").beginning(""), ["c:*"]);
        assert_eq!(Keys::new("c").all(), ["c:*", "c%lease:*"]);
    }

    #[test]
    fn a_shortened_name_keeps_its_beginning() {
        let shortened = format!("search:7:~{}", "0a".repeat(16));
        assert_eq!(kept(&shortened), Some("search:7:".len()));
        assert_eq!(kept("search:7:x"), None);
        assert_eq!(kept(&"é".repeat(20)), None);
    }
}
