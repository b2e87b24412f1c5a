//! What happened: counted per function, added up on request.

mod striped;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;
use serde::{Serialize, Serializer};

use self::striped::Striped;
use crate::store::Gone;

/// One hit in so many is noted on the entry itself, once it has had a few.
const SAMPLE: u64 = 64;

/// The counters of one function in one cache.
pub(crate) struct Counters {
    hits: Striped,
    misses: AtomicU64,
    coalesced: AtomicU64,
    refreshes: AtomicU64,
    sets: AtomicU64,
    deletes: AtomicU64,
    oversized: AtomicU64,
    load_errors: AtomicU64,
    evictions: AtomicU64,
    expirations: AtomicU64,
    invalidations: AtomicU64,
    entries: AtomicUsize,
    bytes: AtomicUsize,
    loads: Mutex<Loads>,
}

struct Loads {
    nanos: Histogram<u32>,
    total: Duration,
}

impl Default for Counters {
    fn default() -> Self {
        // Two digits are within a percent; one to two are what `new` takes, so this cannot fail.
        let nanos = Histogram::new(2).unwrap_or_else(|_| unreachable!("two significant digits are allowed"));
        Self {
            hits: Striped::default(),
            misses: AtomicU64::default(),
            coalesced: AtomicU64::default(),
            refreshes: AtomicU64::default(),
            sets: AtomicU64::default(),
            deletes: AtomicU64::default(),
            oversized: AtomicU64::default(),
            load_errors: AtomicU64::default(),
            evictions: AtomicU64::default(),
            expirations: AtomicU64::default(),
            invalidations: AtomicU64::default(),
            entries: AtomicUsize::default(),
            bytes: AtomicUsize::default(),
            loads: Mutex::new(Loads { nanos, total: Duration::ZERO }),
        }
    }
}

impl Counters {
    /// Counts a hit. Now and then says how many hits the entry may count for it.
    #[inline]
    pub(crate) fn hit(&self) -> Option<u32> {
        let count = self.hits.increment();
        count.is_multiple_of(SAMPLE).then_some(SAMPLE as u32)
    }

    pub(crate) fn miss(&self) {
        self.misses.fetch_add(1, Relaxed);
    }

    pub(crate) fn coalesced(&self) {
        self.coalesced.fetch_add(1, Relaxed);
    }

    pub(crate) fn refresh(&self) {
        self.refreshes.fetch_add(1, Relaxed);
    }

    pub(crate) fn set(&self) {
        self.sets.fetch_add(1, Relaxed);
    }

    pub(crate) fn delete(&self) {
        self.deletes.fetch_add(1, Relaxed);
    }

    pub(crate) fn oversized(&self) {
        self.oversized.fetch_add(1, Relaxed);
    }

    pub(crate) fn load(&self, took: Duration, failed: bool) {
        if failed {
            self.load_errors.fetch_add(1, Relaxed);
        }
        let mut loads = self.loads.lock();
        loads.total += took;
        // Grows to hold any value; `saturating_record` would not.
        let _ = loads.nanos.record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn stored(&self, bytes: usize) {
        self.entries.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn removed(&self, bytes: usize, gone: Gone) {
        self.entries.fetch_sub(1, Relaxed);
        self.bytes.fetch_sub(bytes, Relaxed);
        let count = |counter: &AtomicU64| {
            counter.fetch_add(1, Relaxed);
        };
        match gone {
            Gone::Replaced => {}
            Gone::Evicted => count(&self.evictions),
            Gone::Expired => count(&self.expirations),
            Gone::Invalidated => count(&self.invalidations),
        }
    }

    /// Adds these counts to `into`, whose load times become those of both.
    pub(crate) fn add_to(&self, into: &mut Sum) {
        let stats = &mut into.stats;
        let hits = self.hits.sum();
        stats.hits += hits;
        for (sum, counter) in [
            (&mut stats.misses, &self.misses),
            (&mut stats.coalesced, &self.coalesced),
            (&mut stats.refreshes, &self.refreshes),
            (&mut stats.sets, &self.sets),
            (&mut stats.deletes, &self.deletes),
            (&mut stats.oversized, &self.oversized),
            (&mut stats.load_errors, &self.load_errors),
            (&mut stats.evictions, &self.evictions),
            (&mut stats.expirations, &self.expirations),
            (&mut stats.invalidations, &self.invalidations),
        ] {
            *sum += counter.load(Relaxed);
        }
        stats.entries += self.entries.load(Relaxed);
        stats.bytes += self.bytes.load(Relaxed);
        let loads = self.loads.lock();
        let count = loads.nanos.len();
        stats.loads += count;
        if count > 0 {
            stats.time_saved += loads.total.div_f64(count as f64).mul_f64(hits as f64);
        }
        // The sum grows to hold any value, so adding to it cannot fail.
        let _ = into.nanos.add(&loads.nanos);
    }
}

/// Statistics being added up.
pub(crate) struct Sum {
    stats: Stats,
    nanos: Histogram<u32>,
}

impl Default for Sum {
    fn default() -> Self {
        let nanos = Counters::default().loads.into_inner().nanos;
        Self { stats: Stats::default(), nanos }
    }
}

impl Sum {
    pub(crate) fn finish(mut self, expired: usize, max_entries: usize, max_bytes: usize) -> Stats {
        let at = |quantile| Duration::from_nanos(self.nanos.value_at_quantile(quantile));
        self.stats.load_p50 = at(0.50);
        self.stats.load_p95 = at(0.95);
        self.stats.load_p99 = at(0.99);
        self.stats.requests = self.stats.hits + self.stats.misses;
        self.stats.expired_entries = expired.min(self.stats.entries);
        self.stats.active_entries = self.stats.entries - self.stats.expired_entries;
        self.stats.max_entries = max_entries;
        self.stats.max_bytes = max_bytes;
        self.stats
    }
}

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
    /// Misses that were answered by another caller's load.
    pub coalesced: u64,
    /// Times a body ran.
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
    /// Loads that were asked for by `refresh`.
    pub refreshes: u64,
    /// Values stored by `put` and `set`.
    pub sets: u64,
    /// Entries removed by `delete`.
    pub deletes: u64,
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
    /// Hits per request, from 0 to 1; 0 before the first.
    ///
    /// ```
    /// let stats = cache_core::Stats::default();
    /// assert_eq!(stats.hit_rate(), 0.0);
    /// ```
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.hits as f64 / self.requests as f64 }
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

fn seconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_a_percent_at_every_scale() {
        for scale in
            [Duration::from_nanos(700), Duration::from_micros(40), Duration::from_millis(3), Duration::from_secs(9)]
        {
            let counters = Counters::default();
            for step in 1..=100 {
                counters.load(scale * step, false);
            }
            let mut sum = Sum::default();
            counters.add_to(&mut sum);
            let stats = sum.finish(0, 1, 1);
            for (percentile, step) in [(stats.load_p50, 50.0), (stats.load_p95, 95.0), (stats.load_p99, 99.0)] {
                let ratio = percentile.as_secs_f64() / (scale.as_secs_f64() * step);
                assert!((0.99..=1.01).contains(&ratio), "{percentile:?} at {scale:?}");
            }
        }
    }
}
