//! What ends a warming before its keys do.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use parking_lot::Mutex;

use crate::cache::{Cache, Ending, Ends};

pub(super) type Given<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The end of the cache, or what the caller has given.
pub(super) struct Stop<'a> {
    cache: Cache,
    closing: Arc<Closing>,
    given: Option<Given<'a>>,
    come: bool,
}

/// Wakes the warming when its cache is closed. Its lock is a leaf.
#[derive(Default)]
struct Closing(Mutex<Option<Waker>>);

impl Ends for Closing {
    fn end(self: Arc<Self>) -> Ending {
        let waker = self.0.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
        // The caller's future may be one that is not polled before `close` is over: nobody waits for it.
        Box::pin(std::future::ready(()))
    }
}

impl<'a> Stop<'a> {
    pub(super) fn new(cache: &Cache, given: Option<Given<'a>>) -> Self {
        let closing = Arc::<Closing>::default();
        cache.inner.endings.add(closing.clone());
        Self { cache: cache.clone(), closing, given, come: false }
    }

    /// Whether it is time to end.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        if self.come {
            return true;
        }
        let old = self.closing.0.lock().replace(context.waker().clone());
        drop(old);
        // After the waker is in place: a cache is closed before it says so.
        self.come = !self.cache.is_enabled()
            || self.given.as_mut().is_some_and(|given| given.as_mut().poll(context).is_ready());
        self.come
    }
}
