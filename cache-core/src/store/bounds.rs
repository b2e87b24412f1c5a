//! How much a store may hold, changed while it works; and its end.

use super::Store;
use super::desk::Desk;
use super::policy::Room;
use super::shard::Shard;
use crate::key::Names;

/// What a shard may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    /// Of one entry.
    pub(super) entry: usize,
}

impl Limits {
    /// One shard's part. Rounded down: all shards together stay within what was asked.
    pub(super) fn part((entries, bytes): (usize, usize), shards: usize, entry: usize) -> Self {
        let bytes = bytes / shards;
        Self { entries: entries / shards, bytes, entry: entry.min(bytes) }
    }

    pub(super) fn room(&self) -> Room {
        Room { entries: self.entries, bytes: self.bytes }
    }
}

/// How many entries one step of a shrinkage evicts at most.
const SHRINK: usize = 256;

impl Shard {
    /// Evicts a few entries that are too many by `limits`; true once all are gone that can go.
    ///
    /// The limits come down with the entries: an insertion between two steps evicts for itself alone.
    fn shrink(&mut self, limits: Limits, desk: &mut Desk<'_>) -> bool {
        self.reclaim(SHRINK, desk);
        let mut done = false;
        for _ in 0..SHRINK {
            done = self.fits(limits) || !self.evict_one(desk);
            if done {
                break;
            }
        }
        self.limits = if done { limits } else { self.limits_on_the_way_to(limits) };
        done
    }
}

impl Store {
    /// The bounds on entries and on bytes.
    pub(crate) fn bounds(&self) -> (usize, usize) {
        *self.bounds.lock()
    }

    /// How many parts the bounds are divided into.
    pub(crate) fn parts(&self) -> usize {
        self.shards.len()
    }

    /// Changes the bounds; what does not fit any more is evicted, in steps.
    pub(crate) fn resize(&self, max_entries: usize, max_bytes: usize) {
        *self.bounds.lock() = (max_entries, max_bytes);
        for shard in &self.shards {
            loop {
                let mut desk = self.desk();
                let done = {
                    let mut shard = shard.lock();
                    // Read under the shard's lock: of two that run side by side, the later bounds are the last that
                    // each shard takes up.
                    let limits = Limits::part(self.bounds(), self.shards.len(), self.max_entry_bytes);
                    shard.shrink(limits, &mut desk)
                };
                self.bury(desk);
                if done {
                    break;
                }
            }
        }
        self.typed.flush();
    }

    /// Removes everything, and stores nothing from now on, whoever is on the way to do so.
    pub(crate) fn close(&self) {
        for shard in &self.shards {
            shard.lock().closed = true;
        }
        self.invalidate(&Names::All);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.shards.first().is_some_and(|shard| shard.lock().closed)
    }

    /// Whether something has expired that takes room.
    pub(crate) fn is_anything_due(&self) -> bool {
        self.shards.iter().any(|shard| shard.lock().is_anything_due(&self.clock))
    }
}
