//! A call, from the decorated function to its answer: what generated code calls.
//!
//! The protocol is decided in the store and the flights. What is here is generic over the function's types, so it is
//! kept to reading, wrapping and waiting.

mod adaptive;
mod checked;
mod graceful;
mod invalidating;
mod lazy;
mod load;
mod method;
mod negative;
mod options;
mod outcome;
mod own;
mod plan;
mod policy;
mod probe;
mod read;
mod shared;
mod tagged;
mod trace;
mod updating;
mod watching;

use std::pin::Pin;

pub use self::adaptive::{ByBytes, Comparable, Compared, ComparedByBytes, NotCompared, assert_comparable};
pub use self::checked::{Checked, Nothing, Refused};
pub(crate) use self::graceful::caught;
pub use self::graceful::{Graceful, NeverTooLate, Renewal, TimesOut, assert_times_out, lookup_gracefully};
pub use self::invalidating::{Invalidating, invalidate, invalidate_blocking, segment, target};
pub use self::invalidating::{key_target, pattern_target, tag_target};
pub use self::lazy::{Lazy, lazily};
pub use self::load::Miss;
pub use self::method::{Calls, Later, Method, Run, SyncMethod};
pub(crate) use self::options::Abilities;
pub use self::options::{
    CopyError, MayBeAbsent, MayFail, Portable, SharedError, assert_may_be_absent, assert_may_fail, assert_portable,
    assert_shared_error, copy_shared, share_copy,
};
pub use self::outcome::{Bare, CacheValue, InOption, InResult, Layers, Outcome, Wrap};
pub use self::own::Own;
pub(crate) use self::plan::{Plan, Unmade, has_value};
pub use self::policy::{Condition, Given, Policy, Rules, TtlRule, Unset, apply};
#[cfg(feature = "shared")]
pub use self::probe::NoCodec;
pub use self::probe::{HeapUnknown, NotShared, PeelNothing, Probe, Shape};
pub use self::tagged::{CallTags, Tagged, ValueTags};
pub use self::updating::{Entries, Settle, give_up, give_up_later, store, store_later};
pub use self::watching::bypass;
use self::watching::hit_seen;
use crate::cache::{Cache, CacheRef, Shared, Stored, scoped, with_cache, with_cache_unseen};
pub use crate::invalidation::{Segment, Target};
use crate::key::{Segments, render};
use crate::lookup::Ttl;
use crate::registry::{Described, Site};
use crate::stats::Stats;
use crate::tier::{Owed, Place};

use self::negative::Negative;

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
    lookup_by(site, shape, key, cache, &Ttl::Default)
}

/// [`lookup`] of a function with rules: of what is stored, some may not be good enough.
#[inline]
pub fn lookup_by<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    policy: &P,
) -> Lookup<T, W> {
    let hit = with_cache_unseen(cache, |cache| {
        let function = site.at_home(cache.inner.id)?;
        cache.inner.store.hit::<T, _, _>(function, key, |entry| shape.read(entry, policy))
    });
    match hit {
        Some(full) => Lookup::Hit(full),
        None => with_cache(cache, |cache| look_closer(site, shape, key, cache, policy)),
    }
}

/// No hit where the function is at home: it may be elsewhere, or this is a miss.
#[cold]
#[inline(never)]
fn look_closer<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: &Cache,
    policy: &P,
) -> Lookup<T, W> {
    let home = site.at_home(cache.inner.id);
    // What is shared among threads is not written where the function is at home: observed hits are many.
    if let Some(home) = home.filter(|_| scoped::exist())
        && let Some(hit) = hit_seen(home, shape, key, cache, policy)
    {
        return Lookup::Hit(hit);
    }
    let Some(function) = cache.function(site, || Described::of_call::<T, K>(shape.abilities())) else {
        return Lookup::Miss(Miss::of_call(site, key, None, shape));
    };
    if home.is_none()
        && let Some(hit) = hit_seen(&function, shape, key, cache, policy)
    {
        return Lookup::Hit(hit);
    }
    let plan = Plan::of_call(cache, function, key, shape.codec.is_some());
    Lookup::Miss(Miss::of_call(site, key, Some(plan), shape))
}

