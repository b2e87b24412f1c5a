//! What happened: counted per function, added up on request.

mod snapshot;
mod striped;
mod times;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

pub use self::snapshot::{FunctionStats, Stats};
pub(crate) use self::snapshot::{seconds, share};
use self::striped::{Count, Striped};
pub(crate) use self::times::{Spread, Times};

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
    shared_hits: AtomicU64,
    stale_served: AtomicU64,
    refreshes: AtomicU64,
    refreshes_unchanged: AtomicU64,
    refresh_errors: AtomicU64,
    timeouts: AtomicU64,
    sets: AtomicU64,
    deletes: AtomicU64,
    oversized: AtomicU64,
    capacity_misses: AtomicU64,
    rejected: AtomicU64,
    load_errors: AtomicU64,
    errors: AtomicU64,
    // Not on stripes: read one after another, those could add up to more than there ever was.
    entries: AtomicUsize,
    bytes: AtomicUsize,
    loads: Times,
}

/// How much there is of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl Counters {
    /// Counts a hit, and says how many there have been, of this thread or those that share its count.
    #[inline]
    pub(crate) fn hit(&self) -> u64 {
        self.striped.increment(Count::Hits)
    }

    /// Counts a hit whose entry is in the shared tier and was not in memory.
    pub(crate) fn hit_elsewhere(&self) {
        self.striped.increment(Count::Hits);
        one_more(&self.shared_hits);
    }

    /// A call, counted as a hit or a miss already, was answered with a value past its time.
    pub(crate) fn stale_served(&self) {
        one_more(&self.stale_served);
    }

    /// A stored value was not good enough.
    pub(crate) fn rejected(&self) {
        one_more(&self.rejected);
    }

    pub(crate) fn miss(&self) {
        self.striped.increment(Count::Misses);
    }

    pub(crate) fn coalesced(&self) {
        self.striped.increment(Count::Coalesced);
    }

    /// A load begins that is to replace what is stored.
    pub(crate) fn refresh(&self) {
        one_more(&self.refreshes);
    }

    /// A refresh has found what was stored before.
    pub(crate) fn refresh_unchanged(&self) {
        one_more(&self.refreshes_unchanged);
    }

    /// A refresh has failed: beside the error of its load.
    pub(crate) fn refresh_failed(&self) {
        one_more(&self.refresh_errors);
    }

    /// A call took longer than it may.
    pub(crate) fn timed_out(&self) {
        one_more(&self.timeouts);
    }

    pub(crate) fn set(&self) {
        one_more(&self.sets);
    }

    pub(crate) fn delete(&self) {
        one_more(&self.deletes);
    }

    pub(crate) fn oversized(&self) {
        one_more(&self.oversized);
    }

    /// A miss that stands for so many that twice the room would have spared.
    pub(crate) fn capacity_misses(&self, many: u64) {
        self.capacity_misses.fetch_add(many, Relaxed);
    }

    /// The cache itself could not do what was wanted of it.
    pub(crate) fn error(&self) {
        one_more(&self.errors);
    }

    pub(crate) fn load(&self, took: Duration, failed: bool) {
        if failed {
            one_more(&self.load_errors);
        }
        self.loads.record(took);
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
            (&mut stats.shared_hits, &self.shared_hits),
            (&mut stats.stale_served, &self.stale_served),
            (&mut stats.refreshes, &self.refreshes),
            (&mut stats.refreshes_unchanged, &self.refreshes_unchanged),
            (&mut stats.refresh_errors, &self.refresh_errors),
            (&mut stats.timeouts, &self.timeouts),
            (&mut stats.sets, &self.sets),
            (&mut stats.deletes, &self.deletes),
            (&mut stats.oversized, &self.oversized),
            (&mut stats.capacity_misses, &self.capacity_misses),
            (&mut stats.rejected, &self.rejected),
            (&mut stats.load_errors, &self.load_errors),
            (&mut stats.errors, &self.errors),
        ] {
            *sum += counter.load(Relaxed);
        }
        stats.entries += self.entries.load(Relaxed);
        stats.bytes += self.bytes.load(Relaxed);
        let (hits, loads) = (self.striped.sum(Count::Hits), self.loads.sum());
        stats.hits += hits;
        stats.loads += loads.count();
        stats.time_saved += loads.mean().mul_f64(hits as f64);
        into.loads.add(&loads);
    }
}

/// Statistics being added up.
#[derive(Default)]
pub(crate) struct Sum {
    stats: Stats,
    loads: Spread,
}

impl Sum {
    pub(crate) fn finish(self, expired: usize, max_entries: usize, max_bytes: usize) -> Stats {
        let Self { mut stats, loads } = self;
        stats.load_p50 = loads.at(0.50);
        stats.load_p95 = loads.at(0.95);
        stats.load_p99 = loads.at(0.99);
        stats.load_mean = loads.mean();
        stats.expired_entries = expired.min(stats.entries);
        stats.active_entries = stats.entries - stats.expired_entries;
        stats.max_entries = max_entries;
        stats.max_bytes = max_bytes;
        stats.rated()
    }
}
