//! One shard: the names that hash to it, their entries, and their loads under way. Always locked.
//!
//! Invariants, under the lock:
//! - a name has at most one entry, and an entry in the typed map is in its shard under its name;
//! - `count` and `bytes` are what the slots hold, and never exceed `limits`, but where counts alone do after a `resize`;
//! - a flight in `loads` is attached: only an attached flight may store.

use std::sync::Arc;

use hashbrown::HashTable;

use super::bounds::Limits;
use super::desk::Desk;
use super::expiry::Expiry;
use super::policy::{Newcomer, Policy};
use super::regrets::Regrets;
use super::slots::{Seen, Slot, Slots};
use crate::clock::Clock;
use crate::entry::Stored;
use crate::flight::Flight;
use crate::stats::Gone;

/// How many due entries one operation reclaims at most: more than come, and so few that an insertion into a cache whose
/// entries have all expired costs less than twice what another does.
const RECLAIM: usize = 2;

/// How many lines are looked at for each of them.
const LINES: usize = 4;

/// What was reclaimed.
pub(super) struct Reclaimed {
    pub(super) entries: usize,
    /// There may be more to reclaim.
    pub(super) more: bool,
}

pub(super) struct Shard {
    pub(super) slots: Slots,
    names: HashTable<u32>,
    pub(super) loads: HashTable<Arc<Flight>>,
    policy: Policy,
    pub(super) expiry: Expiry,
    pub(super) regrets: Regrets,
    count: usize,
    bytes: usize,
    pub(super) limits: Limits,
    /// Nothing is stored any more.
    pub(super) closed: bool,
}

impl Shard {
    /// One of so many.
    pub(super) fn new(limits: Limits, shards: usize) -> Self {
        Self {
            slots: Slots::default(),
            names: HashTable::new(),
            loads: HashTable::new(),
            policy: Policy::default(),
            expiry: Expiry::default(),
            regrets: Regrets::among(shards),
            count: 0,
            bytes: 0,
            limits,
            closed: false,
        }
    }

    pub(super) fn at(&self, hash: u64, name: &str) -> Option<u32> {
        let is_it = |at: &u32| self.slots.entry(*at).is_some_and(|entry| entry.name() == name);
        self.names.find(hash, is_it).copied()
    }

    /// The entry of that name, whatever it is good for.
    pub(super) fn find(&self, hash: u64, name: &str) -> Option<&Stored> {
        self.slots.entry(self.at(hash, name)?)
    }

    /// The fresh entry of that name. One that has expired keeps its place for the load that may follow.
    pub(super) fn fresh(&self, hash: u64, name: &str, clock: &Clock) -> Option<Stored> {
        self.find(hash, name).filter(|entry| entry.is_fresh(clock)).cloned()
    }

    /// Stores an entry in place of what has its name. False if it is larger than the shard.
    pub(super) fn insert(&mut self, name_hash: u64, entry: Stored, desk: &mut Desk<'_>) -> bool {
        let place = self.at(name_hash, entry.name());
        let oversized = entry.weight > self.limits.entry;
        if self.closed || oversized {
            if oversized && !self.closed {
                entry.function.stats.oversized();
            }
            if let Some(at) = place {
                self.remove_at(at, Gone::Replaced, desk);
            }
            desk.removed.push(entry);
            return false;
        }
        desk.comes(&entry);
        let typed_hash = entry.typed_hash();
        desk.inserted = Some(typed_hash.unwrap_or(name_hash));
        let keyed = typed_hash.map(|hash| (hash, entry.clone()));
        match place.filter(|at| self.has_room_instead(*at, &entry)) {
            Some(at) => {
                self.exchange(at, entry, desk);
                self.reclaim(RECLAIM, desk);
            }
            None => {
                if let Some(at) = place {
                    self.remove_at(at, Gone::Replaced, desk);
                }
                self.reclaim(RECLAIM, desk);
                if !self.admit(name_hash, entry, desk) {
                    return false;
                }
            }
        }
        // Last, and still under the lock: who finds it there finds it here.
        if let Some((hash, entry)) = keyed {
            desk.typed.insert(hash, entry);
        }
        true
    }

    /// Whether an entry may stand where another of its name does, without any that has to go.
    fn has_room_instead(&self, at: u32, entry: &Stored) -> bool {
        self.slots.entry(at).is_some_and(|before| {
            before.pinned() == entry.pinned() && self.bytes - before.weight + entry.weight <= self.limits.bytes
        })
    }

    /// Puts an entry in another's place, which it keeps in the order of eviction. Nothing leads to it by its key yet.
    fn exchange(&mut self, at: u32, entry: Stored, desk: &mut Desk<'_>) {
        let (deadline, weight) = (entry.gone_at(), entry.weight);
        let Some(slot) = self.slots.get_mut(at) else { return };
        entry.set_reads(slot.entry.reads());
        let before = std::mem::replace(&mut slot.entry, entry);
        if let Some(hash) = before.typed_hash() {
            desk.typed.remove(hash, &before, |entry| desk.removed.push(entry));
        }
        self.policy.reweigh(at, before.weight, weight);
        self.bytes = self.bytes - before.weight + weight;
        if before.gone_at() != deadline {
            self.expiry.push(deadline, at);
        }
        desk.take_leave(before, Gone::Replaced);
        desk.came(&slot.entry);
    }

