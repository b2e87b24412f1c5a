//! One shard: the names that hash to it, their entries, and their loads under way. Always locked.
//!
//! Invariants, under the lock:
//! - a name has at most one entry, and an entry in the typed map is in its shard under its name;
//! - `count` and `bytes` are what the slots hold, and never exceed `limits`;
//! - a flight in `loads` is attached: only an attached flight may store.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use hashbrown::HashTable;

use super::eviction::Hand;
use super::slots::{Slot, Slots};
use super::typed::{Node, Typed};
use crate::clock::{Clock, NEVER, Ticks};
use crate::entry::Stored;
use crate::flight::Flight;
use crate::stats::Gone;

/// How many due entries one operation reclaims at most.
const RECLAIM: usize = 8;

/// What a shard may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    /// Of one entry.
    pub(super) entry: usize,
}

impl Limits {
    /// One shard's part. Rounded down: all shards together stay within what was asked.
    pub(super) fn part(entries: usize, bytes: usize, shards: usize, entry: usize) -> Self {
        let bytes = bytes / shards;
        Self { entries: entries / shards, bytes, entry: entry.min(bytes) }
    }
}

/// How many entries one step of a shrinkage evicts at most.
const SHRINK: usize = 256;

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
    limits: Limits,
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
            limits,
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
        if entry.weight > self.limits.entry {
            entry.function.stats.oversized();
            desk.removed.push(entry);
            return false;
        }
        while self.count + 1 > self.limits.entries || self.bytes.saturating_add(entry.weight) > self.limits.bytes {
            let Some(victim) = self.hand.victim(&self.slots, desk.clock) else {
                desk.removed.push(entry);
                return false;
            };
            self.remove_at(victim, Gone::Evicted, desk);
        }
        self.count += 1;
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

    /// Takes up new limits and evicts a few entries that are too many by them; true once all fit that can go.
    pub(super) fn shrink(&mut self, limits: Limits, desk: &mut Desk<'_>) -> bool {
        self.limits = limits;
        for _ in 0..SHRINK {
            if self.count <= limits.entries && self.bytes <= limits.bytes {
                return true;
            }
            match self.hand.victim(&self.slots, desk.clock) {
                Some(victim) => drop(self.remove_at(victim, Gone::Evicted, desk)),
                None => return true,
            }
        }
        false
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
