//! One shard: the names that hash to it, their entries, and their loads under way. Always locked.
//!
//! Invariants, under the lock:
//! - a name has at most one entry, and an entry in the typed map is in its shard under its name;
//! - `count` and `bytes` are what the slots hold, and never exceed `limits`, but where counts alone do after a `resize`;
//! - a flight in `loads` is attached: only an attached flight may store.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use hashbrown::HashTable;

use super::bounds::Limits;
use super::eviction::Hand;
use super::slots::{Slot, Slots};
use super::typed::{Node, Typed};
use crate::clock::{Clock, NEVER, Ticks};
use crate::entry::Stored;
use crate::flight::Flight;
use crate::stats::Gone;

/// How many due entries one operation reclaims at most.
const RECLAIM: usize = 8;

pub(super) struct Shard {
    slots: Slots,
    names: HashTable<u32>,
    pub(super) loads: HashTable<Arc<Flight>>,
    hand: Hand,
    /// When which slot falls due; lines about earlier tenants are skipped.
    expiry: BinaryHeap<Reverse<(Ticks, u32, u32)>>,
    born: u32,
    count: usize,
    bytes: usize,
    /// How many of the entries are counts, which are not evicted.
    pinned: usize,
    pub(super) limits: Limits,
    /// Nothing is stored any more.
    pub(super) closed: bool,
}

/// The shared parts that a shard's operations work on, and the entries that they took out: dropped by the caller once
/// nothing is locked.
pub(super) struct Desk<'a> {
    pub(super) typed: &'a Typed,
    pub(super) clock: &'a Clock,
    pub(super) removed: Vec<Stored>,
}

