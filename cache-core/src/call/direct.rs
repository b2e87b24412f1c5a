//! An entry by its call, and not by way of a load: `peek` and `put`.

use super::checked::Shaped;
use super::later::Later;
use super::negative::Negative;
use super::outcome::{CacheValue, Outcome, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::cache::{Cache, CacheRef, Shared, Stored, with_cache};
use crate::key::{Segments, render};
use crate::lookup::Ttl;
use crate::registry::{Described, Site};
use crate::tier::{Owed, Place};

/// What is stored, in memory or in the shared tier, without counting it as a hit.
pub fn peek_later<S: Shaped + 'static, K: Segments>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
) -> Later<Option<S::Full>> {
    let shape = shape.shape();
    Later::new(peek_planned(peeking(site, &shape, key, cache), shape))
}

fn peeking<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Option<Plan> {
    with_cache(cache, |cache| {
        let function = cache.function(site, || Described::of_call::<T, K>(shape.abilities()))?;
        Some(Plan::of_call(cache, function, key, shape.codec.is_some()))
    })
}

pub(super) async fn peek_planned<T: CacheValue, W: Wrap<T>>(plan: Option<Plan>, shape: Shape<T, W>) -> Option<W::Full> {
    let plan = plan?;
    match plan.cache.inner.store.find(&plan.name) {
        Some(entry) => shape.show(&entry),
        #[cfg(feature = "shared")]
        None => plan.fetch(&shape).await,
        #[cfg(not(feature = "shared"))]
        None => None,
    }
}

/// [`peek_later`] for sync methods: in memory.
pub fn peek_blocking<S: Shaped, K: Segments>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
) -> Option<S::Full> {
    let shape = shape.shape();
    with_cache(cache, |cache| {
        let function = cache.function(site, || Described::of_call::<S::Value, K>(shape.abilities()))?;
        let entry = cache.inner.store.find(&render(function.info.texts, key))?;
        shape.show(&entry)
    })
}

/// Stores a value as the method's. Memory is done before the future is polled.
pub fn put_later<S: Shaped, K: Segments, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    policy: P,
    full: S::Full,
) -> Later<Stored> {
    with_cache(cache, |cache| settled_later(cache, put_now(site, &shape.shape(), key, cache, &policy, full)))
}

/// What was stored in memory, once the shared tier has what it is owed.
pub(super) fn settled_later(cache: &Cache, (stored, owed): (Stored, Option<Owed>)) -> Later<Stored> {
    let settle = owed.map(|owed| (cache.clone(), owed.release()));
    Later::new(settled(stored, settle))
}

pub(super) async fn settled(mut stored: Stored, settle: Option<(Cache, Place)>) -> Stored {
    if let Some((cache, place)) = settle {
        stored.shared = cache.settle(Some(place)).await;
    }
    stored
}

/// [`put_later`] for sync methods.
pub fn put_whole<S: Shaped, K: Segments, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    policy: P,
    full: S::Full,
) -> Stored {
    with_cache(cache, |cache| {
        let (mut stored, owed) = put_now(site, &shape.shape(), key, cache, &policy, full);
        if let Some(owed) = owed {
            owed.release();
            cache.keep();
            stored.shared = Shared::Queued;
        }
        stored
    })
}

fn put_now<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: &Cache,
    policy: &P,
    full: W::Full,
) -> (Stored, Option<Owed>) {
    let Some(function) = cache.function(site, || Described::of_call::<T, K>(shape.abilities())) else {
        return (Stored::nowhere(), None);
    };
    let instead = function.instead.get();
    put_outcome(Plan::of_call(cache, function, key, shape.codec.is_some()), shape, policy, instead, full)
}

/// Stores an answer, a value with the TTL `instead` where there is one.
pub(super) fn put_outcome<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    mut plan: Plan,
    shape: &Shape<T, W>,
    policy: &P,
    instead: Option<Ttl>,
    full: W::Full,
) -> (Stored, Option<Owed>) {
    plan.tag(policy);
    let negative = match W::unwrap(full) {
        Outcome::Value(value) => {
            return match policy.keep(&value) {
                Some(ttl) => {
                    plan.tags_of_value = policy.tags_of(&value);
                    let heap = shape.heap(&value);
                    let tags = plan.tags_to_tell(policy);
                    plan.put(value, heap, shape.codec, instead.unwrap_or(ttl), tags)
                }
                None => (Stored::nowhere(), None),
            };
        }
        Outcome::Absent(depth, _) => policy.keep_absence().map(|ttl| (Negative::Absent(depth), ttl)),
        Outcome::Failed(full) => policy
            .keep_error()
            .and_then(|ttl| (shape.share)(&full).map(|shared| (Negative::Failed(shared.into()), ttl))),
    };
    // What the shared tier has is older in any case.
    match negative {
        Some((negative, ttl)) => plan.put_negative(negative, ttl),
        None => (Stored::nowhere(), plan.remove()),
    }
}
