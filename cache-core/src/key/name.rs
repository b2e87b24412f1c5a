//! Printed names: `prefix:segment:segment`.
//!
//! Every character that has a meaning in a name or in a pattern is percent-escaped inside a segment, so distinct
//! arguments print distinct names, and a printed name used as a pattern matches itself alone.

use std::fmt::{self, Display, Write};

use super::{CacheKey, Glob, Segments, Sink};

/// Longer names end in a digest of the whole.
const LONGEST: usize = 200;
/// `:~` and 128 bits in hexadecimal.
const DIGEST: usize = 2 + 32;

/// The name of `key` under the literal `texts` around its segments, shortened where it is too long.
pub(crate) fn render(texts: &[&str], key: &impl Segments) -> String {
    shorten(rendered(texts, key))
}

/// The name in full.
pub fn rendered(texts: &[&str], key: &impl Segments) -> String {
    let mut texts = texts.iter();
    let mut out = String::with_capacity(48);
    out.push_str(texts.next().copied().unwrap_or_default());
    let mut sink = Print { out, texts, begun: false, depth: 0, present: 0, last: Last::Nothing };
    key.visit_segments(&mut sink);
    sink.texts.for_each(|text| sink.out.push_str(text));
    sink.out
}

/// One segment alone.
pub(crate) fn segment_text<K: CacheKey + ?Sized>(key: &K) -> String {
    rendered(&["", ""], &(key,))
}

/// A name over 200 bytes keeps the leading segments that fit, then `~` and the BLAKE3 digest of the whole.
pub(crate) fn shorten(mut name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let hash = blake3::hash(name.as_bytes());
    let mut cut = 0;
    for (at, _) in name.match_indices(':').take_while(|(at, _)| *at + DIGEST <= LONGEST) {
        cut = at + 1;
    }
    name.truncate(cut);
    name.push('~');
    for byte in &hash.as_bytes()[..16] {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// Of a shortened name, the part before the digest.
pub(crate) fn kept_part(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(DIGEST - 1)?;
    let (kept, digest) = name.split_at_checked(at)?;
    let hex = digest.strip_prefix('~')?;
    let is_digest = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (is_digest && (kept.is_empty() || kept.ends_with(':'))).then_some(kept)
}

/// Which names an invalidation reaches.
///
/// Where a name was shortened, it reaches every name that could have stood there: never too little.
#[derive(Debug, Clone)]
pub(crate) enum Names {
    All,
    One(String),
    /// Whole leading segments.
    Under(String),
    Like(Glob),
}

impl Names {
    pub(crate) fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == name,
            Self::Under(prefix) => {
                let under = |rest: &str| rest.is_empty() || rest.starts_with(':');
                name.strip_prefix(prefix.as_str()).is_some_and(under)
                    || kept_part(name).is_some_and(|kept| prefix.starts_with(kept))
            }
            Self::Like(glob) => glob.matches(name) || kept_part(name).is_some_and(|kept| glob.may_begin_with(kept)),
        }
    }
}

impl Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::One(name) => f.write_str(name),
            Self::Under(prefix) => write!(f, "{prefix}:*"),
            Self::Like(glob) => Display::fmt(glob, f),
        }
    }
}

struct Print<'a> {
    out: String,
    texts: std::slice::Iter<'a, &'a str>,
    begun: bool,
    /// Composites that are open: inside, the composite's own punctuation is escaped too.
    depth: usize,
    /// `Some`s announced and not yet printed, so that `Some(None)` is not `None`.
    present: usize,
    /// What was printed last in this segment or part.
    last: Last,
}

/// Values that a hand-written key shows one right after another are kept apart by `%|`, which no escape begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Absence,
    Variant,
    Value,
}

impl Print<'_> {
    /// Comes before everything that is printed: `as_what`, which may follow what is in `after` as it is.
    fn begin(&mut self, as_what: Last, after: Last) {
        if self.last != Last::Nothing && self.last != after {
            self.out.push_str("%|");
        }
        self.last = as_what;
    }

    fn escaped(&mut self, text: &str) {
        self.present = 0;
        if text.is_empty() {
            self.out.push('%');
        }
        let nested = self.depth > 0;
        for c in text.chars() {
            let special = matches!(c, ':' | '*' | '?' | '[' | ']' | '\\' | '%' | '~');
            if special || c.is_control() || (nested && matches!(c, '(' | ')' | ',')) {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(self.out, "%{byte:02X}");
                }
            } else {
                self.out.push(c);
            }
        }
    }
}

/// Escapes what is written through it.
struct Escaping<'a, 'b>(&'a mut Print<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !text.is_empty() {
            self.0.escaped(text);
        }
        Ok(())
    }
}

