//! The memory tier: shards by printed name, which are the truth, and the typed map, which makes hits fast.
//!
//! Every change of a name's entry, and every start and end of a load of it, happens under its shard's lock. So an
//! invalidation that holds the lock either finds a load registered and detaches it, or that load began afterwards.

mod ask;
mod bounds;
mod conditional;
mod desk;
mod expiry;
mod graveyard;
mod loads;
mod policy;
mod shard;
mod slots;
mod sweep;
mod typed;

use std::hash::BuildHasher;
use std::sync::{Arc, Weak};

use smallvec::SmallVec;

pub(crate) use self::ask::{Ask, NewEntry, Replaced, Verdict};
pub use self::sweep::EntryInfo;

use self::bounds::Limits;
use self::desk::Desk;
use self::graveyard::GRAVEYARD;
use self::policy::Duel;
use self::shard::Shard;
use self::typed::{Query, Typed};
use crate::clock::{Clock, Ticks, ticks};
use crate::entry::{Stored, TypedKey};
use crate::flight::{Flight, Landing, Led, Order, Register};
use crate::key::{HashSink, KeyBytes, Segments, key_bytes, replay};
use crate::registry::Function;
use crate::stats::Gone;
use crate::sync::Mutex;

/// Under this many entries one shard is enough, and its order of eviction is exact.
const SHARDED_FROM: usize = 4_096;

/// How a store is built.
#[derive(Debug, Clone)]
pub(crate) struct StoreConfig {
    pub(crate) max_entries: usize,
    pub(crate) max_bytes: usize,
    pub(crate) max_entry_bytes: usize,
    pub(crate) patience: std::time::Duration,
    pub(crate) max_wait: std::time::Duration,
    pub(crate) clock: Clock,
    /// A mask over all hashes: for tests that want every key to collide.
    pub(crate) hash_mask: u64,
}

pub(crate) struct Store {
    typed: Typed,
    shards: Box<[Mutex<Shard>]>,
    state: foldhash::fast::RandomState,
    duel: Duel,
    hash_mask: u64,
    pub(crate) clock: Clock,
    pub(crate) patience: Ticks,
    pub(crate) max_wait: Ticks,
    /// As they were asked for; each shard has its part.
    bounds: Mutex<(usize, usize)>,
    max_entry_bytes: usize,
    // After the map and the shards: what nothing has emptied the graveyard of since goes with the store.
    _last_rites: LastRites,
}

/// Empties the graveyard when a store goes.
struct LastRites;

impl Drop for LastRites {
    fn drop(&mut self) {
        GRAVEYARD.clear();
    }
}

fn shards_for(entries: usize) -> usize {
    if entries < SHARDED_FROM {
        return 1;
    }
    let cores = std::thread::available_parallelism().map_or(4, std::num::NonZero::get);
    (4 * cores).next_power_of_two().min((entries / 1_024).next_power_of_two() / 2)
}