impl Shard {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            slots: Slots::default(),
            names: HashTable::new(),
            loads: HashTable::new(),
            hand: Hand::default(),
            expiry: BinaryHeap::new(),
            born: 0,
            count: 0,
            bytes: 0,
            pinned: 0,
            limits,
            closed: false,
        }
    }

    fn at(&self, hash: u64, name: &str) -> Option<u32> {
        let is_it = |at: &u32| self.slots.entry(*at).is_some_and(|entry| &*entry.name == name);
        self.names.find(hash, is_it).copied()
    }

    /// The fresh entry of that name; one that has expired is taken out.
    pub(super) fn fresh(&mut self, hash: u64, name: &str, desk: &mut Desk<'_>) -> Option<Stored> {
        let at = self.at(hash, name)?;
        let entry = self.slots.entry(at)?;
        if entry.is_fresh(desk.clock) {
            return Some(entry.clone());
        }
        self.remove_at(at, Gone::Expired, desk);
        None
    }

    /// Makes an entry found by name known to the typed map.
    pub(super) fn adopt(&mut self, name_hash: u64, node: Node, desk: &Desk<'_>) {
        let Some(at) = self.at(name_hash, &node.entry.name) else { return };
        let Some(slot) = self.slots.get_mut(at) else { return };
        if slot.typed.is_none() {
            slot.typed = Some(node.hash);
            desk.typed.insert(node);
        }
    }

    /// Stores an entry in place of what has its name. False if it is larger than the shard.
    pub(super) fn insert(
        &mut self,
        name_hash: u64,
        entry: Stored,
        typed: Option<impl FnOnce(Stored) -> Node>,
        desk: &mut Desk<'_>,
    ) -> bool {
        self.remove(name_hash, &entry.name, Gone::Replaced, desk);
        self.reclaim(RECLAIM, desk);
        if self.closed {
            desk.removed.push(entry);
            return false;
        }
        if entry.weight > self.limits.entry {
            entry.function.stats.oversized();
            desk.removed.push(entry);
            return false;
        }
        while self.count + 1 > self.limits.entries || self.bytes.saturating_add(entry.weight) > self.limits.bytes {
            if !self.evict(Gone::Evicted, desk) {
                desk.removed.push(entry);
                return false;
            }
        }
        self.count += 1;
        self.pinned += usize::from(entry.pinned);
        self.bytes += entry.weight;
        entry.function.stats.stored(entry.weight);
        self.born = self.born.wrapping_add(1);
        let deadline = entry.fresh_until;
        let node = typed.map(|node| node(entry.clone()));
        let typed_hash = node.as_ref().map(|node| node.hash);
        let at = self.slots.put(Slot { entry, name_hash, typed: typed_hash, born: self.born });
        let slots = &self.slots;
        self.names.insert_unique(name_hash, at, |at| slots.get(*at).map_or(0, |slot| slot.name_hash));
        if deadline != NEVER {
            self.expiry.push(Reverse((deadline, at, self.born)));
        }
        // Last, and still under the lock: who finds it there finds it here.
        if let Some(node) = node {
            desk.typed.insert(node);
        }
        true
    }

    /// Puts an entry in the place of one of its name that weighs no less and ends when it does.
    pub(super) fn swap(&mut self, hash: u64, entry: &Stored, desk: &mut Desk<'_>) -> bool {
        let place = self.at(hash, &entry.name).and_then(|at| self.slots.get_mut(at));
        let Some(slot) = place.filter(|slot| {
            entry.weight <= slot.entry.weight && entry.fresh_until == slot.entry.fresh_until && !self.closed
        }) else {
            return false;
        };
        let before = std::mem::replace(&mut slot.entry, entry.clone());
        if let Some(hash) = slot.typed.take() {
            desk.typed.remove(hash, &before);
        }
        self.bytes -= before.weight - entry.weight;
        self.pinned = self.pinned + usize::from(entry.pinned) - usize::from(before.pinned);
        before.function.stats.removed(before.weight, Gone::Replaced);
        entry.function.stats.stored(entry.weight);
        desk.removed.push(before);
        true
    }

    /// Takes out the entry whose turn it is; false if there is none that may go.
    pub(super) fn evict(&mut self, gone: Gone, desk: &mut Desk<'_>) -> bool {
        // Counts alone: the hand would go round in vain.
        if self.pinned == self.count {
            return false;
        }
        match self.hand.victim(&self.slots, desk.clock) {
            Some(victim) => {
                self.remove_at(victim, gone, desk);
                true
            }
            None => false,
        }
    }

    pub(super) fn fits(&self, limits: Limits) -> bool {
        self.count <= limits.entries && self.bytes <= limits.bytes
    }

    /// What is here now, where that is more.
    pub(super) fn limits_on_the_way_to(&self, limits: Limits) -> Limits {
        Limits { entries: limits.entries.max(self.count), bytes: limits.bytes.max(self.bytes), ..limits }
    }

    pub(super) fn is_anything_due(&self, clock: &Clock) -> bool {
        self.expiry.peek().is_some_and(|Reverse((deadline, ..))| !clock.is_before(*deadline))
    }

    /// Takes out the entry of that name; true if it was fresh.
    pub(super) fn remove(&mut self, hash: u64, name: &str, gone: Gone, desk: &mut Desk<'_>) -> bool {
        match self.at(hash, name) {
            Some(at) => self.remove_at(at, gone, desk),
            None => false,
        }
    }

    fn remove_at(&mut self, at: u32, gone: Gone, desk: &mut Desk<'_>) -> bool {
        let Some(slot) = self.slots.take(at) else { return false };
        // What had expired was gone already, whatever takes it out now.
        let fresh = slot.entry.is_fresh(desk.clock);
        let gone = if fresh { gone } else { Gone::Expired };
        if let Some(hash) = slot.typed {
            desk.typed.remove(hash, &slot.entry);
        }
        if let Ok(found) = self.names.find_entry(slot.name_hash, |other| *other == at) {
            found.remove();
        }
        self.count -= 1;
        self.bytes -= slot.entry.weight;
        self.pinned -= usize::from(slot.entry.pinned);
        slot.entry.function.stats.removed(slot.entry.weight, gone);
        desk.removed.push(slot.entry);
        fresh
    }

    /// Takes out up to `most` entries that have expired.
    pub(super) fn reclaim(&mut self, most: usize, desk: &mut Desk<'_>) -> usize {
        let mut reclaimed = 0;
        while reclaimed < most {
            let Some(&Reverse((deadline, at, born))) = self.expiry.peek() else { break };
            let current = self.slots.get(at).is_some_and(|slot| slot.born == born);
            if current && desk.clock.is_before(deadline) {
                break;
            }
            self.expiry.pop();
            if current {
                self.remove_at(at, Gone::Expired, desk);
                reclaimed += 1;
            }
        }
        // Lines about entries that went early are thrown away once they are most of the heap.
        if self.expiry.len() > 2 * self.count + 64 {
            let slots = &self.slots;
            self.expiry.retain(|Reverse((_, at, born))| slots.get(*at).is_some_and(|slot| slot.born == *born));
        }
        reclaimed
    }

    /// Takes out those of the slots `from..to` whose name is among `names`.
    pub(super) fn sweep(
        &mut self,
        range: std::ops::Range<usize>,
        names: &crate::key::Names,
        desk: &mut Desk<'_>,
    ) -> usize {
        let mut swept = 0;
        for at in range.start..range.end.min(self.slots.len()) {
            let at = at as u32;
            if self.slots.entry(at).is_some_and(|entry| names.contains(&entry.name)) {
                swept += usize::from(self.remove_at(at, Gone::Invalidated, desk));
            }
        }
        swept
    }

    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Stored> {
        self.slots.entries()
    }
}
