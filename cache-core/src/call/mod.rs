//! A call, from the decorated function to its answer: what generated code calls.
//!
//! The protocol is decided in the store and the flights. What is here is generic over the function's types, so it is
//! kept to reading, wrapping and waiting.

mod checked;
mod invalidating;
mod load;
mod outcome;
mod probe;

use std::any::TypeId;

pub use self::checked::{Checked, Nothing, Refused};
pub use self::invalidating::{Invalidating, Segment, Target, invalidate, invalidate_blocking, segment, target};
pub use self::invalidating::{key_target, pattern_target};
pub use self::load::Miss;
pub(crate) use self::load::Plan;
pub use self::outcome::{Bare, CacheValue, InOption, InResult, Layers, Outcome, Wrap};
pub use self::probe::{HeapUnknown, NotShared, PeelNothing, Probe, Shape};
use crate::cache::{Cache, CacheRef, Stored, with_cache};
use crate::key::{Segments, render};
use crate::lookup::Ttl;
use crate::registry::Site;
use crate::stats::Stats;

/// What a look-up gave.
#[derive(Debug)]
pub enum Lookup<T, W: Wrap<T>> {
    /// The return value, from the cache.
    Hit(W::Full),
    /// The way to it.
    Miss(Miss<T, W>),
}

/// Looks a call up. A hit takes no lock and allocates nothing.
#[inline]
pub fn lookup<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Lookup<T, W> {
    let hit = with_cache(cache, |cache| {
        let function = site.at_home(cache.inner.id)?;
        cache.inner.store.hit(function, key, T::clone)
    });
    match hit {
        Some(value) => Lookup::Hit(W::wrap(value)),
        None => with_cache(cache, |cache| look_closer(site, shape, key, cache)),
    }
}

/// No hit where the function is at home: it may be elsewhere, or this is a miss.
#[cold]
#[inline(never)]
fn look_closer<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: &Cache,
) -> Lookup<T, W> {
    let Some(function) = cache.function(site, TypeId::of::<T>(), K::kinds) else {
        return Lookup::Miss(Miss::new(None, *shape));
    };
    if site.at_home(cache.inner.id).is_none()
        && let Some(hit) = cache.inner.store.hit(&function, key, T::clone)
    {
        return Lookup::Hit(W::wrap(hit));
    }
    Lookup::Miss(Miss::new(Some(Plan::of_call(cache, function, key, false)), *shape))
}

/// A new load, whatever is stored.
pub fn refresh<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Miss<T, W> {
    with_cache(cache, |cache| {
        let function = cache.function(site, TypeId::of::<T>(), K::kinds);
        if let Some(function) = &function {
            function.stats.refresh();
        }
        Miss::new(function.map(|function| Plan::of_call(cache, function, key, true)), *shape)
    })
}

/// What is stored, without counting it as a hit.
pub async fn peek<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Option<W::Full> {
    peek_blocking(site, shape, key, cache)
}

/// [`peek`] for sync functions.
pub fn peek_blocking<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    _: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Option<W::Full> {
    with_cache(cache, |cache| {
        let function = cache.function(site, TypeId::of::<T>(), K::kinds)?;
        let entry = cache.inner.store.find(&render(function.info.texts, key))?;
        Some(W::wrap(entry.value::<T>()?.clone()))
    })
}

/// Stores a value as the function's.
pub async fn put<K: Segments, T: CacheValue, W: Wrap<T, Full: Layers<V, M>>, V, M>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    ttl: Ttl,
    value: V,
) -> Stored {
    put_blocking(site, shape, key, cache, ttl, value)
}

/// [`put`] for sync functions.
pub fn put_blocking<K: Segments, T: CacheValue, W: Wrap<T, Full: Layers<V, M>>, V, M>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    ttl: Ttl,
    value: V,
) -> Stored {
    with_cache(cache, |cache| {
        let Some(function) = cache.function(site, TypeId::of::<T>(), K::kinds) else { return Stored::nowhere() };
        let plan = Plan::of_call(cache, function, key, false);
        match W::unwrap(W::Full::layered(value)) {
            Outcome::Value(value) => plan.put(value, shape.heap, ttl),
            Outcome::Absent(..) | Outcome::Failed(_) => {
                plan.remove();
                Stored::nowhere()
            }
        }
    })
}

/// The printed name of a call's entry.
pub fn name<K: Segments>(site: &'static Site, key: &K) -> String {
    render(site.info.texts, key)
}

/// The function's counts in one cache.
#[must_use]
pub fn stats(site: &'static Site, cache: CacheRef<'_>) -> Stats {
    with_cache(cache, |cache| cache.function_stats(site))
}

/// The value inside the layers of a successful answer.
pub fn success<'a, T, W: Wrap<T> + 'a>(_: &Probe<T, W>, full: &'a W::Full) -> Option<&'a T> {
    W::value(full)
}

/// Compiles where the function's value can be stored.
pub const fn assert_value<T: CacheValue, W: Wrap<T>>(_: Shape<T, W>) {}
