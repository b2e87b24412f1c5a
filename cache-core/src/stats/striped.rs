//! A counter that threads do not share.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Threads with a stripe of their own; those beyond share one more.
const OWNED: usize = 31;

#[repr(align(64))]
#[derive(Debug, Default)]
struct Stripe(AtomicU64);

#[derive(Debug, Default)]
pub(crate) struct Striped([Stripe; OWNED + 1]);

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
    pub(crate) fn increment(&self) -> u64 {
        let place = place();
        match self.0.get(place) {
            // Only this thread writes here, so a load and a store are enough. The next owner of the stripe got it
            // through the lock of `FREE`, behind this thread's last store.
            Some(stripe) if place < OWNED => {
                let count = stripe.0.load(Ordering::Relaxed) + 1;
                stripe.0.store(count, Ordering::Relaxed);
                count
            }
            _ => self.0[OWNED].0.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }

    pub(crate) fn sum(&self) -> u64 {
        self.0.iter().map(|stripe| stripe.0.load(Ordering::Relaxed)).sum()
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
                            counter.increment();
                        }
                    });
                }
            });
        }
        assert_eq!(counter.sum(), 150_000);
    }
}
