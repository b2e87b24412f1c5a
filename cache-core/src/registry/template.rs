//! The form of a function's names, and whether two forms can print one name.

use super::facts::Kind;
use crate::key::{params_of, segment_text};

/// The names that a function can print, as far as its key types are known.
#[derive(Debug)]
pub(crate) struct Template {
    segments: Vec<SegmentShape>,
    open_end: bool,
}

/// What a segment whose type is not known is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It may print anything.
    Anything,
    /// It may print numbers alone.
    Numbers,
}

impl Template {
    pub(super) fn new(texts: &[String], kinds: &[Kind], open_end: bool) -> Self {
        let mut segments = vec![SegmentShape::default()];
        for (index, text) in texts.iter().enumerate() {
            for (part_index, part) in text.split(':').enumerate() {
                if part_index > 0 {
                    segments.push(SegmentShape::default());
                }
                if let Some(last) = segments.last_mut() {
                    let side = if last.open == Open::No { &mut last.before } else { &mut last.after };
                    side.push_str(part);
                }
            }
            if let Some(last) = segments.last_mut().filter(|_| index + 1 < texts.len()) {
                last.open = match kinds.get(index).copied().flatten() {
                    None => Open::Unknown,
                    Some((true, _)) => Open::Number,
                    Some((false, _)) => Open::Text,
                };
            }
        }
        Self { segments, open_end }
    }

    /// The first segment, if that is text alone: templates that differ in it cannot meet.
    pub(crate) fn head(&self) -> Option<&str> {
        self.segments.first().filter(|first| first.open == Open::No).map(|first| &*first.before)
    }

    /// Whether some arguments of one and some of the other print the same name.
    pub(crate) fn meets(&self, other: &Self, unknown: Unknown) -> bool {
        let (a, b) = (&self.segments, &other.segments);
        // An open end meets one segment or more.
        let ends = match (self.open_end, other.open_end) {
            (false, false) => a.len() == b.len(),
            (true, false) => b.len() >= a.len(),
            (false, true) => a.len() >= b.len(),
            (true, true) => true,
        };
        ends && a.iter().zip(b).all(|(a, b)| a.meets(b, unknown))
    }
}

/// A template whose segments for the type parameters of `Self` are text, or nothing where there are none.
pub(super) fn plain_template(texts: &[&str], kinds: &[Kind]) -> (Vec<String>, Vec<Kind>) {
    let mut plain = vec![texts.first().copied().unwrap_or_default().to_owned()];
    let mut segments = Vec::new();
    for (index, text) in texts.iter().enumerate().skip(1) {
        let kind = kinds.get(index - 1).copied().flatten();
        let of_self = kind.and_then(|(_, name)| name.split_once("::SelfParams<")?.1.strip_suffix('>'));
        match (of_self, plain.last_mut()) {
            (Some(of), Some(last)) => {
                if let Some(params) = params_of(of) {
                    last.push(':');
                    last.push_str(&segment_text(params));
                }
                last.push_str(text);
            }
            _ => {
                segments.push(kind);
                plain.push((*text).to_owned());
            }
        }
    }
    (plain, segments)
}

/// One segment of a template: text, an argument if it is open, text.
#[derive(Debug, Default)]
struct SegmentShape {
    before: String,
    open: Open,
    after: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Open {
    #[default]
    No,
    Number,
    Text,
    Unknown,
}

impl SegmentShape {
    fn meets(&self, other: &Self, unknown: Unknown) -> bool {
        let digits = |text: &str| text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
        match (self.open, other.open) {
            (Open::No, Open::No) => self.before == other.before,
            (Open::No, _) => other.meets(self, unknown),
            (open, Open::No) => {
                let number = open == Open::Number || (open == Open::Unknown && unknown == Unknown::Numbers);
                let inner = other.before.strip_prefix(&self.before).and_then(|rest| rest.strip_suffix(&self.after));
                inner.is_some_and(|inner| !inner.is_empty() && (!number || digits(inner)))
            }
            _ => {
                let starts = self.before.starts_with(&other.before) || other.before.starts_with(&self.before);
                let ends = self.after.ends_with(&other.after) || other.after.ends_with(&self.after);
                starts && ends
            }
        }
    }
}
