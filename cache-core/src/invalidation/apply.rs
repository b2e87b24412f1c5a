//! Rules, applied to one event or to a stream of them.

use std::any::Any;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_core::Stream;

use super::deferred::Deferred;
use super::fire::{Fired, fire};
use super::names::{matching, under};
use super::rules::{EventRules, Invalidation};
use super::target::Target;
use crate::cache::{Cache, Removed};
use crate::key::{Names, shorten};

/// What an event makes wrong in a cache.
struct Found {
    cache: Cache,
    targets: Vec<Target>,
    /// And what has expired.
    expired: bool,
}

impl Found {
    fn new(cache: &Cache, rules: &EventRules, event: &dyn Any) -> Self {
        let mut found = Self { cache: cache.clone(), targets: Vec::new(), expired: false };
        for invalidation in rules.of_event(event) {
            let names = match invalidation {
                Invalidation::Key(key) => Ok(Names::One(shorten(key))),
                Invalidation::Prefix(prefix) => under(&prefix),
                Invalidation::Pattern(pattern) => matching(&pattern),
                Invalidation::Tag(tag) => Ok(Names::Tagged(tag)),
                Invalidation::All => Ok(Names::All),
                Invalidation::Expired => {
                    found.expired = true;
                    continue;
                }
            };
            match names {
                Ok(names) => found.targets.push(Target::of_names(cache, names)),
                Err(error) => rules.failed(&error),
            }
        }
        found
    }

    /// Removes it, or has it collected; nobody collects what has expired.
    fn fire(self) -> (Fired, usize) {
        let expired = if self.expired { self.cache.cleanup_expired() } else { 0 };
        (fire(self.targets.into_iter().map(Target::anew).collect()), expired)
    }
}

impl Deferred {
    /// Collects what the rules say that an event makes wrong. What has expired, where a rule asks for that, goes at once.
    pub fn apply<E: Any>(&self, rules: &EventRules, event: &E) {
        let found = Found::new(self.cache(), rules, event);
        if found.expired {
            found.cache.cleanup_expired();
        }
        found.targets.into_iter().for_each(|target| self.add(target));
    }
}

impl Cache {
    /// Removes what the rules say that an event makes wrong, as one invalidation; see [`EventRules`]. The rules run when this
    /// is called.
    ///
    /// # Cancel safety
    /// Memory is done when the future is first polled.
    ///
    /// ```
    /// use cache_core::{Cache, EventRules, Ttl, key};
    ///
    /// struct UserUpdated {
    ///     id: u64,
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let rules = EventRules::new().on(|e: &UserUpdated| [key!("user:{}", e.id), key!("user_profile:{}", e.id)]);
    /// let cache = Cache::builder().build()?;
    /// cache.set_many([("user:42", 1), ("user_profile:42", 2), ("user:43", 3)], Ttl::Default).await;
    /// assert_eq!(cache.apply(&rules, &UserUpdated { id: 42 }).await.entries, 2);
    /// assert_eq!(cache.keys(), ["user:43"]);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn apply<E: Any>(&self, rules: &EventRules, event: &E) -> impl Future<Output = Removed> + Send + use<E> {
        let found = Found::new(self, rules, event);
        async move {
            let (fired, expired) = found.fire();
            let mut removed = fired.settle().await;
            removed.entries += expired;
            removed
        }
    }

    /// Applies the rules to each event of a stream, until the stream ends or this cache is closed or gone: this does not
    /// keep it alive. Spawn it; see [`EventRules`].
    ///
    /// Memory is done before the next event is taken; for the shared tier it does not wait. A rule that panics and a pattern
    /// that is refused are counted in [`EventRules::stats`], and end nothing.
    pub fn follow<S: Stream<Item: Any>>(&self, rules: &EventRules, events: S) -> impl Future<Output = ()> + use<S> {
        self.each(rules, events, |cache, rules, event: S::Item| Found::new(cache, rules, &event))
    }

    /// [`follow`](Self::follow) of a stream that can fail. An error is counted, and is an event too: a rule about its type
    /// says what is wrong when events are lost, and might be everything.
    pub fn try_follow<E: Any, X: Any, S: Stream<Item = Result<E, X>>>(
        &self,
        rules: &EventRules,
        events: S,
    ) -> impl Future<Output = ()> + use<E, X, S> {
        self.each(rules, events, |cache, rules, event: Result<E, X>| match event {
            Ok(event) => Found::new(cache, rules, &event),
            Err(error) => {
                rules.failed(&format_args!("{} instead of an event", std::any::type_name::<X>()));
                Found::new(cache, rules, &error)
            }
        })
    }

    fn each<S: Stream, F: Fn(&Cache, &EventRules, S::Item) -> Found>(
        &self,
        rules: &EventRules,
        events: S,
        find: F,
    ) -> impl Future<Output = ()> + use<S, F> {
        let (cache, ending) = (Arc::downgrade(&self.inner), self.inner.store.events.ending());
        let rules = rules.clone();
        async move {
            let mut events = pin!(events);
            loop {
                let next = poll_fn(|context| match ending.poll(context) {
                    Poll::Ready(()) => Poll::Ready(None),
                    Poll::Pending => events.as_mut().poll_next(context),
                });
                let Some(event) = next.await else { return };
                let Some(inner) = cache.upgrade() else { return };
                let (fired, _) = find(&Cache { inner }, &rules, event).fire();
                fired.keep();
            }
        }
    }
}
