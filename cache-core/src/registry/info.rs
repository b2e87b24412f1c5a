//! What the macro knows of a function.

use std::fmt;

use super::{Described, Kind};
use crate::key::{Glob, Names};
use crate::tier::Encoding;

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
    /// Whether instances that miss together share one load.
    pub cluster_flight: bool,
    /// The time to live as it was written.
    pub ttl: &'static str,
    /// One of the segments is for the type parameters of `Self`.
    pub self_params: bool,
    /// The last segment stands for as many as it likes.
    pub open_end: bool,
    /// Where its values are kept.
    pub tier: Tier,
    /// Why its values stay in memory, whatever they are, though it does not say so.
    pub stays: &'static str,
    /// The version of its values' schema.
    pub version: u32,
    /// How its values are written in a shared tier, where it says so.
    pub codec: Option<Encoding>,
    /// Which cache it uses, as it was written; empty for the process-wide one.
    pub cache: &'static str,
    /// The kinds of its segments, where `describe` asks for them.
    pub kinds: &'static [fn() -> Kind],
    /// Its types, where they are known before the first call.
    pub describe: Option<fn() -> Described>,
}

/// Where a function's values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::Local => "local",
            Self::Shared => "shared",
            Self::Both => "both",
        })
    }
}

impl SiteInfo {
    /// The kinds of its segments, as it describes them.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        self.kinds.iter().map(|kind| kind()).collect()
    }

    /// A function without a name and without options: what is not said of a function is as it is here.
    pub const PLAIN: Self = Self {
        function: "",
        module: "",
        file: "",
        line: 0,
        template: "",
        texts: &[""],
        skipped: &[],
        explicit: false,
        single_flight: true,
        cluster_flight: false,
        ttl: "",
        self_params: false,
        open_end: false,
        tier: Tier::Auto,
        stays: "",
        version: 0,
        codec: None,
        cache: "",
        kinds: &[],
        describe: None,
    };

    /// Where it stands; functions are listed in this order.
    pub(crate) fn place(&self) -> (&'static str, u32, &'static str) {
        (self.file, self.line, self.function)
    }

    /// The names of all its entries.
    pub(crate) fn names(&self) -> Names {
        match self.texts.first() {
            Some(prefix) if self.open_end => Names::Under(prefix.trim_end_matches(':').to_owned()),
            _ => Names::Like(Glob::of_segments(self.texts, &vec![None; self.texts.len().saturating_sub(1)])),
        }
    }
}
