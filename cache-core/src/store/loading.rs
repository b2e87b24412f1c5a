//! How a load begins and how it ends, each in one step under its shard's lock.

use std::sync::{Arc, Weak};

use super::graveyard::GRAVEYARD;
use super::shard::Shard;
use super::{Ask, NewEntry, Store, Verdict};
use crate::entry::{Standing, Stored, TypedKey};
use crate::events::By;
use crate::flight::{Flight, Landing, Led, Order, Register};
use crate::stats::Gone;

impl Store {
    /// Decides what a caller that had no fast hit is to do, in one step: a hit after all, a wait, or a load.
    pub(crate) fn begin(self: &Arc<Self>, ask: &Ask<'_>, typed: &mut Option<TypedKey>) -> Verdict {
        let hash = self.name_hash(ask.name);
        let verdict = {
            let mut shard = self.shard(hash).lock();
            let accepted =
                |entry: &&Stored| ask.sought.is(entry) && !ask.rejected.is_some_and(|rejected| rejected.is(entry));
            let found = if ask.refresh { None } else { shard.find(hash, ask.name).filter(accepted).cloned() };
            match found.map(|entry| (entry.standing(&self.clock), entry)) {
                Some((standing, entry)) if standing.is_fresh() => {
                    if let Some(typed) = typed.take() {
                        self.adopt(&entry, typed);
                    }
                    self.duel.hit(entry.typed_hash().unwrap_or(hash));
                    Verdict::Hit(entry)
                }
                Some((standing @ (Standing::Stale | Standing::Spare), entry)) if ask.stale => {
                    self.past_its_time(&mut shard, hash, ask, entry, standing)
                }
                _ => self.fly(&mut shard, hash, ask, None),
            }
        };
        GRAVEYARD.clear();
        verdict
    }

    /// Makes an entry that was found by name known to the typed map. Call it with its shard locked.
    fn adopt(&self, entry: &Stored, typed: TypedKey) {
        let hash = typed.hash;
        if entry.bind(typed) {
            self.typed.insert(hash, entry.clone());
        }
    }

    pub(super) fn fly(self: &Arc<Self>, shard: &mut Shard, hash: u64, ask: &Ask<'_>, spare: Option<Stored>) -> Verdict {
        let mut alone = ask.alone;
        if ask.refresh {
            // Not an older refresh: should this one fail, its value is still newer than what is stored.
            shard.detach_loads(hash, |flight| !flight.refreshes && *flight.name == **ask.name);
        } else if !alone && let Some(flight) = shard.joinable(hash, ask) {
            // A thread does not wait for a task, which may need this very thread to go on.
            let may_wait = ask.led == Led::Task || flight.led == Led::Thread;
            let register = || Arc::<Self>::downgrade(self) as Weak<dyn Register>;
            match may_wait.then(|| flight.join(ask.until, register)).flatten() {
                Some(wait) => return Verdict::Wait(wait),
                None => alone = true,
            }
        }
        Verdict::Load(self.launch(shard, hash, ask, !alone, spare.is_some()), spare)
    }

    pub(super) fn launch(
        &self,
        shard: &mut Shard,
        hash: u64,
        ask: &Ask<'_>,
        joinable: bool,
        renews: bool,
    ) -> Arc<Flight> {
        let order = Order {
            name: ask.name,
            name_hash: hash,
            value: ask.sought.value.id(),
            led: ask.led,
            joinable,
            refreshes: ask.refresh,
            renews,
            tagging: ask.tagging.cloned(),
            copied: ask.copied.clone(),
        };
        let flight = Flight::new(order, self.clock.clone(), self.patience);
        shard.register(flight.clone());
        flight
    }

    /// Ends a load: stores what it gave unless the flight was detached, then answers those that wait. False if it was.
    pub(crate) fn finish(&self, flight: &Flight, new: NewEntry, landing: Option<Landing>) -> bool {
        let mut desk = self.desk_at(new.at);
        desk.notes.by = if flight.refreshes || flight.renews { By::Refresh } else { By::Load };
        let (attached, value);
        {
            let mut shard = self.shard(flight.name_hash).lock();
            attached = shard.conclude(flight);
            // From here on nobody joins.
            value = (landing.is_none() && flight.is_awaited()).then(|| Landing::Value(new.entry.clone()));
            #[cfg(cache_mutant = "publish_outside_lock")]
            {
                drop(shard);
                shard = self.shard(flight.name_hash).lock();
            }
            if attached && new.keep {
                if !flight.refreshes {
                    shard.missed(flight.name_hash, &new.entry.function, &self.clock);
                }
                shard.insert(flight.name_hash, new.entry, &mut desk);
            } else if attached && !new.leave {
                shard.remove(flight.name_hash, &flight.name, Gone::Invalidated, &mut desk);
            }
        }
        self.bury(desk);
        if let Some(landing) = landing.or(value) {
            flight.land(landing);
        }
        attached
    }

    /// Ends a load with a value that memory does not keep, whatever it has under that name; `entry` makes one for those that
    /// wait, if anybody does.
    pub(crate) fn pass(&self, flight: &Flight, entry: impl FnOnce() -> Stored) {
        let removed = {
            let mut shard = self.shard(flight.name_hash).lock();
            // From here on nobody joins.
            let attached = shard.conclude(flight);
            (attached && shard.at(flight.name_hash, &flight.name).is_some()).then(|| {
                let mut desk = self.desk();
                shard.remove(flight.name_hash, &flight.name, Gone::Invalidated, &mut desk);
                desk
            })
        };
        if let Some(desk) = removed {
            self.bury(desk);
        }
        if flight.is_awaited() {
            flight.land(Landing::Value(entry()));
        }
    }
}

impl Register for Store {
    fn vacate(&self, flight: &Flight) -> bool {
        let mut desk = self.desk();
        desk.notes.by = By::Refresh;
        let attached;
        {
            let mut shard = self.shard(flight.name_hash).lock();
            attached = shard.conclude(flight);
            if attached {
                shard.remove(flight.name_hash, &flight.name, Gone::Invalidated, &mut desk);
            }
        }
        // Called by the timer too, which is not to wait for what a user's `Drop` does: the next operation empties it.
        GRAVEYARD.bury_all(desk.removed);
        self.events.tell_all(desk.notes);
        attached
    }

    fn detach(&self, flight: &Flight) -> bool {
        self.shard(flight.name_hash).lock().unregister(flight)
    }
}
