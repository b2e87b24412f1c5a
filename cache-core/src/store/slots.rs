//! The places of a shard's entries.

use crate::entry::Stored;

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
        // So that a shard that once held many entries is not walked at that length for ever.
        while let Some(None) = self.slots.last() {
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
