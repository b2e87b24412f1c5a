//! One stored value.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

mod weigh;

pub use self::weigh::Weigh;
use crate::clock::{Clock, Ticks};
use crate::registry::Function;

/// What an entry costs beside itself, its name and its value: the reference counts, a slot and its place in the
/// name index, a line of the expiry heap, and a node of the typed map with its place. Of what grows by doubling,
/// a mean: half as much again as is in use.
const OVERHEAD: usize = 16 + 52 + 9 + 36 + 88;

/// An entry, whatever the type of its value.
pub(crate) type Stored = Arc<Entry>;

/// In this order: what a hit reads stands together at the end, beside the value.
#[repr(C)]
pub(crate) struct Entry<V: ?Sized = dyn Any + Send + Sync> {
    pub(crate) name: Box<str>,
    /// The function whose call stored it.
    pub(crate) function: Arc<Function>,
    pub(crate) made: Ticks,
    /// Bytes it counts for.
    pub(crate) weight: usize,
    hits: AtomicU32,
    /// A count, which eviction passes over: what it says stands nowhere else.
    pub(crate) pinned: bool,
    /// How often it was read of late, up to [`OFTEN`]: the eviction's, which takes it down again.
    reads: AtomicU8,
    /// Fresh while time is before this.
    pub(crate) fresh_until: Ticks,
    value: V,
}

/// Holds a user's value and keeps a panic of its `Drop` from unwinding through the store.
struct Held<T>(Option<T>);

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        if catch_unwind(AssertUnwindSafe(|| drop(value))).is_err() {
            tracing::error!(r#type = std::any::type_name::<T>(), "a cached value panicked while it was dropped");
        }
    }
}

impl Entry {
    pub(crate) fn new<T: Send + Sync + 'static>(
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
        Arc::new(Entry {
            fresh_until,
            pinned,
            reads: AtomicU8::new(0),
            hits: AtomicU32::new(0),
            made,
            weight: heap.saturating_add(size_of::<Entry<Held<T>>>() + OVERHEAD + name.len()),
            function,
            name,
            value: Held(Some(value)),
        })
    }

    #[inline]
    pub(crate) fn is_fresh(&self, clock: &Clock) -> bool {
        clock.is_before(self.fresh_until)
    }

    #[inline]
    pub(crate) fn value<T: 'static>(&self) -> Option<&T> {
        self.value.downcast_ref::<Held<T>>().and_then(|held| held.0.as_ref())
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