/// A new load, whatever is stored.
pub fn refresh<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Miss<T, W> {
    with_cache(cache, |cache| {
        let function = cache.function(site, || Described::of_call::<T, K>(shape.abilities()));
        if let Some(function) = &function {
            function.stats.refresh();
        }
        let plan = |function| Plan::of_call(cache, function, key, shape.codec.is_some()).refreshing();
        Miss::of_call(site, key, function.map(plan), shape)
    })
}

/// What is stored, in memory or in the shared tier, without counting it as a hit.
pub fn peek<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Peek<T, W> {
    Peek { plan: peeking(site, shape, key, cache), shape: *shape }
}

/// A look at what is stored. It knows the entry's name and borrows nothing.
pub struct Peek<T, W: Wrap<T>> {
    plan: Option<Plan>,
    shape: Shape<T, W>,
}

impl<T, W: Wrap<T>> std::fmt::Debug for Peek<T, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peek").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl<T: CacheValue, W: Wrap<T>> Peek<T, W> {
    /// What there is.
    pub fn answer(self) -> Pin<Box<impl Future<Output = Option<W::Full>> + use<T, W>>> {
        Box::pin(peek_planned(self.plan, self.shape))
    }
}

/// [`peek`] for methods.
pub fn peek_later<K: Segments, T: CacheValue, W: Wrap<T> + 'static>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Later<Option<W::Full>> {
    peek(site, shape, key, cache).answer()
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

async fn peek_planned<T: CacheValue, W: Wrap<T>>(plan: Option<Plan>, shape: Shape<T, W>) -> Option<W::Full> {
    let plan = plan?;
    match plan.cache.inner.store.find(&plan.name) {
        Some(entry) => shape.show(&entry),
        None => plan.fetch(&shape).await,
    }
}

/// [`peek`] for sync functions: in memory.
pub fn peek_blocking<K: Segments, T: CacheValue, W: Wrap<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
) -> Option<W::Full> {
    with_cache(cache, |cache| {
        let function = cache.function(site, || Described::of_call::<T, K>(shape.abilities()))?;
        let entry = cache.inner.store.find(&render(function.info.texts, key))?;
        shape.show(&entry)
    })
}

/// Stores a value as the function's. Memory is done before the future is polled.
pub fn put<K: Segments, T: CacheValue, W: Wrap<T, Full: Layers<V, M>>, P: Policy<T>, V, M>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    policy: P,
    value: V,
) -> Later<Stored> {
    put_later(site, shape, key, cache, policy, W::Full::layered(value))
}

/// [`put`] for methods.
pub fn put_later<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    policy: P,
    full: W::Full,
) -> Later<Stored> {
    let (stored, settle) = with_cache(cache, |cache| {
        let (stored, owed) = put_now(site, shape, key, cache, &policy, full);
        (stored, owed.map(|owed| (cache.clone(), owed.release())))
    });
    Box::pin(settled(stored, settle))
}

async fn settled(mut stored: Stored, settle: Option<(Cache, Place)>) -> Stored {
    if let Some((cache, place)) = settle {
        stored.shared = cache.settle(Some(place)).await;
    }
    stored
}

/// [`put`] for sync functions.
pub fn put_blocking<K: Segments, T: CacheValue, W: Wrap<T, Full: Layers<V, M>>, P: Policy<T>, V, M>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    policy: P,
    value: V,
) -> Stored {
    put_whole(site, shape, key, cache, policy, W::Full::layered(value))
}

/// [`put_blocking`] for methods.
pub fn put_whole<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    policy: P,
    full: W::Full,
) -> Stored {
    with_cache(cache, |cache| {
        let (mut stored, owed) = put_now(site, shape, key, cache, &policy, full);
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
fn put_outcome<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
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
                    plan.put(value, heap, shape.codec, instead.unwrap_or(ttl))
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
