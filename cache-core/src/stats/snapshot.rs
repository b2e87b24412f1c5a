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
    /// Hits whose value was in the shared tier and not in memory.
    pub shared_hits: u64,
    /// Calls that were answered with a value past its time: hits, and misses whose load failed.
    pub stale_served: u64,
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
    /// What a load took on average.
    #[serde(serialize_with = "seconds")]
    pub load_mean: Duration,
    /// Hits times the mean load time of their function.
    #[serde(serialize_with = "seconds")]
    pub time_saved: Duration,
    /// Loads that were to replace a stored value: asked for by `refresh`, or in the background.
    pub refreshes: u64,
    /// Refreshes that found the value that was stored before, of functions that compare: those with an option about the time
    /// around their TTL.
    pub refreshes_unchanged: u64,
    /// Refreshes that failed: what was stored stays. They are among `load_errors` too.
    pub refresh_errors: u64,
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
    /// Loads and reads that had to do without the shared tier, because it failed, was too slow, or is left alone after
    /// failures; and write-backs of counts that failed.
    pub errors: u64,
    /// Entries that went for want of room.
    pub evictions: u64,
    /// Misses of memory for what had been evicted and twice the room would have kept: an estimate, from a sample of what is
    /// evicted.
    pub capacity_misses: u64,
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
    /// With the figures that follow from the others.
    pub(crate) fn rated(mut self) -> Self {
        self.requests = self.hits + self.misses;
        self.hit_rate = share(self.hits, self.requests);
        self
    }

    /// The same of memory alone: what the shared tier answered was a miss there.
    pub(crate) fn in_memory(mut self) -> Self {
        self.hits = self.hits.saturating_sub(self.shared_hits);
        self.misses += std::mem::take(&mut self.shared_hits);
        self.rated()
    }

    /// How full the cache is, from 0 to 1: by entries or by bytes, whichever bound is nearer.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// let cache = Cache::builder().max_entries(10).build()?;
    /// cache.local().set("answer", 42, Ttl::Default);
    /// assert_eq!(cache.stats().utilization(), 0.1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn utilization(&self) -> f64 {
        let of = |part: usize, whole: usize| share(part as u64, whole as u64);
        of(self.entries, self.max_entries).max(of(self.bytes, self.max_bytes))
    }

    /// Stored values that failed `validate`, as a share of those that were looked at: from 0 to 1.
    #[must_use]
    pub fn rejected_rate(&self) -> f64 {
        share(self.rejected, self.hits + self.rejected)
    }

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

/// 0 of nothing.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

pub(crate) fn seconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}
