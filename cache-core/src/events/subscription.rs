//! A subscriber's side.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::CacheEvent;
use super::bus::{Bus, Queue};
use crate::cache::Cache;
use crate::sync::block_on;

/// So many events wait for a subscriber that does not say how many.
const CAPACITY: usize = 1_024;

/// A subscription to a cache's events, from [`Cache::events`]. It is a `Stream` too.
pub struct Events {
    queue: Arc<Queue>,
    bus: Weak<Bus>,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

impl Cache {
    /// Subscribes to what happens in this cache from now on, until what this gives is dropped or the cache is closed or
    /// gone: this does not keep it alive.
    ///
    /// **What is lost.** 1,024 events wait for their subscriber; [`events_within`](Self::events_within) takes another number.
    /// When there are more, the oldest are lost, and the next one received is [`CacheEvent::Lost`] with how many those
    /// were. Nobody else waits for a slow subscriber or loses by it. What one thread does is told in its order; what two do at
    /// the same time may be told in either.
    ///
    /// # Performance
    /// While nobody listens, a change costs one relaxed load more, and a hit nothing. A hit is no event.
    ///
    /// ```
    /// use cache_core::{Cache, CacheEvent, Cause, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// let mut events = cache.events();
    /// cache.set("user:42", "ann".to_owned(), Ttl::Default).await;
    /// cache.invalidate("user:42").await;
    ///
    /// let set = events.recv().await.expect("the cache is there");
    /// assert_eq!((set.key(), set.prefix(), set.cause()), (Some("user:42"), Some("user"), Cause::Put));
    /// match events.recv().await {
    ///     Some(CacheEvent::Invalidated { key, entries, .. }) => assert_eq!((&*key, entries), ("user:42", 1)),
    ///     other => panic!("{other:?}"),
    /// }
    /// cache.close().await;
    /// assert_eq!(events.recv().await, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn events(&self) -> Events {
        self.events_within(CAPACITY)
    }

    /// [`events`](Self::events) of which at most so many wait; at least one does.
    ///
    /// ```
    /// use cache_core::{Cache, CacheEvent, Ttl};
    ///
    /// let cache = Cache::builder().build()?;
    /// let mut events = cache.events_within(2);
    /// cache.local().set_many([("a", 1), ("b", 2), ("c", 3)], Ttl::Default);
    /// assert!(matches!(events.try_recv(), Some(CacheEvent::Lost { events: 1, .. })));
    /// assert_eq!(events.try_recv().unwrap().key(), Some("b"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn events_within(&self, capacity: usize) -> Events {
        let bus = &self.inner.store.events;
        Events { queue: bus.subscribe(capacity.max(1)), bus: Arc::downgrade(bus) }
    }
}

impl Events {
    /// The next event; `None` once the cache is closed or gone and all that happened was received.
    ///
    /// # Cancel safety
    /// Dropped, it has taken nothing.
    pub async fn recv(&mut self) -> Option<CacheEvent> {
        poll_fn(|context| self.queue.poll(context)).await
    }

    /// The next event that has happened; `None` if there is none yet, or will be none.
    pub fn try_recv(&mut self) -> Option<CacheEvent> {
        match self.queue.take() {
            Poll::Ready(event) => event,
            Poll::Pending => None,
        }
    }

    /// [`recv`](Self::recv), by blocking this thread.
    pub fn recv_blocking(&mut self) -> Option<CacheEvent> {
        block_on(self.recv())
    }
}

impl Stream for Events {
    type Item = CacheEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<CacheEvent>> {
        self.queue.poll(context)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(bus) = self.bus.upgrade() {
            bus.unsubscribe(&self.queue);
        }
    }
}
