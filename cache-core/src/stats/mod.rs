//! What happened: counted per function, added up on request.

mod snapshot;
mod striped;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;

pub use self::snapshot::{FunctionStats, Stats};
use self::striped::Striped;

/// One hit in so many is noted on the entry itself, once it has had a few.
const SAMPLE: u64 = 64;

/// Why an entry went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    Replaced,
    Evicted,
    Expired,
    Invalidated,
}

/// The counters of one function in one cache.
pub(crate) struct Counters {
    hits: Striped,
    misses: AtomicU64,
    coalesced: AtomicU64,
    refreshes: AtomicU64,
    unchanged: AtomicU64,
    stale_served: AtomicU64,
    timeouts: AtomicU64,
    sets: AtomicU64,
    deletes: AtomicU64,
    oversized: AtomicU64,
    rejected: AtomicU64,
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
            unchanged: AtomicU64::default(),
            stale_served: AtomicU64::default(),
            timeouts: AtomicU64::default(),
            sets: AtomicU64::default(),
            deletes: AtomicU64::default(),
            oversized: AtomicU64::default(),
            rejected: AtomicU64::default(),
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

    /// Counts a hit whose entry is not in memory.
    pub(crate) fn hit_elsewhere(&self) {
        self.hits.increment();
    }

    /// A stored value was not good enough.
    pub(crate) fn rejected(&self) {
        self.rejected.fetch_add(1, Relaxed);
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

    /// A refresh found what was there.
    pub(crate) fn unchanged(&self) {
        self.unchanged.fetch_add(1, Relaxed);
    }

    /// A call was answered with a value past its time.
    pub(crate) fn stale_served(&self) {
        self.stale_served.fetch_add(1, Relaxed);
    }

    /// A call took longer than it may.
    pub(crate) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Relaxed);
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
            (&mut stats.unchanged, &self.unchanged),
            (&mut stats.stale_served, &self.stale_served),
            (&mut stats.timeouts, &self.timeouts),
            (&mut stats.sets, &self.sets),
            (&mut stats.deletes, &self.deletes),
            (&mut stats.oversized, &self.oversized),
            (&mut stats.rejected, &self.rejected),
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
        if self.stats.requests > 0 {
            self.stats.hit_rate = self.stats.hits as f64 / self.stats.requests as f64;
        }
        self.stats.expired_entries = expired.min(self.stats.entries);
        self.stats.active_entries = self.stats.entries - self.stats.expired_entries;
        self.stats.max_entries = max_entries;
        self.stats.max_bytes = max_bytes;
        self.stats
    }
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
