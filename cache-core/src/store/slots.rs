//! The places of a shard's entries.

use super::expiry::Due;
use super::policy::Residents;
use crate::clock::Ticks;
use crate::entry::Stored;

/// Places that are cut off the end at once.
const FEW: usize = 16;

/// One entry's place.
pub(super) struct Slot {
    pub(super) entry: Stored,
    pub(super) name_hash: u64,
}

/// The entries of a shard; one keeps its place while it lives.
#[derive(Default)]
pub(super) struct Slots {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn entry(&self, at: u32) -> Option<&Stored> {
        self.get(at).map(|slot| &slot.entry)
    }

    /// Whether that is when the entry at that place falls due: it may be another by now.
    pub(super) fn is_about(&self, due: Due) -> bool {
        self.entry(due.at).is_some_and(|entry| entry.gone_at() == due.deadline)
    }

    pub(super) fn get(&self, at: u32) -> Option<&Slot> {
        self.slots.get(at as usize).and_then(Option::as_ref)
    }

    pub(super) fn put(&mut self, slot: Slot) -> u32 {
        while let Some(at) = self.free.pop() {
            // The end may have been cut off since, and grown again.
            if let Some(free @ None) = self.slots.get_mut(at as usize) {
                *free = Some(slot);
                return at;
            }
        }
        self.slots.push(Some(slot));
        (self.slots.len() - 1) as u32
    }

    pub(super) fn take(&mut self, at: u32) -> Option<Slot> {
        let slot = self.slots.get_mut(at as usize).and_then(Option::take)?;
        self.free.push(at);
        // So that a shard that once held many entries is not walked at that length for ever. A few at a time: nobody is to
        // wait for all of them.
        for _ in 0..FEW {
            let Some(None) = self.slots.last() else { break };
            self.slots.pop();
        }
        Some(slot)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut Slot> {
        self.slots.get_mut(at as usize).and_then(Option::as_mut)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Stored> {
        self.slots.iter().flatten().map(|slot| &slot.entry)
    }
}

/// The entries as the policy sees them.
pub(super) struct Seen<'a> {
    pub(super) slots: &'a Slots,
    pub(super) now: Ticks,
}

impl Residents for Seen<'_> {
    fn reads(&self, at: u32) -> u8 {
        self.slots.entry(at).filter(|entry| entry.standing_at(self.now).is_fresh()).map_or(0, |entry| entry.reads())
    }

    fn set_reads(&self, at: u32, reads: u8) {
        if let Some(entry) = self.slots.entry(at) {
            entry.set_reads(reads);
        }
    }

    fn weight(&self, at: u32) -> usize {
        self.slots.entry(at).map_or(0, |entry| entry.weight)
    }
}
