//! Reclaiming what has expired, again and again.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::cache::{Cache, Ending, Ends};
use crate::clock::{Alarm, Clock, Ticks, ticks};
use crate::store::Store;

/// A clean-up that goes on while this lives; see [`Cache::cleanup_every`].
#[must_use = "the clean-up ends when this is dropped"]
pub struct Cleanup {
    _rounds: Arc<Rounds>,
}

impl fmt::Debug for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cleanup")
    }
}

impl Cleanup {
    pub(super) fn begin(cache: &Cache, period: Duration) -> Self {
        let store = &cache.inner.store;
        let work = Arc::new(Work::default());
        cache.inner.endings.add(work.clone());
        let rounds = Arc::new(Rounds { store: Arc::downgrade(store), period: ticks(period).max(1), work });
        let alarm: Weak<dyn Alarm> = Arc::downgrade(&rounds) as _;
        store.clock.timers().set(store.clock.after(period), alarm);
        Self { _rounds: rounds }
    }
}

struct Rounds {
    store: Weak<Store>,
    period: Ticks,
    work: Arc<Work>,
}

impl Alarm for Rounds {
    fn ring(&self, now: Ticks) -> Option<Ticks> {
        let store = self.store.upgrade()?;
        // Said before the look at whether the store is closed: who closes it looks afterwards.
        let Some(at_work) = Work::begin(&self.work) else { return Some(now.saturating_add(self.period)) };
        if store.is_closed() {
            return None;
        }
        if store.is_anything_due() {
            clean_up(store, at_work);
        }
        Some(now.saturating_add(self.period))
    }
}

/// Beside the timer, which waits for no user's `Drop`; a manual clock rings on its caller's thread anyway.
fn clean_up(store: Arc<Store>, at_work: AtWork) {
    if matches!(store.clock, Clock::Manual(_)) {
        store.cleanup_expired();
        return;
    }
    let spawned = std::thread::Builder::new().name("cache-cleanup".into()).spawn(move || {
        store.cleanup_expired();
        // Before it is said to be over: this may be the store's end.
        drop(store);
        drop(at_work);
    });
    if let Err(error) = spawned {
        tracing::error!(target: "cache", %error, "no thread to reclaim what has expired");
    }
}

/// Whether a round is under way, and who waits for its end.
#[derive(Default)]
struct Work(Mutex<(bool, Vec<Waker>)>);

/// A round. Dropped, it is over.
struct AtWork(Arc<Work>);

impl Work {
    /// None where an earlier round has not come to its end.
    fn begin(work: &Arc<Self>) -> Option<AtWork> {
        let under_way = std::mem::replace(&mut work.0.lock().0, true);
        (!under_way).then(|| AtWork(work.clone()))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut work = self.0.0.lock();
        work.0 = false;
        let waiting = std::mem::take(&mut work.1);
        drop(work);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Ends for Work {
    fn end(self: Arc<Self>) -> Ending {
        Box::pin(poll_fn(move |context| {
            let waker = context.waker().clone();
            let mut work = self.0.lock();
            if !work.0 {
                return Poll::Ready(());
            }
            work.1.push(waker);
            Poll::Pending
        }))
    }
}