impl Sink for Print<'_> {
    fn unsigned(&mut self, value: u64) {
        self.begin(Last::Value, Last::Nothing);
        self.present = 0;
        let _ = write!(self.out, "{value}");
    }

    fn signed(&mut self, value: i64) {
        self.begin(Last::Value, Last::Nothing);
        self.present = 0;
        let _ = write!(self.out, "{value}");
    }

    fn text(&mut self, value: &str) {
        self.begin(Last::Value, Last::Nothing);
        self.escaped(value);
    }

    fn scalar(&mut self, _: &[u8], print: &dyn Display) {
        self.begin(Last::Value, Last::Absence);
        self.present = 0;
        let _ = write!(Escaping(self), "{print}");
    }

    fn absent(&mut self) {
        self.begin(Last::Absence, Last::Nothing);
        for _ in 0..=std::mem::take(&mut self.present) {
            self.out.push('~');
        }
    }

    fn present(&mut self) {
        self.present += 1;
    }

    fn variant(&mut self, name: &'static str) {
        self.begin(Last::Variant, Last::Nothing);
        self.escaped(name);
    }

    fn open(&mut self) {
        self.begin(Last::Nothing, Last::Variant);
        self.present = 0;
        self.depth += 1;
        self.out.push('(');
    }

    fn next(&mut self) {
        self.present = 0;
        self.last = Last::Nothing;
        self.out.push(',');
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.present = 0;
        self.last = Last::Value;
        self.out.push(')');
    }

    fn segment(&mut self) {
        self.present = 0;
        self.last = Last::Nothing;
        if std::mem::replace(&mut self.begun, true) {
            self.out.push_str(self.texts.next().copied().unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_print_as_the_documents_write_them() {
        assert_eq!(render(&["get_artist:", ""], &(&42_i64,)), "get_artist:42");
        assert_eq!(
            render(&["list_work_recordings:", ":", ":", ""], &(&123_i64, &Some("matched"), &None::<&str>)),
            "list_work_recordings:123:matched:~"
        );
        assert_eq!(render(&["workstations_", ""], &(&7_u8,)), "workstations_7");
        assert_eq!(render(&["album:", ":photos:", ""], &(&7_u8, &"new")), "album:7:photos:new");
        assert_eq!(render(&["workstations_list"], &()), "workstations_list");
    }

    #[test]
    fn an_empty_text_an_absence_and_a_tilde_differ() {
        assert_eq!(segment_text(""), "%");
        assert_eq!(segment_text(&None::<&str>), "~");
        assert_eq!(segment_text("~"), "%7E");
        assert_eq!(segment_text(&Some(None::<&str>)), "~~");
        assert_eq!(segment_text(&("a,b", "(")), "(a%2Cb,%28)");
        assert_eq!(segment_text("a:b*[é]"), "a%3Ab%2A%5Bé%5D");
    }

    /// Written by hand: its parts stand side by side.
    struct Pair<A, B>(A, B);

    impl<A: CacheKey, B: CacheKey> CacheKey for Pair<A, B> {
        fn visit<S: Sink>(&self, sink: &mut S) {
            self.0.visit(sink);
            self.1.visit(sink);
        }
    }

    #[test]
    fn parts_that_stand_side_by_side_are_kept_apart() {
        assert_eq!(segment_text(&Pair(1, 23)), "1%|23");
        assert_ne!(segment_text(&Pair(1, 23)), segment_text(&Pair(12, 3)));
        assert_ne!(segment_text(&Pair("ab", "c")), segment_text(&Pair("a", "bc")));
        assert_ne!(segment_text(&Pair(None::<u8>, None::<u8>)), segment_text(&Some(None::<u8>)));
        assert_ne!(segment_text(&Pair((1, 2), 3)), segment_text(&Pair(1, (2, 3))));
    }

    #[test]
    fn long_names_keep_their_leading_segments() {
        let long = "x".repeat(300);
        let name = render(&["search:", ":", ""], &(&7_u8, &long.as_str()));
        assert_eq!(name.len(), "search:7:~".len() + 32);
        assert_eq!(kept_part(&name), Some("search:7:"));
        let other = render(&["search:", ":", ""], &(&7_u8, &format!("{long}x").as_str()));
        assert_ne!(name, other);
        assert_eq!(kept_part("search:7:x"), None);
    }

    #[test]
    fn a_shortened_name_is_reached_by_whatever_could_have_stood_there() {
        let name = render(&["search:", ":", ""], &(&7_u8, &"x".repeat(300).as_str()));
        let like = |glob: &str| Names::Like(Glob::new(glob).unwrap()).contains(&name);
        assert!(like("search:*"));
        assert!(like("search:7:x*"));
        assert!(like("*zzz*"));
        assert!(!like("search:8:*"));
        assert!(Names::Under("search:7".into()).contains(&name));
        assert!(Names::Under("search:7:xxx".into()).contains(&name));
        assert!(!Names::Under("search:8".into()).contains(&name));
    }

    #[test]
    fn a_prefix_is_whole_segments() {
        let under = Names::Under("artist".into());
        assert!(under.contains("artist"));
        assert!(under.contains("artist:42"));
        assert!(!under.contains("artist_works:42"));
    }
}
