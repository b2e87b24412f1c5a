//! The printing sink: a key as text, in which nothing can be mistaken for something else.

use std::fmt::{self, Display, Write};

use super::{CacheKey, Name, Segments, Sink};

/// The name in full.
pub fn rendered(texts: &[&str], key: &impl Segments) -> String {
    printed(texts, key).into()
}

pub(super) fn printed(texts: &[&str], key: &impl Segments) -> Name {
    let mut texts = texts.iter();
    let mut out = Name::new();
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

/// Two digits each, of the numbers under a hundred.
const PAIRS: &str = "\
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

struct Print<'a> {
    out: Name,
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
            self.out.push_str("%");
        }
        let nested = self.depth > 0;
        let is_special = |c: char| {
            let special = matches!(c, ':' | '*' | '?' | '[' | ']' | '\\' | '%' | '~');
            special || c.is_control() || (nested && matches!(c, '(' | ')' | ','))
        };
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_special(*c)) {
            let (plain, special) = rest.split_at(at);
            let (special, after) = special.split_at(c.len_utf8());
            self.out.push_str(plain);
            for byte in special.bytes() {
                let digits = [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                self.out.push_str("%");
                digits.iter().for_each(|digit| self.out.push_str(digit.encode_utf8(&mut [0; 4])));
            }
            rest = after;
        }
        self.out.push_str(rest);
    }

    /// What `Display` prints, in a tenth of its time: most keys are numbers.
    fn decimal(&mut self, mut value: u64) {
        // Ten pairs of digits are what the largest number has.
        let mut pairs = [0_u8; 10];
        let mut first = pairs.len() - 1;
        while value >= 100 {
            pairs[first] = (value % 100) as u8;
            value /= 100;
            first -= 1;
        }
        let leading = 2 * value as usize;
        self.out.push_str(&PAIRS[leading + usize::from(value < 10)..leading + 2]);
        for pair in &pairs[first + 1..] {
            let at = 2 * usize::from(*pair);
            self.out.push_str(&PAIRS[at..at + 2]);
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
        self.decimal(value);
    }

    fn signed(&mut self, value: i64) {
        self.begin(Last::Value, Last::Nothing);
        self.present = 0;
        if value < 0 {
            self.out.push_str("-");
        }
        self.decimal(value.unsigned_abs());
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

    fn type_params(&mut self, params: &str) {
        self.out.push_str(":");
        self.text(params);
    }

    fn verbatim(&mut self, text: &str) {
        self.begin(Last::Value, Last::Absence);
        self.present = 0;
        self.out.push_str(text);
    }

    fn absent(&mut self) {
        self.begin(Last::Absence, Last::Nothing);
        for _ in 0..=std::mem::take(&mut self.present) {
            self.out.push_str("~");
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
        self.out.push_str("(");
    }

    fn next(&mut self) {
        self.present = 0;
        self.last = Last::Nothing;
        self.out.push_str(",");
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.present = 0;
        self.last = Last::Value;
        self.out.push_str(")");
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
    fn an_empty_text_an_absence_and_a_tilde_differ() {
        assert_eq!(segment_text(""), "%");
        assert_eq!(segment_text(&None::<&str>), "~");
        assert_eq!(segment_text("~"), "%7E");
        assert_eq!(segment_text(&Some(None::<&str>)), "~~");
        assert_eq!(segment_text(&("a,b", "(")), "(a%2Cb,%28)");
        assert_eq!(segment_text("a:b*[é]"), "a%3Ab%2A%5Bé%5D");
    }

    #[test]
    fn numbers_print_as_they_display() {
        for value in [0, 1, -1, 9, 10, -10, 99, 100, i64::MAX, i64::MIN] {
            assert_eq!(segment_text(&value), value.to_string());
        }
        for value in [0, 7, 10, 1_000_000_007, u64::MAX] {
            assert_eq!(segment_text(&value), value.to_string());
        }
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
}
