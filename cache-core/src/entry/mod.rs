//! One stored value.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

mod handle;
mod weigh;

use self::handle::Count;
pub(crate) use self::handle::Stored;
pub use self::weigh::Weigh;
use crate::clock::{Clock, Ticks};
use crate::key::KeyBytes;
use crate::registry::Function;

/// What an entry costs beside itself, its name and its value: a slot and its place in the name index, its place in the
/// order of eviction and its ghosts, a line of the expiry heap, and its place in the typed map. Of what grows by doubling,
/// a mean: half as much again as is in use.
const OVERHEAD: usize = 48 + 9 + 36 + 12 + 24 + 32;

/// An entry but for its value, which stands behind it. In this order: what a hit reads stands together.
#[repr(C)]
pub(crate) struct Entry {
    count: Count,
    /// Fresh while time is before this.
    pub(crate) fresh_until: Ticks,
    hits: AtomicU32,
    /// How often it was read of late, up to [`OFTEN`]: the eviction's, which takes it down again.
    reads: AtomicU8,
    /// A count, which eviction passes over: what it says stands nowhere else.
    pub(crate) pinned: bool,
    /// Its key, where it was stored or found by one, and which template that belongs to.
    key: OnceLock<(u32, KeyBytes)>,
    pub(crate) name: Box<str>,
    /// The function whose call stored it.
    pub(crate) function: Arc<Function>,
    pub(crate) made: Ticks,
    /// Bytes it counts for.
    pub(crate) weight: usize,
}

/// Holds a user's value and keeps a panic of its `Drop` from unwinding through the store.
struct Held<T>(Option<T>);

impl<T> Held<T> {
    fn new(value: T) -> Self {
        Self(Some(value))
    }

    #[inline]
    fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        if catch_unwind(AssertUnwindSafe(|| drop(value))).is_err() {
            tracing::error!(r#type = std::any::type_name::<T>(), "a cached value panicked while it was dropped");
        }
    }
}

impl Entry {
    pub(crate) fn of<T: Send + Sync + 'static>(
        value: T,
        heap: usize,
        name: String,
        function: Arc<Function>,
        made: Ticks,
        fresh_until: Ticks,
    ) -> Stored {
        Self::build(value, heap, name.into_boxed_str(), function, (made, fresh_until), false)
    }

    /// The sum that takes the place of a count, or the first of one.
    pub(crate) fn sum(sum: i64, before: &Stored) -> Stored {
        let times = (before.made, before.fresh_until);
        Self::build(sum, 0, before.name.clone(), before.function.clone(), times, true)
    }

    fn build<T: Send + Sync + 'static>(
        value: T,
        heap: usize,
        name: Box<str>,
        function: Arc<Function>,
        (made, fresh_until): (Ticks, Ticks),
        pinned: bool,
    ) -> Stored {
        let weight = heap.saturating_add(Stored::size::<T>() + OVERHEAD + name.len());
        Stored::new(value, |count| Entry {
            count,
            fresh_until,
            hits: AtomicU32::new(0),
            reads: AtomicU8::new(0),
            pinned,
            key: OnceLock::new(),
            name,
            function,
            made,
            weight,
        })
    }

    /// Notes the key that leads to it; the first one stays.
    pub(crate) fn bind(&self, template: u32, key: KeyBytes) {
        let _ = self.key.set((template, key));
    }

    #[inline]
    pub(crate) fn key(&self) -> Option<(u32, &KeyBytes)> {
        self.key.get().map(|(template, key)| (*template, key))
    }

    #[inline]
    pub(crate) fn is_fresh(&self, clock: &Clock) -> bool {
        clock.is_before(self.fresh_until)
    }

    /// Notes a hit; `sample` says that it stands for that many.
    #[inline]
    pub(crate) fn visit(&self, sample: Option<u32>) {
        // Written only where it changes: cores that read one hot entry share its line.
        let reads = self.reads();
        if reads < OFTEN {
            self.set_reads(reads + 1);
        }
        let hits = self.hits.load(Ordering::Relaxed);
        if hits < EXACT_HITS {
            self.hits.store(hits + 1, Ordering::Relaxed);
        } else if let Some(sample) = sample {
            self.hits.fetch_add(sample, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(crate) fn reads(&self) -> u8 {
        self.reads.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn set_reads(&self, reads: u8) {
        self.reads.store(reads, Ordering::Relaxed);
    }

    pub(crate) fn hits(&self) -> u32 {
        self.hits.load(Ordering::Relaxed)
    }
}

/// The most reads that the eviction tells apart.
pub(crate) const OFTEN: u8 = 3;

/// Up to here an entry counts its hits one by one, then by samples.
const EXACT_HITS: u32 = 32;

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}
