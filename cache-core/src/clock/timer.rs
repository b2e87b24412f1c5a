//! Alarms: a heap per clock. The real clock's is served by one thread, started with the first alarm; a manual clock
//! fires its alarms in `advance`.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError, Weak};

use super::{Clock, Ticks, span};

/// Forgotten alarms that are taken out while the heap is locked: others set alarms meanwhile.
const AT_ONCE: usize = 64;

/// What an alarm wakes.
pub(crate) trait Alarm: Send + Sync {
    /// Called once the time has come; gives the time of the next call, if there is to be one.
    fn ring(&self, now: Ticks) -> Option<Ticks>;
}

struct Entry {
    at: Ticks,
    alarm: Weak<dyn Alarm>,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest first.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

/// The alarms of one clock.
#[derive(Default)]
pub(crate) struct Timers {
    // std's, not the model's: nothing else is locked or called while it is held.
    heap: Mutex<BinaryHeap<Entry>>,
    earlier: Condvar,
}

impl Timers {
    pub(crate) fn real() -> &'static Self {
        static TIMERS: Timers = Timers { heap: Mutex::new(BinaryHeap::new()), earlier: Condvar::new() };
        static THREAD: Once = Once::new();
        THREAD.call_once(|| {
            let spawned = std::thread::Builder::new().name("cache-timer".into()).spawn(|| TIMERS.serve());
            if let Err(error) = spawned {
                tracing::error!(%error, "no thread for the cache's timer: waiting calls are not bounded in time");
            }
        });
        &TIMERS
    }

    pub(crate) fn set(&self, at: Ticks, alarm: Weak<dyn Alarm>) {
        let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
        let first = heap.peek().is_none_or(|next| at < next.at);
        heap.push(Entry { at, alarm });
        drop(heap);
        if first {
            self.earlier.notify_one();
        }
    }

    /// Rings every alarm that is due.
    pub(crate) fn fire(&self, now: Ticks) {
        let mut due = Vec::new();
        {
            let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
            while heap.peek().is_some_and(|entry| entry.at <= now) {
                due.extend(heap.pop());
            }
        }
        for entry in due {
            // Wakers and the last reference to an error may run anything: a panic of theirs must not end the timer.
            let ring = || entry.alarm.upgrade().and_then(|alarm| alarm.ring(now));
            let next = catch_unwind(AssertUnwindSafe(ring)).unwrap_or_else(|_| {
                tracing::error!(target: "cache", "an alarm panicked");
                None
            });
            if let Some(at) = next {
                self.set(at.max(now + 1), entry.alarm);
            }
        }
    }

    /// The heap, whose first alarm is one that somebody waits for. Most bound an operation that was over long before: to
    /// wake for each of them would cost more than the operations.
    fn awaited(&self) -> MutexGuard<'_, BinaryHeap<Entry>> {
        loop {
            let mut heap = self.heap.lock().unwrap_or_else(PoisonError::into_inner);
            for _ in 0..AT_ONCE {
                if heap.peek().is_none_or(|entry| entry.alarm.strong_count() > 0) {
                    return heap;
                }
                heap.pop();
            }
        }
    }

    fn serve(&self) {
        loop {
            self.fire(Clock::Real.now());
            let heap = self.awaited();
            match heap.peek().map(|entry| entry.at) {
                None => drop(self.earlier.wait(heap)),
                Some(at) => {
                    let rest = span(at.saturating_sub(Clock::Real.now()));
                    drop(self.earlier.wait_timeout(heap, rest + std::time::Duration::from_micros(50)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Weak};

    use super::{AT_ONCE, Alarm, Ticks, Timers};

    struct Silent;

    impl Alarm for Silent {
        fn ring(&self, _: Ticks) -> Option<Ticks> {
            None
        }
    }

    #[test]
    fn nobody_wakes_for_an_alarm_that_is_forgotten() {
        let timers = Timers::default();
        let (kept, forgotten): (Arc<dyn Alarm>, Weak<dyn Alarm>) = (Arc::new(Silent), Weak::<Silent>::new());
        for at in 0..10 * AT_ONCE as u64 {
            timers.set(at, forgotten.clone());
        }
        timers.set(1_000_000, Arc::downgrade(&kept));
        assert_eq!(timers.awaited().peek().map(|entry| entry.at), Some(1_000_000));
        drop(kept);
        assert!(timers.awaited().is_empty());
    }
}
