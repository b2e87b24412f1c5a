//! One stored value.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::OnceBox;

mod freshness;
mod handle;
mod held;
mod lived;
mod terms;
mod trust;
mod weigh;

pub use self::freshness::Freshness;
#[cfg(not(cache_model))]
pub(crate) use self::handle::ALIGN;
use self::handle::{Head, Room, stands_here};
pub(crate) use self::handle::{Stored, ValueType};
pub(crate) use self::lived::Lived;
pub(crate) use self::terms::{Lifetime, Standing, Terms};
pub(crate) use self::trust::{Copied, Trust};
pub use self::weigh::Weigh;
use crate::clock::Ticks;
use crate::key::KeyBytes;
use crate::registry::Function;

/// What an entry costs beside itself, its name, its key and its value: a slot and its place in the name index, its place in
/// the order of eviction and its ghosts, a line of the expiry heap, and its place in the typed map. Of what grows by
/// doubling, a mean: half as much again as is in use.
const OVERHEAD: usize = 24 + 9 + 24 + 12 + 18 + 18;

/// An entry but for its value, its key and its name, which stand behind it. In this order: what a hit reads stands together,
/// from the end of the head to the key.
#[repr(C)]
pub(crate) struct Entry {
    /// The function whose call stored it.
    pub(crate) function: Arc<Function>,
    pub(crate) made: Ticks,
    /// Bytes it counts for.
    pub(crate) weight: usize,
    /// A key that it was not made with, and the template that belongs to.
    bound: OnceBox<(u32, KeyBytes)>,
    /// Of an entry with more than one deadline.
    pub(crate) terms: Option<Box<Terms>>,
    /// Its hash in the typed map.
    hash: AtomicU64,
    head: Head,
    /// Fresh while time is before this; after it, `terms` may say that it is all the same.
    quick_until: AtomicU64,
}

/// A function's key, ready to be stored.
#[derive(Debug, Clone)]
pub(crate) struct TypedKey {
    pub(crate) hash: u64,
    pub(crate) template: u32,
    pub(crate) bytes: KeyBytes,
}

/// What an entry is made of beside its value.
pub(crate) struct About<'a> {
    pub(crate) name: &'a str,
    pub(crate) typed: Option<TypedKey>,
    pub(crate) function: Arc<Function>,
    pub(crate) lifetime: Lifetime,
}

impl Entry {
    pub(crate) fn of<T: Send + Sync + 'static>(value: T, heap: usize, about: About<'_>) -> Stored {
        Self::around(ValueType::of::<T>(), heap, about, false).filled(value)
    }

    /// The sum that takes the place of a count, or the first of one.
    pub(crate) fn sum(sum: i64, before: &Stored) -> Stored {
        let about = About {
            name: before.name(),
            typed: None,
            function: before.function.clone(),
            lifetime: Lifetime::plain(before.made, before.fresh_until()),
        };
        Self::around(ValueType::of::<i64>(), 0, about, true).filled(sum)
    }

    fn around(value: ValueType, heap: usize, about: About<'_>, pinned: bool) -> Room {
        let About { name, typed, function, lifetime: Lifetime { made, fresh_until, terms } } = about;
        let hash = typed.as_ref().map_or(0, |typed| typed.hash);
        let key = typed.as_ref().map(|typed| (typed.template, &*typed.bytes));
        let behind = name.len() + key.map_or(0, |(_, bytes)| bytes.len());
        let terms_size = terms.as_ref().map_or(0, |terms| terms.weight());
        let weight = heap.saturating_add(value.size() + OVERHEAD + behind + terms_size);
        let quick_until = terms.as_ref().map_or(fresh_until, |terms| terms.quick_until());
        let elsewhere = key.filter(|(_, bytes)| !stands_here(bytes));
        let bound = elsewhere
            .map_or_else(OnceBox::new, |(template, bytes)| OnceBox::with_value(Box::new((template, bytes.into()))));
        Room::new(value, name, key, pinned, |head| Self {
            function,
            made,
            weight,
            bound,
            terms,
            hash: AtomicU64::new(hash),
            head,
            quick_until: AtomicU64::new(quick_until),
        })
    }
}

impl Stored {
    /// Has a key lead to it, unless one does already. Call it before the typed map has it.
    pub(crate) fn bind(&self, typed: TypedKey) -> bool {
        if self.key().is_some() {
            return false;
        }
        self.hash.store(typed.hash, Ordering::Relaxed);
        self.bound.set(Box::new((typed.template, typed.bytes))).is_ok()
    }

    /// Its key, where it was stored or found by one, and which template that belongs to.
    pub(crate) fn key(&self) -> Option<(u32, &[u8])> {
        self.key_here().or_else(|| self.key_bound())
    }

    /// [`key`](Self::key), the quickest way where its value is of that type.
    #[inline]
    pub(crate) fn key_beside(&self, value: ValueType) -> Option<(u32, &[u8])> {
        match self.key_here_beside(value) {
            Some(key) => Some(key),
            None => self.key(),
        }
    }

    #[cold]
    fn key_bound(&self) -> Option<(u32, &[u8])> {
        self.bound.get().map(|(template, key)| (*template, &**key))
    }

    /// Its hash in the typed map, where it can be there.
    pub(crate) fn typed_hash(&self) -> Option<u64> {
        self.key().map(|_| self.hash())
    }
}

impl Entry {
    /// As [`typed_hash`](Stored::typed_hash), of one that has a key.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        self.hash.load(Ordering::Relaxed)
    }

    /// Notes a hit, by the function's count of them; there is none where the call was counted as something else.
    #[inline]
    pub(crate) fn visit(&self, count: Option<u64>) {
        // Written only where it changes: cores that read one hot entry share its line.
        let reads = self.reads();
        if reads < OFTEN {
            self.set_reads(reads + 1);
        }
        let hits = self.head.hits.load(Ordering::Relaxed);
        if hits < EXACT_HITS {
            self.head.hits.store(hits + 1, Ordering::Relaxed);
        } else if let Some(count) = count.filter(|count| count.is_multiple_of(SAMPLE.into())) {
            self.sample(count, hits);
        }
    }

    /// One hit stands for many: the more, the more the entry is hit. The other cores that read it have to fetch its line anew.
    #[cold]
    fn sample(&self, count: u64, hits: u32) {
        let stands_for = (hits / WRITES).next_power_of_two().clamp(SAMPLE, LARGEST_SAMPLE);
        if count.is_multiple_of(stands_for.into()) {
            self.head.hits.fetch_add(stands_for, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(crate) fn reads(&self) -> u8 {
        self.head.reads.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn set_reads(&self, reads: u8) {
        self.head.reads.store(reads, Ordering::Relaxed);
    }

    /// A count, which eviction passes over: what it says stands nowhere else.
    pub(crate) fn pinned(&self) -> bool {
        self.head.pinned
    }

    pub(crate) fn hits(&self) -> u32 {
        self.head.hits.load(Ordering::Relaxed)
    }
}

/// The most reads that the eviction tells apart.
pub(crate) const OFTEN: u8 = 3;

/// Up to here an entry counts its hits one by one, then by samples.
const EXACT_HITS: u32 = 32;

/// Of an entry that has had more than [`EXACT_HITS`], one hit in so many is noted, for all of them.
const SAMPLE: u32 = 64;

/// Later so few that an entry is written about so often before its hits have doubled.
const WRITES: u32 = 16;

/// But never fewer than one in so many.
const LARGEST_SAMPLE: u32 = 4_096;

#[cfg(test)]
mod tests;
