//! What was removed from a stripe and may still be seen.

use std::collections::VecDeque;

use super::epoch::EPOCHS;
use crate::entry::Stored;
use crate::store::graveyard::GRAVEYARD;

/// How many bytes wait for others to be freed together.
const TOGETHER: usize = 32 << 10;

pub(super) struct Limbo<T> {
    /// Batches and the epochs that they were removed in, the oldest first.
    batches: VecDeque<(u64, Batch<T>)>,
    latest: Batch<T>,
    bytes: usize,
}

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
        Self { batches: VecDeque::new(), latest: Batch::default(), bytes: 0 }
    }
}

impl<T> Limbo<T> {
    /// Takes in an entry that no slot leads to any more.
    pub(super) fn entry(&mut self, entry: Stored) {
        self.bytes += entry.weight;
        self.latest.entries.push(entry);
        if self.bytes > TOGETHER {
            self.settle();
        }
    }

    /// Takes in a table that has been replaced.
    pub(super) fn table(&mut self, table: T) {
        self.latest.tables.push(table);
        // It is large, and may be all there is for long.
        self.settle();
    }

    /// Lets go of what nobody can see any more. Entries go by way of the graveyard: something is locked here.
    pub(super) fn settle(&mut self) {
        if !self.latest.entries.is_empty() || !self.latest.tables.is_empty() {
            self.batches.push_back((EPOCHS.end(), std::mem::take(&mut self.latest)));
            self.bytes = 0;
        }
        if self.batches.is_empty() {
            return;
        }
        let oldest = EPOCHS.oldest();
        while let Some((_, batch)) = self.batches.pop_front_if(|(epoch, _)| *epoch < oldest) {
            GRAVEYARD.bury_all(batch.entries);
        }
    }
}
