//! Caches that are asked by their own methods, and bare maps as floors.

use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use foldhash::fast::RandomState;
use parking_lot::RwLock;

pub(crate) use super::sketch::SKETCH;
use super::sketch::Sketch;
use super::{Ask, Direct, Executor, Load};
use crate::rounds::Subject;

pub(crate) const PAPAYA: &str = "papaya get (a floor: no cache)";
pub(crate) const LOCKED: &str = "sharded RwLock<hashbrown> get (a floor)";
pub(crate) const QUICK: &str = "quick_cache get";
pub(crate) const QUICK_ASYNC: &str = "quick_cache get_or_insert_async";
pub(crate) const CACHED: &str = "cached #[cached]";
pub(crate) const CONCURRENT_CACHED: &str = "cached #[concurrent_cached]";
pub(crate) const MOKA_SYNC: &str = "moka sync get_with";
pub(crate) const MOKA_GET: &str = "moka sync get";
pub(crate) const MOKA_FUTURE: &str = "moka future get_with";
pub(crate) const FOYER: &str = "foyer-memory get";
pub(crate) const MINI_MOKA: &str = "mini-moka get";

const TTL: Duration = Duration::from_secs(300);

pub(crate) type Moka<K, V> = moka::sync::Cache<K, V>;
pub(crate) type MokaFuture<K, V> = moka::future::Cache<K, V>;
pub(crate) type Quick<K, V> = quick_cache::sync::Cache<K, V>;
pub(crate) type Foyer<V> = foyer_memory::Cache<u64, V>;
pub(crate) type MiniMoka<V> = mini_moka::sync::Cache<u64, V>;

pub(crate) fn moka<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(room: usize) -> Moka<K, V> {
    moka::sync::Cache::builder().max_capacity(room as u64).time_to_live(TTL).build()
}

pub(crate) fn moka_future<V: Clone + Send + Sync + 'static>(room: usize) -> MokaFuture<u64, V> {
    moka::future::Cache::builder().max_capacity(room as u64).time_to_live(TTL).build()
}

pub(crate) fn quick<K: Hash + Eq, V: Clone>(room: usize) -> Quick<K, V> {
    quick_cache::sync::Cache::new(room)
}

pub(crate) fn foyer<V: Send + Sync + 'static>(room: usize) -> Foyer<V> {
    foyer_memory::CacheBuilder::new(room).build()
}

pub(crate) fn mini_moka<V: Clone + Send + Sync + 'static>(room: usize) -> MiniMoka<V> {
    mini_moka::sync::Cache::builder().max_capacity(room as u64).time_to_live(TTL).build()
}

/// The floor with locks: sixteen maps, each behind one.
struct Locked<V> {
    hasher: RandomState,
    shards: [RwLock<hashbrown::HashMap<u64, V, RandomState>>; 16],
}

impl<V: Load> Locked<V> {
    fn new() -> Self {
        let hasher = RandomState::default();
        Self { shards: std::array::from_fn(|_| RwLock::new(hashbrown::HashMap::with_hasher(hasher.clone()))), hasher }
    }

    fn get_or_load(&self, key: u64) -> V {
        let shard = &self.shards[(self.hasher.hash_one(key) >> 60) as usize];
        if let Some(value) = shard.read().get(&key) {
            return value.clone();
        }
        let value = V::load(key);
        shard.write().insert(key, value.clone());
        value
    }
}

/// The floors: they know no bound and no TTL.
pub(crate) fn floors<V: Load>(executor: &Executor) -> Vec<Subject> {
    let papaya: papaya::HashMap<u64, V, RandomState> =
        papaya::HashMap::builder().hasher(RandomState::default()).build();
    let (locked, sketch) = (Locked::<V>::new(), Sketch::new());
    vec![
        executor.subject(
            PAPAYA,
            Direct(move |key| {
                let map = papaya.pin();
                if let Some(value) = map.get(&key).cloned() {
                    return value.id();
                }
                let value = V::load(key);
                map.insert(key, value.clone());
                value.id()
            }),
        ),
        executor.subject(LOCKED, Direct(move |key| locked.get_or_load(key).id())),
        executor.subject(SKETCH, Direct(move |key| sketch.get_or_load::<V>(&key, || key, key).id())),
    ]
}

/// `get`, and `insert` of what it did not find.
pub(crate) fn plain_gets<V: Load>(room: usize, executor: &Executor) -> Vec<Subject> {
    let (quick, moka, foyer, mini) =
        (quick::<u64, V>(room), moka::<u64, V>(room), foyer::<V>(room), mini_moka::<V>(room));
    let insert = |key, value: V, insert: &dyn Fn(u64, V)| {
        let id = value.id();
        insert(key, value);
        id
    };
    let load = move |key, put: &dyn Fn(u64, V)| insert(key, V::load(key), put);
    vec![
        executor.subject(
            QUICK,
            Direct(move |key| match quick.get(&key) {
                Some(value) => value.id(),
                None => load(key, &|key, value| quick.insert(key, value)),
            }),
        ),
        executor.subject(
            MOKA_GET,
            Direct(move |key| match moka.get(&key) {
                Some(value) => value.id(),
                None => load(key, &|key, value| moka.insert(key, value)),
            }),
        ),
        executor.subject(
            FOYER,
            Direct(move |key| match foyer.get(&key) {
                Some(entry) => entry.value().clone().id(),
                None => load(key, &|key, value| drop(foyer.insert(key, value))),
            }),
        ),
        executor.subject(
            MINI_MOKA,
            Direct(move |key| match mini.get(&key) {
                Some(value) => value.id(),
                None => load(key, &|key, value: V| mini.insert(key, value)),
            }),
        ),
    ]
}

struct QuickAsync<V>(Quick<u64, V>);

impl<V: Load> Ask for QuickAsync<V> {
    async fn ask(&self, key: u64) -> u64 {
        let value = self.0.get_or_insert_async(&key, async { Ok::<_, ()>(V::load(key)) }).await;
        value.map_or(0, |value| value.id())
    }
}

struct Future<V>(MokaFuture<u64, V>);

impl<V: Load> Ask for Future<V> {
    async fn ask(&self, key: u64) -> u64 {
        self.0.get_with(key, async { V::load(key) }).await.id()
    }
}

/// One call that looks up and, on a miss, loads for all who ask.
pub(crate) fn single_calls<V: Load>(room: usize, executor: &Executor) -> Vec<Subject> {
    let sync = moka::<u64, V>(room);
    vec![
        executor.subject(QUICK_ASYNC, QuickAsync(quick::<u64, V>(room))),
        executor.subject(MOKA_SYNC, Direct(move |key| sync.get_with(key, || V::load(key)).id())),
        executor.subject(MOKA_FUTURE, Future(moka_future::<V>(room))),
    ]
}
