//! Operations that may take so long and no longer: one alarm for all of them.
//!
//! An alarm for each would be forgotten by nearly every one before it rings, and would cost more than the rest of what is
//! around an operation. This one rings once in the time that an operation may take, while there are any.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use super::{TierError, TierFuture};
use crate::clock::{Alarm, Clock, NEVER, Ticks};
use crate::sync::Mutex;

/// Those under way. Its lock is a leaf: nothing is dropped, woken or called while it is held.
pub(super) struct Deadlines {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    places: Vec<Place>,
    free: Vec<usize>,
    /// When the alarm is due that counts; one that rings before is an old one.
    next_ring: Ticks,
}

#[derive(Default)]
struct Place {
    until: Ticks,
    /// None where nobody is, or who is there was woken.
    waker: Option<Waker>,
}

impl Deadlines {
    pub(super) fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self { clock, state: Mutex::new(State { places: Vec::new(), free: Vec::new(), next_ring: NEVER }) })
    }

    /// What the operation gives, a panic of it as an error; `None` once it is `until` before that.
    pub(super) fn bound<'a, T>(self: &'a Arc<Self>, until: Ticks, operation: TierFuture<'a, T>) -> Bounded<'a, T> {
        Bounded { deadlines: self, until, operation, place: None }
    }

    /// Has the waker woken at `until`; gives the place it is at.
    fn wait(self: &Arc<Self>, place: Option<usize>, until: Ticks, waker: &Waker) -> usize {
        let waker = waker.clone();
        let mut state = self.state.lock();
        let place = place.or_else(|| state.free.pop()).unwrap_or_else(|| {
            state.places.push(Place::default());
            state.places.len() - 1
        });
        let old = state.places.get_mut(place).and_then(|place| {
            place.until = until;
            place.waker.replace(waker)
        });
        let first = until < state.next_ring;
        if first {
            state.next_ring = until;
        }
        drop(state);
        // A waker may hold the last reference to a task, and that may hold anything.
        drop(old);
        if first {
            let alarm: Weak<dyn Alarm> = Arc::<Self>::downgrade(self);
            self.clock.timers().set(until, alarm);
        }
        place
    }

    fn leave(&self, place: usize) {
        let mut state = self.state.lock();
        let waker = state.places.get_mut(place).and_then(|place| place.waker.take());
        state.free.push(place);
        drop(state);
        drop(waker);
    }
}

impl Alarm for Deadlines {
    fn ring(&self, now: Ticks) -> Option<Ticks> {
        let mut due = Vec::new();
        let mut next = NEVER;
        {
            let mut state = self.state.lock();
            if now < state.next_ring {
                return None;
            }
            for place in state.places.iter_mut().filter(|place| place.waker.is_some()) {
                if place.until <= now {
                    due.extend(place.waker.take());
                } else {
                    next = next.min(place.until);
                }
            }
            state.next_ring = next;
        }
        crate::flight::wake(due);
        (next < NEVER).then_some(next)
    }
}

/// An operation and its bound.
pub(super) struct Bounded<'a, T> {
    deadlines: &'a Arc<Deadlines>,
    until: Ticks,
    operation: TierFuture<'a, T>,
    /// Where it waits, once it does.
    place: Option<usize>,
}

impl<T> Future for Bounded<'_, T> {
    type Output = Option<Result<T, TierError>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.operation.as_mut().poll(context))) {
            Ok(Poll::Ready(outcome)) => return Poll::Ready(Some(outcome)),
            Ok(Poll::Pending) => {}
            Err(_) => return Poll::Ready(Some(Err("it panicked".into()))),
        }
        self.place = Some(self.deadlines.wait(self.place, self.until, context.waker()));
        // After the waker is in place: an alarm that rang before has been seen by the time.
        if self.deadlines.clock.is_before(self.until) {
            return Poll::Pending;
        }
        self.leave();
        Poll::Ready(None)
    }
}

impl<T> Bounded<'_, T> {
    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            self.deadlines.leave(place);
        }
    }
}

impl<T> Drop for Bounded<'_, T> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn never() -> TierFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    #[test]
    fn each_is_woken_at_its_time_and_no_other() {
        let clock = ManualClock::new();
        let deadlines = Deadlines::new(Clock::from(&clock));
        let wakers: Vec<_> = (0..3).map(|_| Arc::new(Woken::default())).collect();
        let seconds = [2, 1, 3].map(|seconds| Clock::from(&clock).after(Duration::from_secs(seconds)));
        let mut bounded: Vec<_> = seconds.iter().map(|until| Box::pin(deadlines.bound(*until, never()))).collect();
        let mut poll = |at: usize| bounded[at].as_mut().poll(&mut Context::from_waker(&wakers[at].clone().into()));
        for at in 0..3 {
            // The second one is due before the alarm that the first has set.
            assert!(poll(at).is_pending());
        }
        let woken = || wakers.iter().map(|waker| waker.0.load(Ordering::SeqCst)).collect::<Vec<_>>();
        for (expected, over) in [([0, 1, 0], 1), ([1, 1, 0], 0), ([1, 1, 1], 2)] {
            clock.advance(Duration::from_secs(1));
            assert_eq!(woken(), expected);
            assert!(matches!(poll(over), Poll::Ready(None)));
        }
    }

    #[test]
    fn a_place_is_taken_again_and_a_later_alarm_still_comes() {
        let clock = ManualClock::new();
        let deadlines = Deadlines::new(Clock::from(&clock));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        for _ in 0..100 {
            let until = Clock::from(&clock).after(Duration::from_secs(1));
            let mut bounded = Box::pin(deadlines.bound(until, never()));
            assert!(bounded.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            // The alarm that was set first has rung by then for nobody.
            clock.advance(Duration::from_millis(300));
        }
        assert_eq!((deadlines.state.lock().places.len(), woken.0.load(Ordering::SeqCst)), (1, 0));
        let until = Clock::from(&clock).after(Duration::from_secs(1));
        let mut last = Box::pin(deadlines.bound(until, never()));
        assert!(last.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        clock.advance(Duration::from_secs(1));
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_begins_too_late_is_not_waited_for() {
        let clock = ManualClock::new();
        let deadlines = Deadlines::new(Clock::from(&clock));
        let until = Clock::from(&clock).now();
        let mut bounded = Box::pin(deadlines.bound(until, never()));
        assert!(matches!(bounded.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(None)));
    }
}
