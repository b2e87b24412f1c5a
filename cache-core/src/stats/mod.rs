//! What happened: counted per function, added up on request.

mod snapshot;
mod striped;
mod times;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

pub use self::snapshot::{FunctionStats, Stats};
pub(crate) use self::snapshot::{seconds, share};
use self::striped::Striped;
pub(crate) use self::times::{Spread, Times};

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
#[derive(Default)]
pub(crate) struct Counters {
    hits: Striped,
    shared_hits: AtomicU64,
    stale_served: AtomicU64,
    misses: AtomicU64,
    coalesced: AtomicU64,
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
    evictions: AtomicU64,
    expirations: AtomicU64,
    invalidations: AtomicU64,
    entries: AtomicUsize,
    bytes: AtomicUsize,
    loads: Times,
}

fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl Counters {
    /// Counts a hit. Now and then says how many hits the entry may count for it.
    #[inline]
    pub(crate) fn hit(&self) -> Option<u32> {
        let count = self.hits.increment();
        count.is_multiple_of(SAMPLE).then_some(SAMPLE as u32)
    }

    /// Counts a hit whose entry is in the shared tier and was not in memory.
    pub(crate) fn hit_elsewhere(&self) {
        self.hits.increment();
        one_more(&self.shared_hits);
    }

    /// A hit, counted as one already, was answered with a value that had expired.
    pub(crate) fn stale_served(&self) {
        one_more(&self.stale_served);
    }

    /// A stored value was not good enough.
    pub(crate) fn rejected(&self) {
        one_more(&self.rejected);
    }

    pub(crate) fn miss(&self) {
        one_more(&self.misses);
    }

    pub(crate) fn coalesced(&self) {
        one_more(&self.coalesced);
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

    pub(crate) fn stored(&self, bytes: usize) {
        self.entries.fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn removed(&self, bytes: usize, gone: Gone) {
        self.entries.fetch_sub(1, Relaxed);
        self.bytes.fetch_sub(bytes, Relaxed);
        match gone {
            Gone::Replaced => {}
            Gone::Evicted => one_more(&self.evictions),
            Gone::Expired => one_more(&self.expirations),
            Gone::Invalidated => one_more(&self.invalidations),
        }
    }

    /// Adds these counts to `into`, whose load times become those of both.
    pub(crate) fn add_to(&self, into: &mut Sum) {
        let stats = &mut into.stats;
        let hits = self.hits.sum();
        stats.hits += hits;
        for (sum, counter) in [
            (&mut stats.shared_hits, &self.shared_hits),
            (&mut stats.stale_served, &self.stale_served),
            (&mut stats.misses, &self.misses),
            (&mut stats.coalesced, &self.coalesced),
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
            (&mut stats.evictions, &self.evictions),
            (&mut stats.expirations, &self.expirations),
            (&mut stats.invalidations, &self.invalidations),
        ] {
            *sum += counter.load(Relaxed);
        }
        stats.entries += self.entries.load(Relaxed);
        stats.bytes += self.bytes.load(Relaxed);
        let loads = self.loads.sum();
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