    /// Puts an entry into a place of its own, for which others may have to go. False if they may not.
    fn admit(&mut self, name_hash: u64, entry: Stored, desk: &mut Desk<'_>) -> bool {
        let mut new = self.policy.arrive(name_hash, entry.weight, desk.duel.mode());
        let seen = Seen { slots: &self.slots, now: desk.now };
        if let Some(victim) = self.policy.place(&mut new, self.limits.room(), &seen) {
            self.remove_at(victim.at, Gone::Evicted, desk);
        }
        while self.count + 1 > self.limits.entries || self.bytes.saturating_add(entry.weight) > self.limits.bytes {
            if !self.evict(&mut new, desk) {
                desk.refuse(entry);
                return false;
            }
        }
        self.count += 1;
        self.bytes += entry.weight;
        desk.came(&entry);
        let (deadline, pinned) = (entry.gone_at(), entry.pinned());
        let at = self.slots.put(Slot { entry, name_hash });
        let slots = &self.slots;
        self.names.insert_unique(name_hash, at, |at| slots.get(*at).map_or(0, |slot| slot.name_hash));
        // A count stands in no queue: it is not evicted.
        if !pinned {
            self.policy.enter(&new, at);
        }
        self.expiry.push(deadline, at);
        true
    }

    /// Takes out the entry whose turn it is; false if there is none that may go.
    fn evict(&mut self, new: &mut Newcomer, desk: &mut Desk<'_>) -> bool {
        let seen = Seen { slots: &self.slots, now: desk.now };
        let Some(victim) = self.policy.victim(new, self.limits.room(), &seen) else { return false };
        let entries = self.count;
        desk.full = Some(entries);
        let hash = self.slots.get(victim.at).map(|slot| slot.name_hash);
        let was_fresh = self.remove_at(victim.at, Gone::Evicted, desk);
        if let (Some(hash), Some(stamp), true) = (hash, victim.ghost, was_fresh) {
            self.policy.remember(hash, stamp, entries);
        }
        true
    }

    /// Takes out an entry for none that comes in.
    pub(super) fn evict_one(&mut self, desk: &mut Desk<'_>) -> bool {
        self.evict(&mut Newcomer::none(desk.duel.mode()), desk)
    }

    pub(super) fn fits(&self, limits: Limits) -> bool {
        self.count <= limits.entries && self.bytes <= limits.bytes
    }

    /// What is here now, where that is more.
    pub(super) fn limits_on_the_way_to(&self, limits: Limits) -> Limits {
        Limits { entries: limits.entries.max(self.count), bytes: limits.bytes.max(self.bytes), ..limits }
    }

    pub(super) fn is_anything_due(&self, clock: &Clock) -> bool {
        !self.expiry.is_settled() || self.expiry.first().is_some_and(|due| !clock.is_before(due.deadline))
    }

    /// Takes out the entry of that name; true if it could still be served.
    pub(super) fn remove(&mut self, hash: u64, name: &str, gone: Gone, desk: &mut Desk<'_>) -> bool {
        match self.at(hash, name) {
            Some(at) => self.remove_at(at, gone, desk),
            None => false,
        }
    }

    fn remove_at(&mut self, at: u32, gone: Gone, desk: &mut Desk<'_>) -> bool {
        let Some(slot) = self.slots.take(at) else { return false };
        let gone = desk.why_gone(&slot.entry, gone);
        if let Some(hash) = slot.entry.typed_hash() {
            desk.typed.remove(hash, &slot.entry, |entry| desk.removed.push(entry));
        }
        if let Ok(found) = self.names.find_entry(slot.name_hash, |other| *other == at) {
            found.remove();
        }
        self.policy.leave(at, slot.entry.weight);
        if gone == Gone::Evicted {
            self.regrets.evicted(slot.name_hash, slot.entry.fresh_until(), self.count);
        }
        self.count -= 1;
        self.bytes -= slot.entry.weight;
        desk.take_leave(slot.entry, gone)
    }

    /// Takes out up to `most` entries that have expired; looks at no more than a few times as many lines, however many
    /// there are of entries that went early.
    pub(super) fn reclaim(&mut self, most: usize, desk: &mut Desk<'_>) -> Reclaimed {
        let mut reclaimed = Reclaimed { entries: 0, more: true };
        for _ in 0..LINES * most {
            let first = self.expiry.first().map(|due| (due, self.slots.is_about(due)));
            let Some((due, current)) = first.filter(|(due, current)| desk.now >= due.deadline || !current) else {
                reclaimed.more = false;
                break;
            };
            self.expiry.pop();
            if current {
                self.remove_at(due.at, Gone::Expired, desk);
                reclaimed.entries += 1;
            }
            if reclaimed.entries == most {
                break;
            }
        }
        self.expiry.crowded(self.count);
        self.expiry.look_through(LINES * most, |due| self.slots.is_about(due));
        reclaimed.more |= !self.expiry.is_settled();
        reclaimed
    }

    /// Takes out those of the slots of a range that are asked for.
    pub(super) fn sweep(
        &mut self,
        range: std::ops::Range<usize>,
        is_it: impl Fn(&Stored) -> bool,
        desk: &mut Desk<'_>,
    ) -> usize {
        let mut swept = 0;
        for at in range.start..range.end.min(self.slots.len()) {
            let at = at as u32;
            if self.slots.entry(at).is_some_and(&is_it) {
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
