//! The decorated functions: one static per function in the program, and per cache what it knows of each.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use crate::key::{Glob, Names, params_of, segment_text};
use crate::stats::Counters;

/// What the macro knows of a function.
#[derive(Debug, Clone, Copy)]
pub struct SiteInfo {
    /// The function's name.
    pub function: &'static str,
    /// Where it stands.
    pub module: &'static str,
    /// Its file.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
    /// `artist:{artist_id}`, for people.
    pub template: &'static str,
    /// The literal text around the key's segments: one more than there are segments.
    pub texts: &'static [&'static str],
    /// Arguments that are no part of the key.
    pub skipped: &'static [&'static str],
    /// Whether `key_prefix` or `key` was given: only then are entries shared with a function that says the same.
    pub explicit: bool,
    /// Whether callers that miss together share one load.
    pub single_flight: bool,
    /// The time to live as it was written.
    pub ttl: &'static str,
    /// The last segment stands for as many as it likes.
    pub open_end: bool,
    /// Where its values are kept.
    pub tier: Tier,
    /// The version of its values' schema.
    pub version: u32,
}

/// Where a function's values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// In memory, and in the shared tier where they can go there.
    Auto,
    /// In memory.
    Local,
    /// In the shared tier.
    Shared,
    /// In both.
    Both,
}

impl SiteInfo {
    /// The names of all its entries.
    pub(crate) fn names(&self) -> Names {
        match self.texts.first() {
            Some(prefix) if self.open_end => Names::Under(prefix.trim_end_matches(':').to_owned()),
            _ => Names::Like(Glob::of_segments(self.texts, &vec![None; self.texts.len().saturating_sub(1)])),
        }
    }
}

/// A decorated function: all that it owns.
#[derive(Debug)]
pub struct Site {
    pub(crate) info: SiteInfo,
    /// The function in the first lasting cache that it was called with.
    home: OnceLock<(u64, Arc<Function>)>,
}

impl Site {
    /// As the macro writes it.
    #[must_use]
    pub const fn new(info: SiteInfo) -> Self {
        Self { info, home: OnceLock::new() }
    }

    /// The function in the cache of that number, where it is at home there.
    #[inline]
    pub(crate) fn at_home(&self, cache: u64) -> Option<&Function> {
        match self.home.get() {
            Some((home, function)) if *home == cache => Some(function),
            _ => None,
        }
    }

    pub(crate) fn settle(&self, cache: u64, function: &Arc<Function>) {
        let _ = self.home.set((cache, function.clone()));
    }
}

/// A function in one cache.
pub(crate) struct Function {
    pub(crate) info: SiteInfo,
    /// Tells its typed keys from those of other functions in this cache.
    template: u32,
    /// Its names could coincide with another function's: it runs uncached.
    in_conflict: AtomicBool,
    pub(crate) stats: Counters,
    value: Option<TypeId>,
    /// The literal text around the segments, and the segments, without those for the type parameters of `Self`.
    texts: Vec<String>,
    keys: Vec<(bool, &'static str)>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Function {
    /// What `Cache`'s own methods count as.
    pub(crate) fn manual() -> Arc<Self> {
        let info = SiteInfo {
            function: "(manual)",
            module: "",
            file: "",
            line: 0,
            template: "",
            texts: &[""],
            skipped: &[],
            explicit: false,
            single_flight: true,
            ttl: "",
            open_end: false,
            tier: Tier::Auto,
            version: 0,
        };
        Arc::new(Self {
            info,
            template: 0,
            in_conflict: AtomicBool::new(false),
            stats: Counters::default(),
            value: None,
            texts: vec![String::new()],
            keys: Vec::new(),
        })
    }

    pub(crate) fn template(&self) -> u32 {
        self.template
    }

    pub(crate) fn in_conflict(&self) -> bool {
        self.in_conflict.load(Ordering::Acquire)
    }

    /// Whether both said that they share: the same explicit key, key types and value type.
    fn shares_with(&self, other: &Self) -> bool {
        let same_keys = self.keys.len() == other.keys.len()
            && self.keys.iter().zip(&other.keys).all(|((_, a), (_, b))| plain(a) == plain(b));
        self.info.explicit && other.info.explicit && self.texts == other.texts && same_keys && self.value == other.value
    }

    /// Whether some arguments of one and some of the other print the same name.
    fn meets(&self, other: &Self) -> bool {
        let (a, b) = (self.segments(), other.segments());
        // An open end meets one segment or more.
        let ends = match (self.info.open_end, other.info.open_end) {
            (false, false) => a.len() == b.len(),
            (true, false) => b.len() >= a.len(),
            (false, true) => a.len() >= b.len(),
            (true, true) => true,
        };
        ends && a.iter().zip(&b).all(|(a, b)| a.meets(b))
    }

    fn segments(&self) -> Vec<SegmentShape> {
        let mut shapes = vec![SegmentShape::default()];
        for (index, text) in self.texts.iter().enumerate() {
            for (part_index, part) in text.split(':').enumerate() {
                if part_index > 0 {
                    shapes.push(SegmentShape::default());
                }
                if let Some(last) = shapes.last_mut() {
                    let side = if last.open.is_some() { &mut last.after } else { &mut last.before };
                    side.push_str(part);
                }
            }
            if let (Some(last), Some((number, _))) = (shapes.last_mut(), self.keys.get(index)) {
                last.open = Some(*number);
            }
        }
        shapes
    }
}

/// A template whose segments for the type parameters of `Self` are text, or nothing where there are none.
fn plain_template(texts: &[&str], keys: Vec<(bool, &'static str)>) -> (Vec<String>, Vec<(bool, &'static str)>) {
    let mut plain = vec![texts.first().copied().unwrap_or_default().to_owned()];
    let mut segments = Vec::new();
    for (key, text) in keys.into_iter().zip(texts.iter().skip(1)) {
        let of_self = key.1.split_once("::SelfParams<").and_then(|(_, of)| of.strip_suffix('>'));
        match (of_self, plain.last_mut()) {
            (Some(of), Some(last)) => {
                if let Some(params) = params_of(of) {
                    last.push(':');
                    last.push_str(&segment_text(params));
                }
                last.push_str(text);
            }
            _ => {
                segments.push(key);
                plain.push((*text).to_owned());
            }
        }
    }
    (plain, segments)
}

/// `&str`, `str` and `String` make the same keys.
fn plain(name: &str) -> &str {
    match name.trim_start_matches('&') {
        "alloc::string::String" => "str",
        other => other,
    }
}

/// One segment of a template: text, an argument if `open` (of digits alone if that is true), text.
#[derive(Debug, Default)]
struct SegmentShape {
    before: String,
    open: Option<bool>,
    after: String,
}

impl SegmentShape {
    fn meets(&self, other: &Self) -> bool {
        let digits = |text: &str| text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
        match (self.open, other.open) {
            (None, None) => self.before == other.before,
            (Some(number), None) => {
                let inner = other.before.strip_prefix(&self.before).and_then(|rest| rest.strip_suffix(&self.after));
                inner.is_some_and(|inner| !inner.is_empty() && (!number || digits(inner)))
            }
            (None, Some(_)) => other.meets(self),
            (Some(_), Some(_)) => {
                let starts = self.before.starts_with(&other.before) || other.before.starts_with(&self.before);
                let ends = self.after.ends_with(&other.after) || other.after.ends_with(&self.after);
                starts && ends
            }
        }
    }
}

/// A site's address: its name, never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct SiteId(usize);

impl SiteId {
    fn of(site: &'static Site) -> Self {
        Self(std::ptr::from_ref(site).addr())
    }
}

/// The functions that have met in one cache.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    functions: RwLock<HashMap<SiteId, Arc<Function>>>,
}

