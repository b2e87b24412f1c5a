//! Entries that are made anew while they are still of use, and those that are served past their time.

use std::sync::Arc;

use super::shard::Shard;
use super::{Ask, Glance, NewEntry, Store, Verdict};
use crate::clock::{NEVER, Ticks};
use crate::entry::{Standing, Stored, ValueType};
use crate::events::By;
use crate::flight::Flight;
use crate::key::Segments;
use crate::registry::Function;

impl Shard {
    /// Whether a load under way is to take the place of that name's entry: any one, for whatever reason it began.
    fn is_renewed(&self, hash: u64, name: &str) -> bool {
        self.loads.iter_hash(hash).any(|flight| &*flight.name == name)
    }

    /// What loads of that name have of the shared tier's, past its time.
    fn lent(&self, hash: u64, name: &str) -> Option<Stored> {
        self.loads.iter_hash(hash).filter(|flight| &*flight.name == name).find_map(|flight| flight.lent.get()).cloned()
    }

    /// Takes an entry's freshness; false if it has no grace. Then it is to be removed.
    pub(super) fn expire(&mut self, hash: u64, name: &str, now: Ticks) -> bool {
        let Some(at) = self.at(hash, name) else { return true };
        let Some(entry) = self.slots.entry(at) else { return true };
        if entry.terms.is_none() {
            return false;
        }
        let before = entry.gone_at();
        entry.expire(now);
        let after = entry.gone_at();
        if after != before {
            self.expiry.push(after, at);
        }
        after > now
    }
}

impl Store {
    /// Whether an entry that is not plainly fresh is a hit all the same: it is fresh by its terms, and the caller is not the
    /// one to have it made anew.
    #[cold]
    #[inline(never)]
    pub(super) fn stands(&self, function: &Function, entry: &Stored) -> bool {
        let Some(terms) = &entry.terms else { return false };
        if terms.is_fresh_and_not_due(&self.clock) {
            entry.trust_again();
            return true;
        }
        match entry.standing(&self.clock) {
            Standing::Fresh => true,
            Standing::Due => function.freshness.refresh_ahead.is_none() || !terms.may_try(self.clock.now()),
            _ => false,
        }
    }

    /// The entry of a call whose value is past its time and may be served at once: somebody else makes it anew, or has
    /// just failed to. Locks nothing.
    fn is_served_stale(&self, entry: &Stored) -> bool {
        let Some(terms) = &entry.terms else { return false };
        match entry.standing(&self.clock) {
            Standing::Stale => !terms.may_try(self.clock.now()),
            _ => false,
        }
    }

    /// Whether a caller that can have a value made anew beside itself is answered at once, and whether it is the one to do
    /// so. None where it has to look closer.
    pub(crate) fn glance(self: &Arc<Self>, ask: &Ask<'_>) -> Option<Glance> {
        let hash = self.name_hash(ask.name);
        let mut shard = self.shard(hash).lock();
        let entry = shard.find(hash, ask.name).filter(|entry| ask.sought.is(entry)).cloned()?;
        let terms = entry.terms.as_ref()?;
        let stale = match entry.standing(&self.clock) {
            Standing::Due => false,
            Standing::Stale => true,
            _ => return None,
        };
        if self.is_throttled(&entry) || shard.is_renewed(hash, ask.name) {
            return Some(if stale { Glance::Stale(entry) } else { Glance::Hit(entry) });
        }
        terms.begin_try();
        let flight = self.launch(&mut shard, hash, ask, !ask.alone, true);
        Some(Glance::Renew(entry, flight))
    }

    /// What a caller is to do that found a value past its time.
    pub(super) fn past_its_time(
        self: &Arc<Self>,
        shard: &mut Shard,
        hash: u64,
        ask: &Ask<'_>,
        entry: Stored,
        standing: Standing,
    ) -> Verdict {
        let answered = standing == Standing::Stale && shard.is_renewed(hash, ask.name);
        if answered || self.is_throttled(&entry) {
            return Verdict::Stale(entry);
        }
        self.fly(shard, hash, ask, Some(entry))
    }

    /// Whether making it anew has just failed.
    fn is_throttled(&self, entry: &Stored) -> bool {
        // `NEVER` is for those who look without the lock: under it, the loads say who is at it.
        entry.terms.as_ref().is_some_and(|terms| terms.next_try() != NEVER && !terms.may_try(self.clock.now()))
    }

