//! The parts that an insertion of ours cannot do without: what no toolkit with these promises gets below.

use std::cell::Cell;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::ptr;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use parking_lot::{Mutex, RwLock};
use rustix::time::{ClockId, clock_gettime};

use super::{Ask, Load};

pub(crate) const SKETCH: &str = "sketch of an insertion's parts (a floor)";
pub(crate) const MISS_SKETCH: &str = "sketch of a miss's parts (a floor)";

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

/// A load under way, for others to wait for.
struct Flight {
    name: [u8; NAME],
    name_hash: u64,
    waiting: Mutex<Vec<Waker>>,
}

struct Shard<V> {
    loads: HashTable<Arc<Flight>>,
    names: Index<V>,
    /// In the order in which they came and go.
    entries: VecDeque<Arc<Entry<V>>>,
}

/// An index by key and one by printed name, a deadline, and the oldest entry evicted. No choice of who goes, no bound on
/// bytes, nothing but the lock between a reader and what is freed; and no single flight and no statistics, but where it says so.
pub(crate) struct InsertSketch<V> {
    typed: [RwLock<Index<V>>; SHARDS],
    shards: [Mutex<Shard<V>>; SHARDS],
    state: RandomState,
    room: usize,
}

thread_local! {
    static MISSES: Cell<u64> = const { Cell::new(0) };
    static TIMES: [Cell<u64>; 64] = const { [const { Cell::new(0) }; 64] };
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
        let shard = || Shard { loads: HashTable::new(), names: HashTable::new(), entries: VecDeque::new() };
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

    fn shard(&self, name_hash: u64) -> &Mutex<Shard<V>> {
        &self.shards[(name_hash >> 40) as usize % SHARDS]
    }

    fn find(&self, key: u64, hash: u64) -> Option<V> {
        let index = self.index(hash).read();
        let entry = index.find(hash, |entry| entry.key == key).filter(|entry| seconds() < entry.until)?;
        Some(entry.value.clone())
    }

    pub(crate) fn get_or_load(&self, key: u64) -> V {
        let hash = self.state.hash_one(key);
        if let Some(value) = self.find(key, hash) {
            return value;
        }
        let name = printed(key);
        let name_hash = self.state.hash_one(name);
        let value = V::load(key);
        let until = seconds() + TTL_SECONDS;
        self.store(Entry { key, hash, name, name_hash, until, value: value.clone() }, None);
        value
    }

    /// The same by a body that is awaited, once for all who miss together, timed and counted.
    pub(crate) async fn get_or_load_once(&self, key: u64) -> V {
        let hash = self.state.hash_one(key);
        if let Some(value) = self.find(key, hash) {
            return value;
        }
        let name = printed(key);
        let name_hash = self.state.hash_one(name);
        let began = Instant::now();
        let flight = Arc::new(Flight { name, name_hash, waiting: Mutex::new(Vec::new()) });
        {
            let mut shard = self.shard(name_hash).lock();
            if shard.loads.find(name_hash, |other| other.name == name).is_none() {
                shard.loads.insert_unique(name_hash, flight.clone(), |flight| flight.name_hash);
            }
        }
        // On the heap, so that the future of a call that hits is small.
        let value = Box::pin(async { V::load(key) }).await;
        let took = began.elapsed().as_nanos() as u64;
        let until = seconds() + TTL_SECONDS;
        self.store(Entry { key, hash, name, name_hash, until, value: value.clone() }, Some(&flight));
        flight.waiting.lock().drain(..).for_each(Waker::wake);
        MISSES.set(MISSES.get() + 1);
        TIMES.with(|times| {
            let time = &times[(u64::BITS - took.leading_zeros()) as usize % times.len()];
            time.set(time.get() + 1);
        });
        value
    }

    fn store(&self, entry: Entry<V>, flight: Option<&Flight>) {
        let entry = Arc::new(entry);
        let (hash, name_hash) = (entry.hash, entry.name_hash);
        let mut shard = self.shard(name_hash).lock();
        if let Some(flight) = flight
            && let Ok(found) = shard.loads.find_entry(name_hash, |other| ptr::eq(&**other, flight))
        {
            found.remove();
        }
        // Another thread's, or one whose time is over. It keeps its turn to go.
        let before = shard.names.find(name_hash, |other| other.name == entry.name).cloned();
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
    }
}

impl<V: Load> Ask for InsertSketch<V> {
    async fn ask(&self, key: u64) -> u64 {
        self.get_or_load_once(key).await.id()
    }
}
