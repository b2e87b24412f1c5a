//! What was evicted and is asked for again so soon that a cache of twice the room would still have it: a sample, counted.
//!
//! Of the names that are evicted some are remembered, chosen by bits of their seeded hashes, each with the turn at which it
//! went. A miss that finds its name there, not more evictions later than there are entries, stands for as many as are
//! not looked at. What was invalidated since by a pattern or a prefix counts though it would be gone in any case.

use std::sync::Arc;

use super::Store;
use super::shard::Shard;
use crate::clock::{Clock, Ticks};
use crate::registry::Function;

/// How many are remembered in a cache, about: some twelve kilobytes.
const SAMPLE: usize = 512;
/// And in one of its shards, at least.
const LEAST: usize = 32;
const WAYS: usize = 8;

#[derive(Debug, Clone, Copy, Default)]
struct Lost {
    fingerprint: u32,
    /// In whole seconds, rounded down. Of none, zero.
    fresh_until: u32,
    turn: u32,
}

fn fingerprint(hash: u64) -> u32 {
    hash as u32
}

#[derive(Debug)]
pub(super) struct Regrets {
    /// How many names are remembered, about.
    sample: usize,
    buckets: Vec<[Lost; WAYS]>,
    /// For a shard of so many entries.
    entries: usize,
    /// One name in 2^shift is looked at.
    shift: u32,
    /// Counts evictions.
    turn: u32,
}

impl Regrets {
    /// Of one of so many shards.
    pub(super) fn among(shards: usize) -> Self {
        Self { sample: (SAMPLE / shards).max(LEAST), buckets: Vec::new(), entries: 0, shift: 0, turn: 0 }
    }

    fn is_sampled(&self, hash: u64) -> bool {
        // Not the bits that choose the shard and the bucket.
        (hash >> 8) & ((1 << self.shift) - 1) == 0
    }

    fn bucket(&mut self, hash: u64) -> Option<&mut [Lost; WAYS]> {
        let at = ((hash >> 32) * self.buckets.len() as u64) >> 32;
        self.buckets.get_mut(at as usize)
    }

    /// Begins anew where the shard holds much more or much less than before.
    fn fit(&mut self, entries: usize) {
        if entries <= 2 * self.entries && entries >= self.entries / 2 && self.entries > 0 {
            return;
        }
        let shift = (0..usize::BITS - 1).find(|shift| entries >> shift <= self.sample).unwrap_or_default();
        // Twice as many places as names that are younger than the shard is large.
        let places = 2 * (entries >> shift).max(1);
        self.buckets = vec![Default::default(); places.div_ceil(WAYS)];
        (self.entries, self.shift) = (entries, shift);
    }

    /// An entry goes that was good until then, from a shard of so many.
    pub(super) fn evicted(&mut self, hash: u64, fresh_until: Ticks, entries: usize) {
        self.fit(entries);
        self.turn = self.turn.wrapping_add(1);
        if !self.is_sampled(hash) {
            return;
        }
        let turn = self.turn;
        let age = |lost: &Lost| if lost.fresh_until == 0 { u32::MAX } else { turn.wrapping_sub(lost.turn) };
        if let Some(oldest) = self.bucket(hash).and_then(|bucket| bucket.iter_mut().max_by_key(|lost| age(lost))) {
            let seconds = u32::try_from(fresh_until >> 32).unwrap_or(u32::MAX).max(1);
            *oldest = Lost { fingerprint: fingerprint(hash), fresh_until: seconds, turn };
        }
    }

    /// How many misses this one stands for: none, unless twice the room would have spared it.
    fn missed(&mut self, hash: u64, clock: &Clock) -> u64 {
        if self.buckets.is_empty() || !self.is_sampled(hash) {
            return 0;
        }
        let (turn, entries, many) = (self.turn, self.entries, 1 << self.shift);
        let is_it = |lost: &&mut Lost| lost.fingerprint == fingerprint(hash) && lost.fresh_until != 0;
        let Some(lost) = self.bucket(hash).and_then(|bucket| bucket.iter_mut().find(is_it)) else { return 0 };
        let Lost { fresh_until, turn: went, .. } = std::mem::take(lost);
        let spared = turn.wrapping_sub(went) as usize <= entries && clock.is_before(u64::from(fresh_until) << 32);
        if spared { many } else { 0 }
    }

    /// A name was invalidated: it would not be there in any case.
    pub(super) fn forget(&mut self, hash: u64) {
        if self.is_sampled(hash)
            && let Some(bucket) = self.bucket(hash)
        {
            let is_it = |lost: &&mut Lost| lost.fingerprint == fingerprint(hash);
            bucket.iter_mut().filter(is_it).for_each(|lost| *lost = Lost::default());
        }
    }

    /// Everything was invalidated.
    pub(super) fn forget_all(&mut self) {
        self.buckets.fill(Default::default());
    }
}

impl Shard {
    /// Counts a miss that a larger cache would have been spared.
    pub(super) fn missed(&mut self, hash: u64, function: &Arc<Function>, clock: &Clock) {
        let many = self.regrets.missed(hash, clock);
        if many > 0 {
            function.stats.capacity_misses(many);
        }
    }
}

impl Store {
    /// A name was asked for, for nothing.
    pub(crate) fn missed(&self, name: &str, function: &Arc<Function>) {
        let hash = self.name_hash(name);
        self.shard(hash).lock().missed(hash, function, &self.clock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NEVER;

    /// A queue of `room` names, asked for one after another in a circle of `names`.
    fn circle(room: usize, names: u64, rounds: u64) -> (u64, u64) {
        let (mut regrets, clock) = (Regrets::among(4), Clock::Real);
        let mut resident = std::collections::VecDeque::new();
        let (mut misses, mut spared) = (0, 0);
        for _ in 0..rounds {
            for name in 0..names {
                let hash = foldhash::quality::FixedState::default();
                let hash = std::hash::BuildHasher::hash_one(&hash, name);
                if resident.contains(&hash) {
                    continue;
                }
                misses += 1;
                spared += regrets.missed(hash, &clock);
                resident.push_back(hash);
                if resident.len() > room {
                    regrets.evicted(resident.pop_front().unwrap(), NEVER, room);
                }
            }
        }
        (misses, spared)
    }

    #[test]
    fn what_twice_the_room_would_have_kept_is_counted_and_no_more() {
        // All that goes is back within the same number of evictions.
        let (misses, spared) = circle(100, 190, 20);
        let share = spared as f64 / misses as f64;
        assert!((0.9..=1.0).contains(&share), "{share}");
        // Twice the room would not be enough.
        assert_eq!(circle(100, 250, 20).1, 0);
    }

    #[test]
    fn a_sample_stands_for_all() {
        let (misses, spared) = circle(2_000, 3_800, 12);
        let share = spared as f64 / misses as f64;
        assert!((0.65..=1.25).contains(&share), "{share}");
    }

    #[test]
    fn what_had_expired_or_was_invalidated_is_not_regretted() {
        let clock = Clock::Real;
        let mut regrets = Regrets::among(1);
        for (hash, fresh_until) in [(1, 1), (2, NEVER), (3, NEVER), (5, NEVER)] {
            regrets.evicted(hash, fresh_until, 10);
        }
        regrets.forget(2);
        assert_eq!([1, 2, 3, 3, 4].map(|hash| regrets.missed(hash, &clock)), [0, 0, 1, 0, 0]);
        regrets.forget_all();
        assert_eq!(regrets.missed(5, &clock), 0);
    }
}
