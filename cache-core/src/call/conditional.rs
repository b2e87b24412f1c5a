//! Loads that are given what they gave before: of sources that can say that nothing has changed since.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::leading::Load;
use super::outcome::{Bare, CacheValue, InOption, InResult, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::clock::span;
use crate::lookup::Ttl;

/// What a cached function gave before, offered to the load that is to take its place.
///
/// A function that takes `previous: Option<Previous<T>>` is given it where memory still has the value: past its TTL by
/// `stale_while_revalidate` or `stale_if_error`, or before its end by `refresh_ahead`, `refresh_when` or a companion's
/// `refresh`. The argument is no part of the key, and callers do not write it. Other calls are given `None`: the first
/// one, one after an invalidation or an eviction, one whose value was rejected by `validate`, one past the cache.
///
/// ```
/// use std::sync::Arc;
///
/// use cache_core::{Previous, Refreshed, cached};
///
/// #[derive(Clone)]
/// struct Page {
///     etag: u32,
///     text: Arc<str>,
/// }
///
/// // What a server sends, unless the caller has it already.
/// async fn fetch(etag: Option<u32>) -> Option<Page> {
///     (etag != Some(7)).then(|| Page { etag: 7, text: "welcome".into() })
/// }
///
/// #[cached(ttl = "1m", stale_if_error = "1h")]
/// async fn get_page(path: &str, previous: Option<Previous<Page>>) -> Refreshed<Page> {
///     let etag = previous.as_ref().map(|previous| previous.value().etag);
///     match fetch(etag).await {
///         Some(page) => Refreshed::New(page),
///         None => Refreshed::NotModified,
///     }
/// }
///
/// # #[tokio::main]
/// # async fn main() {
/// assert_eq!(&*get_page("/").await.text, "welcome");
/// // Asked again, the server has nothing new, and the page that is there is fresh again.
/// assert_eq!(&*get_page::refresh("/").await.text, "welcome");
/// assert_eq!(get_page::stats().refreshes_unchanged, 1);
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous<T> {
    value: T,
    age: Duration,
}

impl<T> Previous<T> {
    /// The value, as it was stored.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The value, taken out.
    pub fn into_value(self) -> T {
        self.value
    }

    /// How long ago it was stored, by the cache's clock.
    pub const fn age(&self) -> Duration {
        self.age
    }
}

/// What a function returns that takes [`Previous`]: its callers get a plain `T`.
///
/// It stands in the return type where the `T` would: `Result<Refreshed<Page>, E>`, `Option<Refreshed<Page>>`.
///
/// # Panics
/// A load that answers `NotModified` without having been given a previous value panics: there is nothing to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed<T> {
    /// A value.
    New(T),
    /// The previous value is still good: it is returned, and stored as if it were new, with a new TTL.
    NotModified,
}

/// Layers that stand around a `U` as they stand around a `T`.
pub trait Rewrap<T, U>: Wrap<T> + Wrap<U> {
    /// Changes what is inside of them.
    fn rewrap(full: <Self as Wrap<T>>::Full, change: impl FnOnce(T) -> U) -> <Self as Wrap<U>>::Full;
}

impl<T, U> Rewrap<T, U> for Bare {
    fn rewrap(full: T, change: impl FnOnce(T) -> U) -> U {
        change(full)
    }
}

impl<T, U, E, W: Rewrap<Result<T, E>, Result<U, E>>> Rewrap<T, U> for InResult<W, E> {
    fn rewrap(full: <Self as Wrap<T>>::Full, change: impl FnOnce(T) -> U) -> <Self as Wrap<U>>::Full {
        W::rewrap(full, |result| result.map(change))
    }
}

impl<T, U, W: Rewrap<Option<T>, Option<U>>> Rewrap<T, U> for InOption<W> {
    fn rewrap(full: <Self as Wrap<T>>::Full, change: impl FnOnce(T) -> U) -> <Self as Wrap<U>>::Full {
        W::rewrap(full, |option| option.map(change))
    }
}

/// What a load and its body have between them.
#[derive(Debug)]
struct Slot<T> {
    /// Put there when the load begins.
    previous: OnceLock<Previous<T>>,
    /// Set before the body's answer is.
    unmodified: AtomicBool,
}

/// The policy of a function that takes a previous value.
#[derive(Debug, Clone)]
pub struct Conditional<T, P> {
    policy: P,
    slot: Arc<Slot<T>>,
}