impl Registry {
    pub(crate) fn get(&self, site: &'static Site) -> Option<Arc<Function>> {
        self.functions.read().get(&SiteId::of(site)).cloned()
    }

    /// Adds a function, and gives those that its names could coincide with: they and it run uncached from now on.
    pub(crate) fn add(
        &self,
        site: &'static Site,
        value: TypeId,
        keys: Vec<(bool, &'static str)>,
    ) -> (Arc<Function>, Vec<Arc<Function>>) {
        let mut functions = self.functions.write();
        if let Some(known) = functions.get(&SiteId::of(site)) {
            return (known.clone(), Vec::new());
        }
        let (texts, keys) = plain_template(site.info.texts, keys);
        let mut function = Function {
            info: site.info,
            template: functions.len() as u32 + 1,
            in_conflict: AtomicBool::new(false),
            stats: Counters::default(),
            value: Some(value),
            texts,
            keys,
        };
        let mut conflicts = Vec::new();
        for other in functions.values() {
            if function.shares_with(other) {
                function.template = other.template;
            } else if function.meets(other) {
                conflicts.push(other.clone());
            }
        }
        function.in_conflict.store(!conflicts.is_empty(), Ordering::Release);
        for other in &conflicts {
            other.in_conflict.store(true, Ordering::Release);
        }
        let function = Arc::new(function);
        functions.insert(SiteId::of(site), function.clone());
        (function, conflicts)
    }

    /// The schema version of the functions that a name could be of.
    pub(crate) fn version_of(&self, name: &str) -> u32 {
        let functions = self.functions.read();
        let versioned = functions.values().filter(|function| function.info.version != 0);
        let is_it = |function: &&Arc<Function>| function.info.names().contains(name);
        versioned.filter(is_it).map(|function| function.info.version).max().unwrap_or_default()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Function>> {
        let mut all: Vec<_> = self.functions.read().values().cloned().collect();
        all.sort_by_key(|function| (function.info.module, function.info.line, function.info.function));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(texts: &'static [&'static str], keys: &[(bool, &'static str)], explicit: bool) -> Function {
        let manual = Function::manual();
        Function {
            info: SiteInfo { texts, explicit, ..manual.info },
            template: 1,
            in_conflict: AtomicBool::new(false),
            stats: Counters::default(),
            value: Some(TypeId::of::<u8>()),
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            keys: keys.to_vec(),
        }
    }

    #[test]
    fn names_that_can_coincide_are_found() {
        let number = (true, "i64");
        let text = (false, "&str");
        let by_id = function(&["album:", ""], &[number], true);
        assert!(by_id.meets(&function(&["album:", ""], &[text], true)));
        assert!(by_id.meets(&function(&["album:7"], &[], true)));
        assert!(!by_id.meets(&function(&["album:recent"], &[], true)));
        assert!(!by_id.meets(&function(&["album:", ":photos"], &[number], true)));
        assert!(!by_id.meets(&function(&["albums:", ""], &[number], true)));
        let under = function(&["workstations_", ""], &[number], true);
        assert!(!under.meets(&function(&["workstations_list"], &[], true)));
        assert!(under.meets(&function(&["workstations_", "_x"], &[text], true)));
        assert!(!function(&["a_", "_x"], &[text], true).meets(&function(&["a_", "_y"], &[text], true)));
    }

    #[test]
    fn sharing_has_to_be_said_by_both() {
        let keys = [(true, "i64")];
        let explicit = function(&["user:", ""], &keys, true);
        assert!(explicit.shares_with(&function(&["user:", ""], &keys, true)));
        assert!(!explicit.shares_with(&function(&["user:", ""], &keys, false)));
        assert!(!explicit.shares_with(&function(&["user:", ""], &[(true, "u32")], true)));
    }
}
