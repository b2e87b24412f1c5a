//! The parts that a hit of ours cannot do without, and nothing more: what no toolkit with these promises gets below.

use std::any::Any;
use std::cell::Cell;
use std::hash::Hash;
use std::sync::atomic::{AtomicU8, Ordering};

use foldhash::fast::RandomState;
use papaya::Equivalent;
use rustix::time::{ClockId, clock_gettime};

use super::Load;

pub(crate) const SKETCH: &str = "sketch of a hit's parts (a floor)";

const TTL_SECONDS: i64 = 300;

thread_local! {
    static HITS: Cell<u64> = const { Cell::new(0) };
}

struct Entry {
    until: i64,
    reads: AtomicU8,
    value: Box<dyn Any + Send + Sync>,
}

/// A map, a value of erased type, a deadline against the coarse clock, a mark for the eviction, a count of hits. No bound,
/// no name, no single flight, no look at which function it is.
pub(crate) struct Sketch<K = u64>(papaya::HashMap<K, Entry, RandomState>);

fn seconds() -> i64 {
    clock_gettime(ClockId::MonotonicCoarse).tv_sec
}

impl<K: Hash + Eq> Sketch<K> {
    pub(crate) fn new() -> Self {
        Self(papaya::HashMap::builder().hasher(RandomState::default()).build())
    }

    /// Asks by borrowed arguments; `own` makes a key of them.
    pub(crate) fn get_or_load<V: Load>(
        &self,
        key: &(impl Hash + Equivalent<K>),
        own: impl FnOnce() -> K,
        id: u64,
    ) -> V {
        let map = self.0.pin();
        if let Some(entry) = map.get(key)
            && seconds() < entry.until
            && let Some(value) = entry.value.downcast_ref::<V>()
        {
            if entry.reads.load(Ordering::Relaxed) == 0 {
                entry.reads.store(1, Ordering::Relaxed);
            }
            HITS.set(HITS.get() + 1);
            return value.clone();
        }
        let value = V::load(id);
        let entry = Entry { until: seconds() + TTL_SECONDS, reads: AtomicU8::new(0), value: Box::new(value.clone()) };
        map.insert(own(), entry);
        value
    }
}

/// A key with a text in it: an entry has to have its own.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Owned(i64, Box<str>, u32);

/// The same as arguments.
#[derive(Hash)]
pub(crate) struct Borrowed<'a>(pub(crate) i64, pub(crate) &'a str, pub(crate) u32);

impl Borrowed<'_> {
    pub(crate) fn own(&self) -> Owned {
        Owned(self.0, self.1.into(), self.2)
    }
}

impl Equivalent<Owned> for Borrowed<'_> {
    fn equivalent(&self, key: &Owned) -> bool {
        self.0 == key.0 && *self.1 == *key.1 && self.2 == key.2
    }
}
