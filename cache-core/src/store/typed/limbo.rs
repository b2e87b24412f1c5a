//! What was removed from a stripe and may still be seen.

use std::collections::VecDeque;

use super::epoch::EPOCHS;
use crate::entry::Stored;
use crate::store::graveyard::GRAVEYARD;

/// How many bytes wait for others to be freed together.
const TOGETHER: usize = 20 << 10;

/// No more entries than that are expected to be.
const MANY: usize = 256;

pub(super) struct Limbo<T> {
    /// Batches and the epochs that they were removed in, the oldest first.
    batches: VecDeque<(u64, Batch<T>)>,
    latest: Batch<T>,
    bytes: usize,
    /// What nobody can see any more. It goes in small numbers, so that what is freed is what the allocator gives next, and
    /// no call pays for many.
    free: Vec<Stored>,
}

/// How many go for one that comes: more than one, so that they become fewer.
const AT_A_TIME: usize = 2;

struct Batch<T> {
    entries: Vec<Stored>,
    tables: Vec<T>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), tables: Vec::new() }
    }
}

impl<T> Default for Limbo<T> {
    fn default() -> Self {
        Self { batches: VecDeque::new(), latest: Batch::default(), bytes: 0, free: Vec::new() }
    }
}

impl<T> Limbo<T> {
    /// Takes in an entry that no slot leads to any more. Gives others to `free`, to be dropped once nothing is locked.
    pub(super) fn entry(&mut self, entry: Stored, free: impl FnMut(Stored)) {
        self.bytes += entry.weight;
        self.latest.entries.push(entry);
        if self.bytes > TOGETHER {
            self.settle();
        }
        (0..AT_A_TIME).map_while(|_| self.free.pop()).for_each(free);
    }

    /// Takes in a table that has been replaced.
    pub(super) fn table(&mut self, table: T) {
        self.latest.tables.push(table);
        // It is large, and may be all there is for long.
        self.settle();
    }

    fn settle(&mut self) {
        if self.seal() {
            self.release(EPOCHS.oldest());
        }
    }

    /// Ends the latest batch; false if there is none at all to be let go of.
    pub(super) fn seal(&mut self) -> bool {
        if !self.latest.entries.is_empty() || !self.latest.tables.is_empty() {
            // The next one is about as large.
            let next = Batch { entries: Vec::with_capacity(self.latest.entries.len().min(MANY)), tables: Vec::new() };
            self.batches.push_back((EPOCHS.end(), std::mem::replace(&mut self.latest, next)));
            self.bytes = 0;
        }
        !self.batches.is_empty()
    }

    /// Notes that nobody can see any more what was removed before the epoch `oldest`.
    pub(super) fn release(&mut self, oldest: u64) {
        while let Some((_, batch)) = self.batches.pop_front_if(|(epoch, _)| *epoch < oldest) {
            if self.free.is_empty() {
                self.free = batch.entries;
            } else {
                self.free.extend(batch.entries);
            }
        }
    }

    /// Gives up all that nobody can see any more.
    pub(super) fn empty(&mut self) {
        if !self.free.is_empty() {
            GRAVEYARD.bury_all(self.free.drain(..));
        }
    }
}
