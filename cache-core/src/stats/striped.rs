//! Counters that threads do not share.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Threads with a stripe of their own; those beyond share one more.
const OWNED: usize = 31;

/// What is counted so, together in one line of the processor's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Count {
    Hits,
    Misses,
    Coalesced,
    Evictions,
    Expirations,
    Invalidations,
}

const COUNTS: usize = Count::Invalidations as usize + 1;

#[repr(align(64))]
#[derive(Debug, Default)]
struct Stripe([AtomicU64; COUNTS]);

#[derive(Debug, Default)]
pub(super) struct Striped([Stripe; OWNED + 1]);

/// This thread's stripe, given back when the thread ends.
struct Place(usize);

static FREE: Mutex<(usize, Vec<usize>)> = Mutex::new((0, Vec::new()));

impl Place {
    fn take() -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        Self(free.1.pop().unwrap_or_else(|| {
            let next = free.0.min(OWNED);
            free.0 = next + 1;
            next
        }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        CURRENT.set(OWNED);
        if self.0 < OWNED {
            FREE.lock().unwrap_or_else(PoisonError::into_inner).1.push(self.0);
        }
    }
}

const UNKNOWN: usize = usize::MAX;

thread_local! {
    /// The stripe's number without a destructor, which is what makes it cheap to read.
    static CURRENT: Cell<usize> = const { Cell::new(UNKNOWN) };
    static PLACE: Place = Place::take();
}

/// This thread's stripe.
#[inline]
pub(super) fn place() -> usize {
    let current = CURRENT.get();
    if current == UNKNOWN { find_place() } else { current }
}

#[cold]
fn find_place() -> usize {
    let place = PLACE.try_with(|place| place.0).unwrap_or(OWNED);
    CURRENT.set(place);
    place
}

impl Striped {
    /// Adds one and gives this stripe's count.
    #[inline]
    pub(super) fn increment(&self, count: Count) -> u64 {
        self.add(count, 1)
    }

    #[inline]
    pub(super) fn add(&self, count: Count, more: u64) -> u64 {
        let place = place();
        match self.0.get(place) {
            // Only this thread writes here, so a load and a store are enough. The next owner of the stripe got it
            // through the lock of `FREE`, behind this thread's last store.
            Some(stripe) if place < OWNED => {
                let counter = &stripe.0[count as usize];
                let sum = counter.load(Ordering::Relaxed).wrapping_add(more);
                counter.store(sum, Ordering::Relaxed);
                sum
            }
            _ => self.0[OWNED].0[count as usize].fetch_add(more, Ordering::Relaxed).wrapping_add(more),
        }
    }

    pub(super) fn sum(&self, count: Count) -> u64 {
        self.0.iter().map(|stripe| stripe.0[count as usize].load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_is_lost_however_many_threads_come_and_go() {
        let counter = Striped::default();
        for _ in 0..3 {
            std::thread::scope(|scope| {
                for _ in 0..50 {
                    scope.spawn(|| {
                        for _ in 0..1_000 {
                            counter.increment(Count::Misses);
                        }
                    });
                }
            });
        }
        assert_eq!((counter.sum(Count::Misses), counter.sum(Count::Hits)), (150_000, 0));
    }
}
