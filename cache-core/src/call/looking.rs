//! The look-up of a call, whatever is known of its function's types.

use super::load::Miss;
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::watching::ended;
use crate::cache::{Cache, CacheRef, chosen, scoped, with_cache_unseen};
use crate::entry::{Stored, ValueType};
use crate::key::{Segments, render};
use crate::observe::seen;
use crate::registry::{Function, Site, ValueFacts, kinds};

/// What a look-up is made for: how an entry answers it, and the way to an answer where none does.
pub(super) trait Asker {
    /// The return type.
    type Full;
    /// The way to it.
    type Miss;

    /// What a value is likely to be.
    fn value(&self) -> ValueType;
    /// The answer that an entry is, if it is one.
    fn read(&self, entry: &Stored) -> Option<Self::Full>;
    /// What is known of the function's values.
    fn facts(&self) -> ValueFacts;
    /// The way by that plan.
    fn planned(&self, plan: Plan) -> Self::Miss;
    /// The way of a call that is its body and nothing else.
    fn bypassing(&self, site: &'static Site, name: &dyn Fn() -> String) -> Self::Miss;
}

/// A function of which everything is known, with its rules.
pub(super) struct Ruled<'a, T, W: Wrap<T>, P> {
    pub(super) shape: Shape<T, W>,
    pub(super) policy: &'a P,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Asker for Ruled<'_, T, W, P> {
    type Full = W::Full;
    type Miss = Miss<T, W>;

    #[inline]
    fn value(&self) -> ValueType {
        ValueType::of::<T>()
    }

    #[inline]
    fn read(&self, entry: &Stored) -> Option<W::Full> {
        self.shape.read(entry, self.policy)
    }

    fn facts(&self) -> ValueFacts {
        self.shape.facts()
    }

    fn planned(&self, plan: Plan) -> Miss<T, W> {
        Miss::planned(plan, self.shape)
    }

    fn bypassing(&self, site: &'static Site, name: &dyn Fn() -> String) -> Miss<T, W> {
        Miss::bypassing(site, self.shape, name)
    }
}

/// Looks a call up. A hit takes no lock and allocates nothing.
#[inline]
pub(super) fn look<A: Asker, K: Segments>(
    site: &'static Site,
    asker: &A,
    key: &K,
    cache: CacheRef<'_>,
) -> Result<A::Full, A::Miss> {
    look_unless(false, site, asker, key, cache)
}

/// The same, or the way to an answer whatever is stored, where the call `refreshes`.
#[inline]
pub(super) fn look_unless<A: Asker, K: Segments>(
    refreshes: bool,
    site: &'static Site,
    asker: &A,
    key: &K,
    cache: CacheRef<'_>,
) -> Result<A::Full, A::Miss> {
    let look = |cache: &Cache| {
        let home = site.at_home(cache.inner.id)?;
        cache.inner.store.hit(&home.function, home.template, key, asker.value(), |entry| asker.read(entry))
    };
    let hit = if refreshes { None } else { with_cache_unseen(cache, look) };
    match hit {
        Some(full) => Ok(full),
        // In one place, and after the hit: where `asker` gets about, what it is made of is no constant any more.
        None => look_closer(refreshes, site, asker, key, cache),
    }
}

/// The way to an answer, whatever is stored.
pub(super) fn look_past<A: Asker, K: Segments>(
    site: &'static Site,
    asker: &A,
    key: &K,
    cache: CacheRef<'_>,
) -> A::Miss {
    let cache = chosen(cache);
    let facts = asker.facts();
    let Some(function) = cache.function(site, facts, &kinds::<K>) else {
        return asker.bypassing(site, &|| name(site, key));
    };
    function.stats.refresh();
    asker.planned(Plan::of_call(&cache, function, key, facts.portable).refreshing())
}

/// No hit where the function is at home: it may be elsewhere, or this is a miss.
#[cold]
#[inline(never)]
fn look_closer<A: Asker, K: Segments>(
    refreshes: bool,
    site: &'static Site,
    asker: &A,
    key: &K,
    cache: CacheRef<'_>,
) -> Result<A::Full, A::Miss> {
    if refreshes {
        return Err(look_past(site, asker, key, cache));
    }
    look_in(site, asker, key, &chosen(cache))
}

#[inline]
fn look_in<A: Asker, K: Segments>(site: &'static Site, asker: &A, key: &K, cache: &Cache) -> Result<A::Full, A::Miss> {
    let home = site.at_home(cache.inner.id).map(|home| &home.function);
    // What is shared among threads is not written where the function is at home: observed hits are many.
    if let Some(home) = home.filter(|_| scoped::exist())
        && let Some(hit) = hit_seen(home, asker, key, cache)
    {
        return Ok(hit);
    }
    let facts = asker.facts();
    let Some(function) = cache.function(site, facts, &kinds::<K>) else {
        return Err(asker.bypassing(site, &|| name(site, key)));
    };
    if home.is_none()
        && let Some(hit) = hit_seen(&function, asker, key, cache)
    {
        return Ok(hit);
    }
    Err(asker.planned(Plan::of_call(cache, function, key, facts.portable)))
}

/// A hit, told to those who observe.
#[inline(never)]
fn hit_seen<A: Asker, K: Segments>(function: &Function, asker: &A, key: &K, cache: &Cache) -> Option<A::Full> {
    let store = &cache.inner.store;
    let mut full = None;
    // As a `dyn`: the look-up is not compiled for it again per return type, and that of a call stays its only one, which is
    // what has it inlined.
    let read: &mut dyn FnMut(&Stored) -> Option<()> = &mut |entry| {
        full = Some(asker.read(entry)?);
        seen(&function.info, &|| ended(entry, &store.clock));
        Some(())
    };
    store.hit(function, function.template(), key, asker.value(), read);
    full
}

/// The printed name of a call's entry.
pub fn name<K: Segments>(site: &'static Site, key: &K) -> String {
    render(site.info.texts, key).into()
}