impl Store {
    pub(crate) fn new(config: &StoreConfig) -> Self {
        let shards = shards_for(config.max_entries);
        let limits = Limits::part((config.max_entries, config.max_bytes), shards, config.max_entry_bytes);
        Self {
            typed: Typed::new(shards),
            shards: (0..shards).map(|_| Mutex::new(Shard::new(limits))).collect(),
            state: foldhash::fast::RandomState::default(),
            duel: Duel::new(config.max_entries),
            hash_mask: config.hash_mask,
            clock: config.clock.clone(),
            patience: ticks(config.patience),
            max_wait: ticks(config.max_wait),
            bounds: Mutex::new((config.max_entries, config.max_bytes)),
            max_entry_bytes: config.max_entry_bytes,
            _last_rites: LastRites,
        }
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            typed: &self.typed,
            clock: &self.clock,
            duel: &self.duel,
            removed: SmallVec::new(),
            inserted: None,
            full: None,
        }
    }

    /// Drops what an operation took out, and notes what it put in. Call it with nothing locked.
    fn bury(&self, desk: Desk<'_>) {
        if let Some(hash) = desk.inserted {
            self.duel.miss(hash, desk.full.map(|entries| entries * self.shards.len()));
        }
        drop(desk.removed);
        GRAVEYARD.clear();
    }

    fn name_hash(&self, name: &str) -> u64 {
        self.state.hash_one(name) & self.hash_mask
    }

    fn shard(&self, name_hash: u64) -> &Mutex<Shard> {
        &self.shards[(name_hash >> 40) as usize & (self.shards.len() - 1)]
    }

    #[inline]
    fn query<'a, K: Segments>(&self, template: u32, key: &'a K) -> Query<'a, K> {
        let mut sink = HashSink::new(&self.state, template);
        key.visit_segments(&mut sink);
        Query { hash: sink.finish() & self.hash_mask, template, key }
    }

    pub(crate) fn typed_key<K: Segments>(&self, template: u32, key: &K) -> TypedKey {
        let hash = self.query(template, key).hash;
        TypedKey { hash, template, bytes: key_bytes(key) }
    }

    /// The same of a key that was written down before.
    pub(crate) fn written_key(&self, template: u32, bytes: KeyBytes) -> TypedKey {
        let mut sink = HashSink::new(&self.state, template);
        replay(&bytes, &mut sink);
        TypedKey { hash: sink.finish() & self.hash_mask, template, bytes }
    }

    /// The fast way to a hit, of a value that is likely to be a `T`: no lock, no allocation, nothing shared is written.
    #[inline]
    pub(crate) fn hit<T: 'static, K: Segments, R>(
        &self,
        function: &Function,
        key: &K,
        read: impl FnOnce(&Stored) -> Option<R>,
    ) -> Option<R> {
        let query = self.query(function.template(), key);
        self.typed.read::<T, _, _>(&query, |entry| {
            if !entry.is_fresh(&self.clock) {
                return None;
            }
            let answer = read(entry)?;
            entry.visit(function.stats.hit());
            self.duel.hit(query.hash);
            Some(answer)
        })
    }

    /// The entry of a name, if it is fresh. No visit.
    pub(crate) fn find(&self, name: &str) -> Option<Stored> {
        let hash = self.name_hash(name);
        self.shard(hash).lock().fresh(hash, name, &self.clock)
    }

    /// Notes a hit that was found by name.
    pub(crate) fn visit(&self, entry: &Stored, sample: Option<u32>) {
        entry.visit(sample);
        self.duel.hit(self.sampled(entry));
    }

    /// The hash that an entry is sampled by.
    fn sampled(&self, entry: &Stored) -> u64 {
        entry.typed_hash().unwrap_or_else(|| self.name_hash(entry.name()))
    }

    /// Decides what a caller that had no fast hit is to do, in one step: a hit after all, a wait, or a load.
    pub(crate) fn begin(self: &Arc<Self>, ask: &Ask<'_>, typed: &mut Option<TypedKey>) -> Verdict {
        let hash = self.name_hash(ask.name);
        let desk = self.desk();
        let verdict = {
            let mut shard = self.shard(hash).lock();
            let found = if ask.refresh { None } else { shard.fresh(hash, ask.name, &self.clock) };
            let accepted =
                |entry: &Stored| (ask.is_value)(entry) && !ask.rejected.is_some_and(|rejected| rejected.is(entry));
            match found.filter(accepted) {
                Some(entry) => {
                    if let Some(typed) = typed.take() {
                        desk.adopt(&entry, typed);
                    }
                    self.duel.hit(entry.typed_hash().unwrap_or(hash));
                    Verdict::Hit(entry)
                }
                None => self.fly(&mut shard, hash, ask),
            }
        };
        self.bury(desk);
        verdict
    }

    fn fly(self: &Arc<Self>, shard: &mut Shard, hash: u64, ask: &Ask<'_>) -> Verdict {
        let mut alone = ask.alone;
        if ask.refresh {
            // Not an older refresh: should this one fail, its value is still newer than what is stored.
            shard.detach_loads(hash, |flight| !flight.refreshes && &*flight.name == ask.name);
        } else if !alone && let Some(flight) = shard.joinable(hash, ask) {
            // A thread does not wait for a task, which may need this very thread to go on.
            let may_wait = ask.led == Led::Task || flight.led == Led::Thread;
            match may_wait.then(|| flight.join(ask.until)).flatten() {
                Some(wait) => return Verdict::Wait(wait),
                None => alone = true,
            }
        }
        let register: Weak<dyn Register> = Arc::<Self>::downgrade(self);
        let order = Order {
            name: ask.name,
            name_hash: hash,
            value: ask.value,
            led: ask.led,
            joinable: !alone,
            refreshes: ask.refresh,
        };
        let flight = Flight::new(order, self.clock.clone(), self.patience, register);
        shard.register(flight.clone());
        Verdict::Load(flight)
    }

    /// Ends a load: stores what it gave unless the flight was detached, then answers those that wait. False if it was.
    pub(crate) fn finish(&self, flight: &Flight, new: NewEntry, landing: Option<Landing>) -> bool {
        let landing = landing.unwrap_or_else(|| Landing::Value(new.entry.clone()));
        let mut desk = self.desk();
        let attached;
        {
            let mut shard = self.shard(flight.name_hash).lock();
            attached = shard.conclude(flight);
            #[cfg(cache_mutant = "publish_outside_lock")]
            {
                drop(shard);
                shard = self.shard(flight.name_hash).lock();
            }
            if attached && new.keep {
                shard.insert(flight.name_hash, new.entry, &mut desk);
            } else if attached && !new.leave {
                shard.remove(flight.name_hash, &flight.name, Gone::Invalidated, &mut desk);
            }
        }
        self.bury(desk);
        flight.land(landing);
        attached
    }

    /// Stores a value in place of whatever its name has, older loads under way included.
    pub(crate) fn put(&self, new: NewEntry) -> bool {
        let hash = self.name_hash(new.entry.name());
        let mut desk = self.desk();
        let stored = {
            let mut shard = self.shard(hash).lock();
            shard.detach_loads(hash, |flight| &*flight.name == new.entry.name());
            if new.keep {
                shard.insert(hash, new.entry, &mut desk)
            } else {
                if !new.leave {
                    shard.remove(hash, new.entry.name(), Gone::Invalidated, &mut desk);
                }
                false
            }
        };
        self.bury(desk);
        stored
    }
}

impl Register for Store {
    fn vacate(&self, flight: &Flight) -> bool {
        let mut desk = self.desk();
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
        attached
    }

    fn detach(&self, flight: &Flight) -> bool {
        self.shard(flight.name_hash).lock().unregister(flight)
    }
}
