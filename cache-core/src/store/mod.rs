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
mod loading;
mod loads;
mod policy;
mod regrets;
mod renewal;
mod shard;
mod slots;
mod sweep;
mod tags;
mod typed;

use std::hash::BuildHasher;
use std::sync::Arc;

use smallvec::SmallVec;

pub(crate) use self::ask::{Ask, Glance, NewEntry, Replaced, Sought, Verdict};
pub use self::sweep::EntryInfo;
pub(crate) use self::tags::{Carried, Tagging, Tags};

use self::bounds::Limits;
use self::desk::Desk;
use self::graveyard::GRAVEYARD;
use self::policy::Duel;
use self::shard::Shard;
use self::typed::{Query, Typed};
use crate::clock::{Clock, Ticks, ticks};
use crate::entry::{Stored, TypedKey, ValueType};
use crate::events::{Bus, By};
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
    pub(crate) tags: Arc<Tags>,
    pub(crate) clock: Clock,
    pub(crate) patience: Ticks,
    pub(crate) max_wait: Ticks,
    /// As they were asked for; each shard has its part.
    bounds: Mutex<(usize, usize)>,
    max_entry_bytes: usize,
    pub(crate) events: Arc<Bus>,
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
            shards: (0..shards).map(|_| Mutex::new(Shard::new(limits, shards))).collect(),
            state: foldhash::fast::RandomState::default(),
            duel: Duel::new(config.max_entries),
            hash_mask: config.hash_mask,
            tags: Tags::new(),
            clock: config.clock.clone(),
            patience: ticks(config.patience),
            max_wait: ticks(config.max_wait),
            bounds: Mutex::new((config.max_entries, config.max_bytes)),
            max_entry_bytes: config.max_entry_bytes,
            events: Arc::default(),
            _last_rites: LastRites,
        }
    }

    fn desk(&self) -> Desk<'_> {
        self.desk_at(self.clock.now())
    }

    /// At a moment that is just over: a reading of the clock is spared.
    fn desk_at(&self, now: Ticks) -> Desk<'_> {
        Desk {
            typed: &self.typed,
            now,
            duel: &self.duel,
            removed: SmallVec::new(),
            inserted: None,
            full: None,
            notes: self.events.notes(),
            coming: None,
        }
    }

    /// Drops what an operation took out, and notes what it put in. Call it with nothing locked.
    fn bury(&self, desk: Desk<'_>) {
        if let Some(hash) = desk.inserted {
            self.duel.miss(hash, desk.full.map(|entries| entries * self.shards.len()));
        }
        drop(desk.removed);
        self.events.tell_all(desk.notes);
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

    /// The fast way to a hit, of a value that is likely to be of that type: no lock, no allocation, nothing shared is
    /// written. The template is the function's.
    #[inline]
    pub(crate) fn hit<K: Segments, R>(
        &self,
        function: &Function,
        template: u32,
        key: &K,
        value: ValueType,
        read: impl FnOnce(&Stored) -> Option<R>,
    ) -> Option<R> {
        let query = self.query(template, key);
        self.typed.read(&query, value, |entry| {
            if !entry.is_fresh_at_a_glance(&self.clock) && !self.stands(function, entry) {
                return None;
            }
            let answer = read(entry)?;
            entry.visit(Some(function.stats.hit()));
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
    pub(crate) fn visit(&self, entry: &Stored, hits: Option<u64>) {
        entry.visit(hits);
        self.duel.hit(self.sampled(entry));
    }

    /// The hash that an entry is sampled by.
    fn sampled(&self, entry: &Stored) -> u64 {
        entry.typed_hash().unwrap_or_else(|| self.name_hash(entry.name()))
    }

    /// Stores a value in place of whatever its name has, older loads under way included.
    pub(crate) fn put(&self, new: NewEntry) -> bool {
        let hash = self.name_hash(new.entry.name());
        let mut desk = self.desk_at(new.at);
        desk.notes.by = By::Put;
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