    /// A load that was to make `entry` anew has failed: not again before `next`. Gives what it may be served as in its
    /// place; none where it was removed meanwhile, or its time is over for good.
    pub(crate) fn keep_after_failure(&self, entry: &Stored, next: Ticks) -> Option<Standing> {
        let hash = self.name_hash(entry.name());
        let shard = self.shard(hash).lock();
        let still_there = shard.find(hash, entry.name()).is_some_and(|found| found.is(entry));
        let terms = entry.terms.as_ref().filter(|_| still_there)?;
        terms.end_try(next);
        let standing = entry.standing(&self.clock);
        let now = self.clock.now();
        (standing.is_fresh() || terms.bridges_error(now)).then_some(standing)
    }

    /// Gives a load what the shared tier has, past its time: it is as if memory had had it. Memory does from now on, if it is
    /// to be kept and there is room. False if the load was detached meanwhile: then it is of no use any more.
    pub(crate) fn lend(&self, flight: &Flight, new: NewEntry) -> bool {
        let mut desk = self.desk_at(new.at);
        desk.notes.by = By::Load;
        let attached = {
            let mut shard = self.shard(flight.name_hash).lock();
            let attached = shard.is_registered(flight);
            if attached {
                // One load is lent one thing.
                let _ = flight.lent.set(new.entry.clone());
                if new.keep {
                    shard.insert(flight.name_hash, new.entry, &mut desk);
                }
            }
            attached
        };
        self.bury(desk);
        attached
    }

    /// Whether memory has that very entry.
    pub(crate) fn has(&self, entry: &Stored) -> bool {
        let hash = self.name_hash(entry.name());
        self.shard(hash).lock().find(hash, entry.name()).is_some_and(|found| found.is(entry))
    }

    /// Whether a load is registered still.
    pub(crate) fn is_attached(&self, flight: &Flight) -> bool {
        self.shard(flight.name_hash).lock().is_registered(flight)
    }

    /// Whether somebody else makes that load's name anew beside its callers.
    pub(crate) fn is_renewed_beside(&self, flight: &Flight) -> bool {
        let shard = self.shard(flight.name_hash).lock();
        let others = shard.loads.iter_hash(flight.name_hash).filter(|other| other.id != flight.id);
        others.filter(|other| *other.name == *flight.name).any(|other| other.renews)
    }

    /// The duty to make a value of the shared tier's anew that memory does not keep. Nobody waits for it: they are answered
    /// with that value. None where somebody is at it.
    pub(crate) fn renew_elsewhere(&self, ask: &Ask<'_>, entry: &Stored) -> Option<Arc<Flight>> {
        let hash = self.name_hash(ask.name);
        let mut shard = self.shard(hash).lock();
        if shard.loads.iter_hash(hash).any(|flight| *flight.name == **ask.name && flight.renews) {
            return None;
        }
        let flight = self.launch(&mut shard, hash, ask, false, true);
        let _ = flight.lent.set(entry.clone());
        Some(flight)
    }

    /// The entry of a name, whatever it is good for.
    pub(crate) fn last(&self, name: &str) -> Option<Stored> {
        let hash = self.name_hash(name);
        self.shard(hash).lock().find(hash, name).cloned()
    }

    /// A value past its time that is served at once, because somebody makes it anew or has just failed to. Locks nothing.
    pub(crate) fn stale<T: 'static, K: Segments, R>(
        &self,
        function: &Function,
        key: &K,
        read: impl FnOnce(&Stored) -> Option<R>,
    ) -> Option<R> {
        let query = self.query(function.template(), key);
        self.typed.read(&query, ValueType::of::<T>(), |entry| {
            if !self.is_served_stale(entry) {
                return None;
            }
            let answer = read(entry)?;
            entry.visit(Some(function.stats.hit()));
            function.stats.stale_served();
            Some(answer)
        })
    }

    /// The entry of a name as it may be served where a load has failed.
    pub(crate) fn spare(&self, name: &str) -> Option<Stored> {
        let hash = self.name_hash(name);
        let entry = {
            let shard = self.shard(hash).lock();
            shard.find(hash, name).cloned().or_else(|| shard.lent(hash, name))?
        };
        let bridges = entry.terms.as_ref().is_some_and(|terms| terms.bridges_error(self.clock.now()));
        (bridges || entry.is_fresh(&self.clock)).then_some(entry)
    }

    /// Takes the freshness of a name's entry, and keeps loads of it that are under way from storing theirs. What has no grace
    /// is removed. Says whether there was a fresh one.
    pub(crate) fn expire(&self, name: &str) -> bool {
        let hash = self.name_hash(name);
        let mut desk = self.desk();
        let was_fresh = {
            let mut shard = self.shard(hash).lock();
            shard.detach_loads(hash, |flight| &*flight.name == name);
            let was_fresh = shard.fresh(hash, name, &self.clock).is_some();
            if !shard.expire(hash, name, self.clock.now()) {
                shard.remove(hash, name, crate::stats::Gone::Invalidated, &mut desk);
            }
            was_fresh
        };
        self.bury(desk);
        was_fresh
    }
}
