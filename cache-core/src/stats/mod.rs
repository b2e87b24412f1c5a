//! What happened: counted per function, added up on request.

mod snapshot;
mod striped;
mod times;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

pub use self::snapshot::{FunctionStats, Stats};
use self::striped::{Count, Striped};
use self::times::{Sums, Times};
use crate::clock::{Ticks, span};

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

/// The counters of one function in one cache. What a hit or a plain miss counts stands on stripes.
#[derive(Default)]
pub(crate) struct Counters {
    striped: Striped,
    refreshes: AtomicU64,
    sets: AtomicU64,
    deletes: AtomicU64,
    oversized: AtomicU64,
    rejected: AtomicU64,
    load_errors: AtomicU64,
    // Not on stripes: read one after another, those could add up to more than there ever was.
    entries: AtomicUsize,
    bytes: AtomicUsize,
    times: Times,
}

/// How much there is of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

impl Counters {
    /// Counts a hit. Now and then says how many hits the entry may count for it.
    #[inline]
    pub(crate) fn hit(&self) -> Option<u32> {
        let count = self.striped.increment(Count::Hits);
        count.is_multiple_of(SAMPLE).then_some(SAMPLE as u32)
    }

    /// Counts a hit whose entry is not in memory.
    pub(crate) fn hit_elsewhere(&self) {
        self.striped.increment(Count::Hits);
    }

    /// A stored value was not good enough.
    pub(crate) fn rejected(&self) {
        self.rejected.fetch_add(1, Relaxed);
    }

    pub(crate) fn miss(&self) {
        self.striped.increment(Count::Misses);
    }

    pub(crate) fn coalesced(&self) {
        self.striped.increment(Count::Coalesced);
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

    pub(crate) fn load(&self, took: Ticks, failed: bool) {
        if failed {
            self.load_errors.fetch_add(1, Relaxed);
        }
        let took = span(took);
        // Ticks reach over 136 years at most, which is less than there are nanoseconds to count.
        let nanos = took.as_secs() * 1_000_000_000 + u64::from(took.subsec_nanos());
        self.striped.increment(Count::Loads);
        self.striped.add(Count::LoadNanos, nanos);
        self.times.record(nanos);
    }

    /// An entry came in, and entries of this function went for it.
    pub(crate) fn stored(&self, bytes: usize, left: Amount) {
        // Mostly one came for one, and as large: then there is nothing to be written. Wrapping sums: the counts are what
        // is left of all that was added, which is never below zero.
        let (entries, bytes) = (1_usize.wrapping_sub(left.entries), bytes.wrapping_sub(left.bytes));
        if entries != 0 {
            self.entries.fetch_add(entries, Relaxed);
        }
        if bytes != 0 {
            self.bytes.fetch_add(bytes, Relaxed);
        }
    }

    /// Entries went for none of this function.
    pub(crate) fn left(&self, left: Amount) {
        self.entries.fetch_sub(left.entries, Relaxed);
        self.bytes.fetch_sub(left.bytes, Relaxed);
    }

    /// Notes why one went, which [`stored`](Self::stored) or [`left`](Self::left) is told of besides.
    pub(crate) fn gone(&self, gone: Gone) {
        let count = match gone {
            Gone::Replaced => return,
            Gone::Evicted => Count::Evictions,
            Gone::Expired => Count::Expirations,
            Gone::Invalidated => Count::Invalidations,
        };
        self.striped.increment(count);
    }

    /// Adds these counts to `into`, whose load times become those of both.
    pub(crate) fn add_to(&self, into: &mut Sum) {
        let stats = &mut into.stats;
        for (sum, count) in [
            (&mut stats.misses, Count::Misses),
            (&mut stats.coalesced, Count::Coalesced),
            (&mut stats.evictions, Count::Evictions),
            (&mut stats.expirations, Count::Expirations),
            (&mut stats.invalidations, Count::Invalidations),
        ] {
            *sum += self.striped.sum(count);
        }
        for (sum, counter) in [
            (&mut stats.refreshes, &self.refreshes),
            (&mut stats.sets, &self.sets),
            (&mut stats.deletes, &self.deletes),
            (&mut stats.oversized, &self.oversized),
            (&mut stats.rejected, &self.rejected),
            (&mut stats.load_errors, &self.load_errors),
        ] {
            *sum += counter.load(Relaxed);
        }
        stats.entries += self.entries.load(Relaxed);
        stats.bytes += self.bytes.load(Relaxed);
        let (hits, loads) = (self.striped.sum(Count::Hits), self.striped.sum(Count::Loads));
        stats.hits += hits;
        stats.loads += loads;
        if loads > 0 {
            let total = Duration::from_nanos(self.striped.sum(Count::LoadNanos));
            stats.time_saved += total.div_f64(loads as f64).mul_f64(hits as f64);
        }
        into.times.add(&self.times);
    }
}

/// Statistics being added up.
#[derive(Default)]
pub(crate) struct Sum {
    stats: Stats,
    times: Sums,
}

impl Sum {
    pub(crate) fn finish(mut self, expired: usize, max_entries: usize, max_bytes: usize) -> Stats {
        let at = |percent| Duration::from_nanos(self.times.percentile(percent));
        self.stats.load_p50 = at(50);
        self.stats.load_p95 = at(95);
        self.stats.load_p99 = at(99);
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
    use crate::clock::ticks;

    #[test]
    fn percentiles_are_within_a_percent_at_every_scale() {
        for scale in
            [Duration::from_nanos(700), Duration::from_micros(40), Duration::from_millis(3), Duration::from_secs(9)]
        {
            let counters = Counters::default();
            for step in 1..=100 {
                counters.load(ticks(scale * step), false);
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
