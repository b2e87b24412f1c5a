//! What happened at the shared tier.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

use crate::stats::{Times, seconds, share};

/// Counts of the shared tier since the cache was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TierStats {
    /// Reads that found a record which could be used.
    pub hits: u64,
    /// Reads that found none, or one of another version or type, or one whose time was over.
    pub misses: u64,
    /// Results of loads that were stored.
    pub puts: u64,
    /// Results of loads that were refused: their name was changed meanwhile.
    pub refused: u64,
    /// Changes that were made: values set and removals.
    pub changes: u64,
    /// Operations that failed or took too long, and records that could not be read.
    pub errors: u64,
    /// Records that could not be read and were removed; they count as errors too.
    pub discarded: u64,
    /// Values that were not written, and records that were not read, because of
    /// [`max_record_bytes`](crate::CacheBuilder::max_record_bytes).
    pub oversized: u64,
    /// Operations that were not tried: the breaker was open, or a change of their name is still owed.
    pub skipped: u64,
    /// Half of the operations took no longer.
    #[serde(serialize_with = "seconds")]
    pub operation_p50: Duration,
    /// 95 of 100 operations took no longer.
    #[serde(serialize_with = "seconds")]
    pub operation_p95: Duration,
    /// 99 of 100 operations took no longer.
    #[serde(serialize_with = "seconds")]
    pub operation_p99: Duration,
    /// Changes that are still owed.
    pub owed: usize,
    /// Times that too many changes were owed, so that they became the removal of everything.
    pub overflows: u64,
    /// Whether the breaker is open: the tier is not asked.
    pub open: bool,
    /// Changes that other instances were told of.
    pub told: u64,
    /// Messages of other instances.
    pub heard: u64,
    /// Times that messages may have been missed, so that all copies in memory were dropped.
    pub missed: u64,
    /// Times that a load found another instance at the same load, and waited: once per second, or until it was told.
    pub waited: u64,
    /// Whether other instances' changes are not heard at present: copies in memory are kept for `backplane_patience` at
    /// most. False where the tier has no backplane.
    pub cut_off: bool,
}

impl TierStats {
    /// Reads that were answered.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.hits + self.misses
    }

    /// Hits per request, from 0 to 1; 0 before the first.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        share(self.hits, self.requests())
    }
}

#[derive(Default)]
pub(super) struct TierCounters {
    /// What operations took, those that failed among them.
    pub(super) times: Times,
    pub(super) hits: AtomicU64,
    pub(super) misses: AtomicU64,
    pub(super) puts: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) changes: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) discarded: AtomicU64,
    pub(super) oversized: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) overflows: AtomicU64,
    pub(super) told: AtomicU64,
    pub(super) heard: AtomicU64,
    pub(super) missed: AtomicU64,
    pub(super) waited: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl TierCounters {
    pub(super) fn snapshot(&self, owed: usize, open: bool, cut_off: bool) -> TierStats {
        let times = self.times.sum();
        TierStats {
            operation_p50: times.at(0.50),
            operation_p95: times.at(0.95),
            operation_p99: times.at(0.99),
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            puts: self.puts.load(Relaxed),
            refused: self.refused.load(Relaxed),
            changes: self.changes.load(Relaxed),
            errors: self.errors.load(Relaxed),
            discarded: self.discarded.load(Relaxed),
            oversized: self.oversized.load(Relaxed),
            skipped: self.skipped.load(Relaxed),
            owed,
            overflows: self.overflows.load(Relaxed),
            open,
            told: self.told.load(Relaxed),
            heard: self.heard.load(Relaxed),
            missed: self.missed.load(Relaxed),
            waited: self.waited.load(Relaxed),
            cut_off,
        }
    }
}
