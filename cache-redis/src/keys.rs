//! The keys that are written, and the patterns that find them.
//!
//! A record stands under `namespace:name`. In the namespace `%`, `:` and control characters are percent-escaped, so the
//! first `:` of a key ends it, and two namespaces never share a key. What the tier itself needs stands under
//! `namespace%word`, which no namespace can print: no name, whatever its bytes, makes a record look like one of them, and
//! a pattern for records does not find them.
//!
//! A cluster makes one step of what is in one slot alone. There a namespace is cut into buckets by a hash of the name, and
//! each key begins with `namespace{bucket}`. Braces in the namespace are escaped too, so the first ones are the bucket's.

use std::fmt::Write;

/// `~` and 128 bits in hexadecimal: how a shortened name ends.
const DIGEST: usize = 1 + 32;

/// What a pattern for shortened names ends with.
const ANY_DIGEST: &str = "~????????????????????????????????";

/// How many parts a namespace has in a cluster. Another number, like another hash, would look for records where they are
/// not, and leave removals unseen by who still has this one.
pub(crate) const BUCKETS: u8 = 64;

/// What stands for the bucket in a pattern for all of them.
const ANY_BUCKET: &str = "{[0-6][0-9]}";

/// The keys of a namespace.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    namespace: String,
    buckets: bool,
}

impl Keys {
    /// On one server.
    pub(crate) fn new(namespace: &str) -> Self {
        Self::with(namespace, false)
    }

    pub(crate) fn in_cluster(namespace: &str) -> Self {
        Self::with(namespace, true)
    }

    fn with(namespace: &str, buckets: bool) -> Self {
        let mut printed = String::with_capacity(namespace.len() + 8);
        for character in namespace.chars() {
            let brace = buckets && matches!(character, '{' | '}');
            if brace || matches!(character, '%' | ':') || character.is_ascii_control() {
                // Writing to a string does not fail.
                let _ = write!(printed, "%{:02X}", u32::from(character));
            } else {
                printed.push(character);
            }
        }
        Self { namespace: printed, buckets }
    }

    /// What the keys of a name can be changed with in one step: the others of its bucket. On one server there is one.
    pub(crate) fn bucket(&self, name: &str) -> u8 {
        if self.buckets { bucket(name) } else { 0 }
    }

    fn head(&self, bucket: u8) -> String {
        if self.buckets { format!("{}{{{bucket:02}}}", self.namespace) } else { self.namespace.clone() }
    }

    /// Where a name's record is.
    pub(crate) fn record(&self, name: &str) -> String {
        let mut record = String::new();
        self.write_record(name, &mut record);
        record
    }

    fn write_record(&self, name: &str, into: &mut String) {
        // Braces, two digits, and the colon.
        into.reserve_exact(self.namespace.len() + name.len() + 5);
        into.push_str(&self.namespace);
        if self.buckets {
            // Writing to a string does not fail.
            let _ = write!(into, "{{{:02}}}", bucket(name));
        }
        into.push(':');
        into.push_str(name);
    }

    /// Where a name's token is: whoever has it loaded after the name's last change.
    pub(crate) fn lease(&self, name: &str) -> String {
        format!("{}%lease:{name}", self.head(self.bucket(name)))
    }

    /// Where it says which instance loads a name.
    pub(crate) fn claim(&self, name: &str) -> String {
        format!("{}%load:{name}", self.head(self.bucket(name)))
    }

    /// Where the order of changes is that a name belongs to.
    pub(crate) fn order(&self, name: &str) -> String {
        self.order_of(self.bucket(name))
    }

    /// How many buckets there are.
    pub(crate) fn buckets(&self) -> u8 {
        if self.buckets { BUCKETS } else { 1 }
    }

    /// The order of a bucket.
    pub(crate) fn order_of(&self, bucket: u8) -> String {
        format!("{}%order", self.head(bucket))
    }

    /// All orders of the namespace.
    pub(crate) fn orders(&self) -> Vec<String> {
        (0..self.buckets()).map(|bucket| self.order_of(bucket)).collect()
    }

    /// Where it says from when on nothing that carries a tag was removed, of a bucket's names.
    pub(crate) fn tag(&self, tag: &str, bucket: u8) -> String {
        format!("{}%tag:{tag}", self.head(bucket))
    }

    /// Where instances tell each other of their changes.
    pub(crate) fn channel(&self) -> String {
        format!("{}%changes", self.namespace)
    }

