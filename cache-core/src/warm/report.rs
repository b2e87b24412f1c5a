//! What a warming came to.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// What became of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct WarmCounts {
    /// Loaded and stored, by the warming or by another caller that it waited for.
    pub warmed: u64,
    /// There before: the call was answered with what was stored.
    pub already_there: u64,
    /// Called without a failure, and nothing is stored of it: `None`, a condition, a call of no cached function.
    pub not_stored: u64,
    /// The call returned an error, or panicked.
    pub failed: u64,
    /// Not done because of the stop: calls that were under way, and the keys left, as far as their number is known.
    pub skipped: u64,
    /// How long it took, on the cache's clock, delays included; serialised, in seconds.
    #[serde(serialize_with = "crate::stats::seconds")]
    pub took: Duration,
}

impl WarmCounts {
    /// Keys that were done with.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.warmed + self.already_there + self.not_stored + self.failed
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.warmed += other.warmed;
        self.already_there += other.already_there;
        self.not_stored += other.not_stored;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What a strategy came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct StrategyReport {
    /// Its name.
    pub name: String,
    /// What became of its keys.
    pub counts: WarmCounts,
    /// The first errors, each with the name of its entry where the call was one of a cached function.
    pub errors: Vec<String>,
}

/// What a warming came to; displayed, it is a line for each strategy and one for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct WarmReport {
    /// Each strategy, in their order.
    pub strategies: Vec<StrategyReport>,
    /// All of them.
    pub total: WarmCounts,
    /// It was stopped before its keys came to their end.
    pub stopped: bool,
}

/// How far a strategy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WarmProgress<'a> {
    /// Its name.
    pub strategy: &'a str,
    /// Keys of it that are done with.
    pub done: u64,
    /// How many it has, where that is known.
    pub total: Option<u64>,
    /// What became of those that are done with.
    pub counts: WarmCounts,
}

/// `2 warmed, 1 already there, 0 not stored, 0 failed, 0 skipped in 100ms`
impl fmt::Display for WarmCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { warmed, already_there, not_stored, failed, skipped, took } = self;
        write!(
            f,
            "{warmed} warmed, {already_there} already there, {not_stored} not stored, {failed} failed, {skipped} skipped in {took:?}"
        )
    }
}

impl fmt::Display for WarmReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for StrategyReport { name, counts, errors } in &self.strategies {
            writeln!(f, "{name}: {counts}")?;
            for error in errors {
                writeln!(f, "  {error}")?;
            }
        }
        write!(f, "{}: {}", if self.stopped { "stopped" } else { "all" }, self.total)
    }
}