/// What runs such a function's body.
pub struct Asks<T, W: Wrap<T>> {
    slot: Arc<Slot<T>>,
    function: &'static str,
    layers: PhantomData<fn() -> W>,
}

impl<T, W: Wrap<T>> fmt::Debug for Asks<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asks").field("function", &self.function).finish_non_exhaustive()
    }
}

/// A policy that is told of the previous value, and what hands it to the body.
pub fn conditional<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    _: Shape<T, W>,
    policy: P,
    function: &'static str,
) -> (Conditional<T, P>, Asks<T, W>) {
    let slot = Arc::new(Slot { previous: OnceLock::new(), unmodified: AtomicBool::new(false) });
    (Conditional { policy, slot: slot.clone() }, Asks { slot, function, layers: PhantomData })
}

impl<T: CacheValue, W: Rewrap<Refreshed<T>, T>> Asks<T, W> {
    /// The body's answer, with the previous value where that is still good.
    pub async fn run<F, Fut>(self, body: F) -> <W as Wrap<T>>::Full
    where
        F: FnOnce(Option<Previous<T>>) -> Fut,
        Fut: Future<Output = <W as Wrap<Refreshed<T>>>::Full>,
    {
        let full = body(self.previous()).await;
        self.answer(full)
    }

    /// [`run`](Self::run) for sync functions.
    pub fn run_blocking<F>(self, body: F) -> <W as Wrap<T>>::Full
    where
        F: FnOnce(Option<Previous<T>>) -> <W as Wrap<Refreshed<T>>>::Full,
    {
        let full = body(self.previous());
        self.answer(full)
    }

    fn previous(&self) -> Option<Previous<T>> {
        self.slot.previous.get().cloned()
    }

    fn answer(self, full: <W as Wrap<Refreshed<T>>>::Full) -> <W as Wrap<T>>::Full {
        W::rewrap(full, |refreshed| {
            if let Refreshed::New(value) = refreshed {
                return value;
            }
            let Some(previous) = self.slot.previous.get() else {
                panic!(
                    "`{}` answered `Refreshed::NotModified`, and there was no previous value: answer it only where `previous` is `Some`",
                    self.function
                );
            };
            // Read by the same task or thread, once it has the answer.
            self.slot.unmodified.store(true, Relaxed);
            previous.value.clone()
        })
    }
}

impl<T: CacheValue, P: Policy<T>> Policy<T> for Conditional<T, P> {
    const NEGATIVE: bool = P::NEGATIVE;
    const TAGGED: bool = P::TAGGED;
    const TAGGED_BY_VALUE: bool = P::TAGGED_BY_VALUE;
    const CONDITIONAL: bool = true;

    fn keep(&self, value: &T) -> Option<Ttl> {
        self.policy.keep(value)
    }

    fn keep_absence(&self) -> Option<Ttl> {
        self.policy.keep_absence()
    }

    fn keep_error(&self) -> Option<Ttl> {
        self.policy.keep_error()
    }

    fn is_valid(&self, value: &T) -> bool {
        self.policy.is_valid(value)
    }

    fn tags(&self) -> Vec<String> {
        self.policy.tags()
    }

    fn tags_of(&self, value: &T) -> Vec<String> {
        self.policy.tags_of(value)
    }

    fn offer(&self, previous: Previous<T>) {
        // One load, one offer: a second one would be the same load's.
        let _ = self.slot.previous.set(previous);
    }

    fn is_unmodified(&self) -> bool {
        self.slot.unmodified.load(Relaxed)
    }
}

impl Plan {
    /// Puts what is stored where the body finds it: a refresh, whether or not callers wait for it.
    pub(super) fn offer<T: CacheValue, P: Policy<T>>(&self, policy: &P, load: &Load) {
        if P::CONDITIONAL
            && let Some(previous) = self.previous()
        {
            policy.offer(previous);
            if !load.lead.is_a_refresh() {
                self.function.stats.refresh();
            }
        }
    }

    /// What memory has, whatever it is good for; not what it keeps no longer, nor what this call has rejected.
    fn previous<T: CacheValue>(&self) -> Option<Previous<T>> {
        let store = &self.cache.inner.store;
        let entry = self.spare.clone().or_else(|| self.former.clone()).or_else(|| store.last(&self.name))?;
        let now = self.now();
        if entry.gone_at() <= now || self.rejected.as_ref().is_some_and(|rejected| rejected.is(&entry)) {
            return None;
        }
        let value = entry.value::<T>()?.clone();
        Some(Previous { value, age: span(now.saturating_sub(entry.made)) })
    }
}
