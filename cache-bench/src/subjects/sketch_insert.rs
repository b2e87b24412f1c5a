//! The parts that an insertion of ours cannot do without: what no toolkit with these promises gets below.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::ptr;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use parking_lot::{Mutex, RwLock};
use rustix::time::{ClockId, clock_gettime};

use super::Load;

pub(crate) const SKETCH: &str = "sketch of an insertion's parts (a floor)";

const TTL_SECONDS: i64 = 300;
const SHARDS: usize = 8;
const PREFIX: &[u8] = b"counts:";
/// Room for the prefix and the largest number.
const NAME: usize = 27;

/// One allocation: key, name, deadline and value.
struct Entry<V> {
    key: u64,
    hash: u64,
    name: [u8; NAME],
    name_hash: u64,
    until: i64,
    value: V,
}

type Index<V> = HashTable<Arc<Entry<V>>>;

struct Shard<V> {
    names: Index<V>,
    /// In the order in which they came and go.
    entries: VecDeque<Arc<Entry<V>>>,
}

/// An index by key and one by printed name, a deadline, and the oldest entry evicted. No choice of who goes, no bound on
/// bytes, no single flight, no statistics, nothing but the lock between a reader and what is freed.
pub(crate) struct InsertSketch<V> {
    typed: [RwLock<Index<V>>; SHARDS],
    shards: [Mutex<Shard<V>>; SHARDS],
    state: RandomState,
    room: usize,
}

fn seconds() -> i64 {
    clock_gettime(ClockId::MonotonicCoarse).tv_sec
}

fn printed(key: u64) -> [u8; NAME] {
    let mut name = [b' '; NAME];
    name[..PREFIX.len()].copy_from_slice(PREFIX);
    let (mut rest, mut at) = (key, NAME);
    loop {
        at -= 1;
        name[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return name;
        }
    }
}

impl<V: Load> InsertSketch<V> {
    pub(crate) fn new(room: usize) -> Self {
        let shard = || Shard { names: HashTable::new(), entries: VecDeque::new() };
        Self {
            typed: std::array::from_fn(|_| RwLock::new(HashTable::new())),
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            state: RandomState::default(),
            room: room / SHARDS,
        }
    }

    fn index(&self, hash: u64) -> &RwLock<Index<V>> {
        &self.typed[(hash >> 40) as usize % SHARDS]
    }

    pub(crate) fn get_or_load(&self, key: u64) -> V {
        let hash = self.state.hash_one(key);
        if let Some(entry) = self.index(hash).read().find(hash, |entry| entry.key == key)
            && seconds() < entry.until
        {
            return entry.value.clone();
        }
        let name = printed(key);
        let name_hash = self.state.hash_one(name);
        let value = V::load(key);
        let until = seconds() + TTL_SECONDS;
        let entry = Arc::new(Entry { key, hash, name, name_hash, until, value: value.clone() });
        let mut shard = self.shards[(name_hash >> 40) as usize % SHARDS].lock();
        // Another thread's, or one whose time is over. It keeps its turn to go.
        let before = shard.names.find(name_hash, |other| other.name == name).cloned();
        let oldest = if shard.entries.len() >= self.room { shard.entries.pop_front() } else { None };
        for gone in [&before, &oldest].into_iter().flatten() {
            let is_it = |other: &Arc<Entry<V>>| ptr::eq(&**other, &**gone);
            if let Ok(found) = shard.names.find_entry(gone.name_hash, is_it) {
                found.remove();
            }
            if let Ok(found) = self.index(gone.hash).write().find_entry(gone.hash, is_it) {
                found.remove();
            }
        }
        shard.names.insert_unique(name_hash, entry.clone(), |entry| entry.name_hash);
        shard.entries.push_back(entry.clone());
        self.index(hash).write().insert_unique(hash, entry, |entry| entry.hash);
        drop(shard);
        drop((before, oldest));
        value
    }
}
