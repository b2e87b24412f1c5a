//! Counts as they are shown.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// Counts since the cache was made, of a whole cache or of one function in it.
///
/// A snapshot: counters are read one after another while calls go on. Durations serialise as seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Calls answered from the cache.
    pub hits: u64,
    /// Calls that were not.
    pub misses: u64,
    /// Hits and misses.
    pub requests: u64,
    /// Hits per request, from 0 to 1; 0 before the first.
    pub hit_rate: f64,
    /// Misses that were answered by another caller's load.
    pub coalesced: u64,
    /// Times a body ran to its end.
    pub loads: u64,
    /// Loads that gave an error.
    pub load_errors: u64,
    /// Half of the loads took no longer.
    #[serde(serialize_with = "seconds")]
    pub load_p50: Duration,
    /// 95 of 100 loads took no longer.
    #[serde(serialize_with = "seconds")]
    pub load_p95: Duration,
    /// 99 of 100 loads took no longer.
    #[serde(serialize_with = "seconds")]
    pub load_p99: Duration,
    /// Hits times the mean load time of their function.
    #[serde(serialize_with = "seconds")]
    pub time_saved: Duration,
    /// Loads that were asked for by `refresh`, and those in the background.
    pub refreshes: u64,
    /// Loads that gave what was stored before, of functions that compare: those with `adaptive_ttl` and the like.
    pub unchanged: u64,
    /// Hits whose value was past its time.
    pub stale_served: u64,
    /// Calls that took longer than their function's `timeout`.
    pub timeouts: u64,
    /// Values stored by `put` and `set`.
    pub sets: u64,
    /// Entries removed by `delete`.
    pub deletes: u64,
    /// Stored values that failed `validate`: their calls were misses.
    pub rejected: u64,
    /// Values that were not stored because they are larger than a shard.
    pub oversized: u64,
    /// Entries that went for want of room.
    pub evictions: u64,
    /// Entries that went because their time was over.
    pub expirations: u64,
    /// Entries removed by an invalidation, `delete` and `clear` among them.
    pub invalidations: u64,
    /// Entries that take room.
    pub entries: usize,
    /// Entries that are fresh.
    pub active_entries: usize,
    /// Entries that have expired and have not been reclaimed yet.
    pub expired_entries: usize,
    /// What the entries count for.
    pub bytes: usize,
    /// The bound on entries.
    pub max_entries: usize,
    /// The bound on bytes.
    pub max_bytes: usize,
}

impl Stats {
    /// Mean bytes of an entry, its overhead included; 0 where there is none.
    #[must_use]
    pub fn mean_entry_bytes(&self) -> usize {
        self.bytes.checked_div(self.entries).unwrap_or(0)
    }
}

/// The counts of one decorated function.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FunctionStats {
    /// Its name; `(manual)` for what `Cache`'s own methods did.
    pub function: &'static str,
    /// The module it stands in.
    pub module: &'static str,
    /// The template of its keys.
    pub template: &'static str,
    /// The counts.
    #[serde(flatten)]
    pub stats: Stats,
}

fn seconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}
