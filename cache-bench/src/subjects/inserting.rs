//! Caches that are given keys which they do not have.

use super::ours::{Numbers, Ours};
use super::peers::{foyer, mini_moka, moka, quick};
use super::sketch_insert::{self, InsertSketch};
use super::theirs::ConcurrentCached;
use super::{Direct, Executor, Load, OURS, Value, peers};
use crate::rounds::Subject;

pub(crate) const QUICK: &str = "quick_cache insert";
pub(crate) const MOKA: &str = "moka sync insert";

/// Makes an empty cache with room for so many entries.
pub(crate) struct Maker {
    pub(crate) name: &'static str,
    pub(crate) make: Box<dyn Fn(usize) -> Subject>,
}

impl Maker {
    pub(crate) fn new(name: &'static str, make: impl Fn(usize) -> Subject + 'static) -> Self {
        Self { name, make: Box::new(make) }
    }
}

/// The parts that ours cannot do without.
pub(crate) fn sketch<V: Load>() -> Maker {
    Maker::new(sketch_insert::SKETCH, |room| {
        let sketch = InsertSketch::<V>::new(room);
        Executor::Bare.subject(sketch_insert::SKETCH, Direct(move |key| sketch.get_or_load(key).id()))
    })
}

/// And the parts of a whole miss.
pub(crate) fn miss_sketch<V: Load>() -> Maker {
    Maker::new(sketch_insert::MISS_SKETCH, |room| {
        Executor::Bare.subject(sketch_insert::MISS_SKETCH, InsertSketch::<V>::new(room))
    })
}

/// The process-wide cache, emptied: each call is one of a decorated function that misses, loads and stores.
pub(crate) fn process_wide<V: Value>() -> Maker {
    Maker::new(OURS, |_| {
        cache_core::get_cache().local().clear();
        Executor::Bare.subject(OURS, Ours::<V>::new())
    })
}

/// A cache of our own of that size, without a bound on bytes that would be met.
pub(crate) fn of_one_size() -> Maker {
    Maker::new(OURS, |room| {
        let cache = cache_core::Cache::builder().max_entries(room).max_bytes(1 << 40).build();
        // The bounds are above zero, which is all that is asked of them.
        Executor::Bare.subject(OURS, Numbers(cache.unwrap_or_else(|error| unreachable!("{error}"))))
    })
}

/// The one of `cached` that concurrent callers are advised to use. Its cache is the function's: it stays full.
pub(crate) fn decorated_peer<V: Value>() -> Maker {
    Maker::new(peers::CONCURRENT_CACHED, |_| {
        Executor::Bare.subject(peers::CONCURRENT_CACHED, ConcurrentCached::<V>::new())
    })
}

/// The two that the targets are about.
pub(crate) fn targets<V: Load>() -> Vec<Maker> {
    vec![
        Maker::new(QUICK, |room| {
            let quick = quick::<u64, V>(room);
            inserting(QUICK, move |key| quick.insert(key, V::load(key)))
        }),
        Maker::new(MOKA, |room| {
            let moka = moka::<u64, V>(room);
            inserting(MOKA, move |key| moka.insert(key, V::load(key)))
        }),
    ]
}

pub(crate) fn others<V: Load>() -> Vec<Maker> {
    vec![
        Maker::new("foyer-memory insert", |room| {
            let foyer = foyer::<V>(room);
            inserting("foyer-memory insert", move |key| drop(foyer.insert(key, V::load(key))))
        }),
        Maker::new("mini-moka insert", |room| {
            let mini = mini_moka::<V>(room);
            inserting("mini-moka insert", move |key| mini.insert(key, V::load(key)))
        }),
    ]
}

/// Those whose one call looks up first, as ours does.
pub(crate) fn asking<V: Load>() -> Vec<Maker> {
    [peers::QUICK_ASYNC, peers::MOKA_SYNC, peers::MOKA_FUTURE].map(asking_one::<V>).into()
}

fn asking_one<V: Load>(name: &'static str) -> Maker {
    Maker::new(name, move |room| {
        let all = peers::single_calls::<V>(room, &Executor::Bare);
        // The names are those that `single_calls` gives.
        all.into_iter().find(|one| one.name == name).unwrap_or_else(|| unreachable!("{name}"))
    })
}

fn inserting(name: &'static str, insert: impl Fn(u64) + Send + Sync + 'static) -> Subject {
    Executor::Bare.subject(
        name,
        Direct(move |key| {
            insert(key);
            key
        }),
    )
}