    /// Where it says what is being removed of many names.
    pub(crate) fn sweeps(&self) -> String {
        format!("{}%sweeps", self.namespace)
    }

    /// The name whose record stands under that key.
    pub(crate) fn name<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        let mut rest = key.strip_prefix(self.namespace.as_bytes())?;
        if self.buckets {
            let [b'{', tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'}', after @ ..] = rest else { return None };
            if (tens - b'0') * 10 + (ones - b'0') >= BUCKETS {
                return None;
            }
            rest = after;
        }
        std::str::from_utf8(rest.strip_prefix(b":")?).ok()
    }

    /// Patterns that find every record whose name begins so, and every shortened one, which may have begun so.
    pub(crate) fn beginning(&self, start: &str) -> Vec<String> {
        let head = self.any_head();
        if start.is_empty() {
            return vec![format!("{head}:*")];
        }
        vec![format!("{head}:{}*", escaped(start)), format!("{head}:*{ANY_DIGEST}")]
    }

    /// Patterns that find every record, every lease and every tag's marker.
    pub(crate) fn all(&self) -> Vec<String> {
        let head = self.any_head();
        vec![format!("{head}:*"), format!("{head}%lease:*"), format!("{head}%tag:*")]
    }

    fn any_head(&self) -> String {
        let any = if self.buckets { ANY_BUCKET } else { "" };
        escaped(&self.namespace) + any
    }
}

/// FNV-1a of the name's bytes, folded.
fn bucket(name: &str) -> u8 {
    let hash = name.bytes().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 16) as u8 % BUCKETS
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
        assert_eq!((keys.order("artist:42"), keys.orders()), ("cache%order".into(), vec!["cache%order".to_owned()]));
        assert_eq!(Keys::new("a{b}").record("c"), "a{b}:c");
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
    fn keys_in_a_cluster_name_their_bucket() {
        let keys = Keys::in_cluster("cache");
        assert_eq!(keys.record("artist:42"), "cache{02}:artist:42");
        assert_eq!(keys.lease("artist:42"), "cache{02}%lease:artist:42");
        assert_eq!(keys.order("artist:42"), "cache{02}%order");
        assert_eq!(keys.orders().len(), 64);
        assert_eq!(keys.orders()[7], "cache{07}%order");
        assert_eq!(keys.name(b"cache{02}:artist:42"), Some("artist:42"));
        for other in ["cache:a", "cache{64}:a", "cache{0}:a", "cache{02}%lease:a", "cache{02}%order", "cach{02}:a"] {
            assert_eq!(keys.name(other.as_bytes()), None, "{other}");
        }
        assert_eq!(Keys::in_cluster("{x}").name(b"{x}{07}:a"), None);
        assert_eq!(Keys::in_cluster("{x}").orders()[1], "%7Bx%7D{01}%order");
        assert_eq!(keys.all(), ["cache{[0-6][0-9]}:*", "cache{[0-6][0-9]}%lease:*", "cache{[0-6][0-9]}%tag:*"]);
    }

    #[test]
    fn the_bucket_of_a_name_is_for_ever() {
        let known = [("", 25), ("a", 32), ("artist:42", 2), ("é", 28)];
        for (name, expected) in known {
            assert_eq!(bucket(name), expected, "{name}");
        }
        let mut sizes = [0_u32; BUCKETS as usize];
        for n in 0..64_000 {
            sizes[usize::from(bucket(&format!("item:{n}")))] += 1;
        }
        assert!(sizes.iter().all(|size| (800..1_200).contains(size)), "{sizes:?}");
        let slots: std::collections::BTreeSet<u16> =
            Keys::in_cluster("c").orders().iter().map(|key| crate::slots::slot(key.as_bytes())).collect();
        assert_eq!(slots.len(), 64, "no two buckets share a slot");
    }

    #[test]
    fn patterns_take_nothing_of_a_name_for_a_wildcard() {
        assert_eq!(Keys::new("c*").beginning("a[1]?")[0], r"c\*:a\[1\]\?*");
        assert_eq!(Keys::new("c").beginning(""), ["c:*"]);
        assert_eq!(Keys::new("c").all(), ["c:*", "c%lease:*", "c%tag:*"]);
    }

    #[test]
    fn a_shortened_name_keeps_its_beginning() {
        let shortened = format!("search:7:~{}", "0a".repeat(16));
        assert_eq!(kept(&shortened), Some("search:7:".len()));
        assert_eq!(kept("search:7:x"), None);
        assert_eq!(kept(&"é".repeat(20)), None);
    }
}
