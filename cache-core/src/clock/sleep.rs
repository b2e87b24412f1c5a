//! Waiting for a moment, without a runtime: by an alarm of the clock.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Poll, Waker};

use super::{Alarm, Clock, Ticks};

/// Wakes whoever polled last.
#[derive(Default)]
struct Bell(Mutex<Option<Waker>>);

impl Alarm for Bell {
    fn ring(&self, _: Ticks) -> Option<Ticks> {
        let waker = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
        None
    }
}

impl Clock {
    /// What `future` gives, or `None` once it is `until` before that. Sets no alarm for a future that is ready at once.
    pub(crate) async fn timeout<F: Future>(&self, until: Ticks, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut bell: Option<Arc<Bell>> = None;
        poll_fn(move |context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            let first = bell.is_none();
            let bell = bell.get_or_insert_default();
            let old = bell.0.lock().unwrap_or_else(PoisonError::into_inner).replace(context.waker().clone());
            drop(old);
            if first {
                let alarm: Weak<dyn Alarm> = Arc::downgrade(bell) as _;
                self.timers().set(until, alarm);
            }
            // After the waker is in place: an alarm that rang before has been seen by the time.
            if self.now() >= until { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }

    /// Waits until then.
    #[cfg(feature = "shared")]
    pub(crate) async fn sleep_until(&self, until: Ticks) {
        self.timeout(until, std::future::pending::<()>()).await;
    }
}
