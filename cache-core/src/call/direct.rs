//! An entry by its call, and not by way of a load: `peek` and `put`.

use super::checked::Shaped;
use super::later::Later;
use super::negative::Negative;
use super::outcome::{CacheValue, Outcome, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::telling::peek_planned;
use crate::cache::{Cache, CacheRef, Shared, Stored, chosen};
use crate::key::{Segments, render};
use crate::lookup::Ttl;
use crate::registry::{Site, kinds};
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
    let cache = chosen(cache);
    let function = cache.function(site, shape.facts(), &kinds::<K>)?;
    Some(Plan::of_call(&cache, function, key, shape.portable()))
}

/// [`peek_later`] for sync methods: in memory.
pub fn peek_blocking<S: Shaped, K: Segments>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
) -> Option<S::Full> {
    let shape = shape.shape();
    let cache = chosen(cache);
    let function = cache.function(site, shape.facts(), &kinds::<K>)?;
    let entry = cache.inner.store.find(&render(function.info.texts, key))?;
    shape.show(&entry)
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
    let cache = chosen(cache);
    settled_later(&cache, put_now(site, &shape.shape(), key, &cache, &policy, full))
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

/// What was stored in memory; what the shared tier is owed is told to it beside the caller.
pub(super) fn queued(cache: &Cache, (mut stored, owed): (Stored, Option<Owed>)) -> Stored {
    if let Some(owed) = owed {
        owed.release();
        cache.keep();
        stored.shared = Shared::Queued;
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
    let cache = chosen(cache);
    queued(&cache, put_now(site, &shape.shape(), key, &cache, &policy, full))
}

fn put_now<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: &Cache,
    policy: &P,
    full: W::Full,
) -> (Stored, Option<Owed>) {
    let function = cache.function(site, shape.facts(), &kinds::<K>);
    let plan = function.map(|function| Plan::of_call(cache, function, key, shape.portable()));
    put_outcome(plan.map(Plan::putting), shape, policy, full)
}

/// Where an answer is to be stored.
pub(super) struct Putting {
    pub(super) plan: Plan,
    /// How long a value lives, whatever its function says.
    pub(super) instead: Option<Ttl>,
}

impl Plan {
    /// For as long as whoever operates the cache says, if they do.
    pub(super) fn putting(self) -> Putting {
        let instead = self.function.instead.get();
        Putting { plan: self, instead }
    }
}

/// Stores an answer, if there is a place for it.
pub(super) fn put_outcome<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    putting: Option<Putting>,
    shape: &Shape<T, W>,
    policy: &P,
    full: W::Full,
) -> (Stored, Option<Owed>) {
    let Some(Putting { mut plan, instead }) = putting else { return (Stored::nowhere(), None) };
    plan.tag(policy);
    match W::unwrap(full) {
        Outcome::Value(value) => {
            let Some(ttl) = policy.keep(&value) else { return (Stored::nowhere(), None) };
            let heap = shape.measured(&value, policy, &mut plan);
            let tags = plan.tags_to_tell(policy);
            plan.put(value, heap, shape.codec, instead.unwrap_or(ttl), tags)
        }
        Outcome::Absent(depth, _) => plan.put_negative(Some(Negative::Absent(depth)), policy.keep_absence()),
        Outcome::Failed(full) => {
            let ttl = policy.keep_error();
            let shared = if ttl.is_some() { (shape.share)(&full) } else { None };
            plan.put_negative(shared.map(|shared| Negative::Failed(shared.into())), ttl)
        }
    }
}
