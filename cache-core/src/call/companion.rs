//! A function's companion: what its calls come to.
//!
//! In generated code each is a signature and a call of one of these, over the entry's name and the function's shape, so
//! that little of it is checked again for every function.

use std::sync::Arc;

use super::bypass;
use super::checked::Shaped;
use super::direct::{put_outcome, queued, settled_later};
use super::invalidating::{invalidate, invalidate_blocking};
use super::later::Later;
use super::lazy::lazily;
use super::load::Miss;
use super::outcome::{CacheValue, Layers, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::telling::peek_planned;
use crate::cache::{Cache, CacheRef, Chosen, Removed, Stored, chosen};
use crate::invalidation::{Reach, Segment, Target, one_name};
use crate::key::{OfSegments, Open};
use crate::registry::{Function, Kind, Site};
use crate::tier::Owed;

/// A function's entries, by what is known of their segments, before a cache stands in for the process-wide one.
#[derive(Debug)]
pub struct Named {
    site: &'static Site,
    cache: Option<Cache>,
    segments: Vec<Segment>,
}

/// The entries of a function whose segments are as given.
#[must_use]
pub fn named<const N: usize>(site: &'static Site, cache: CacheRef<'_>, segments: [Segment; N]) -> Named {
    Named { site, cache: cache.cloned(), segments: segments.into() }
}

/// What `target`, the function's own, makes of the segments that `fill` gives, all others open.
pub fn rest<T: Open, F: OfSegments<T>>(target: F, fill: impl FnOnce(&mut T)) -> F::Output {
    target.of(filled(fill))
}

/// Segments as `fill` gives them, all others open.
pub(super) fn filled<T: Open>(fill: impl FnOnce(&mut T)) -> T {
    let mut segments = T::open();
    fill(&mut segments);
    segments
}

/// All entries of a function.
#[must_use]
pub fn all_named(site: &'static Site, cache: CacheRef<'_>) -> Named {
    let segments = vec![Segment::Any; site.info.texts.len().saturating_sub(1)];
    Named { site, cache: cache.cloned(), segments }
}

impl From<Named> for Target {
    fn from(named: Named) -> Self {
        let Named { site, cache, segments } = named;
        Self::new(cache.as_ref(), Reach::Segments { site, segments })
    }
}

impl Named {
    pub(super) fn cache(&self) -> Chosen<'_> {
        chosen(self.cache.as_ref())
    }

    fn name(&self) -> String {
        one_name(&self.site.info, &self.segments)
    }

    /// The way to the entry. None where the function runs uncached.
    pub(super) fn plan<T: CacheValue, W: Wrap<T>>(&self, cache: &Cache, shape: &Shape<T, W>) -> Option<Plan> {
        let function = cache.function(self.site, shape.facts(), &|| self.kinds())?;
        Some(self.plan_of(cache, function, shape.portable()))
    }

    fn kinds(&self) -> Vec<Kind> {
        self.segments.iter().map(Segment::kind).collect()
    }

    fn plan_of(&self, cache: &Cache, function: Arc<Function>, portable: bool) -> Plan {
        let bytes = self.segments.iter().flat_map(Segment::bytes).copied().collect();
        Plan::of_written(cache, function, self.name().into(), bytes, portable)
    }

    pub(super) fn refreshing<T: CacheValue, W: Wrap<T>>(&self, shape: Shape<T, W>) -> Miss<T, W> {
        let Some(plan) = self.plan(&self.cache(), &shape) else { return bypass(shape, self.site, || self.name()) };
        plan.function.stats.refresh();
        Miss::planned(plan.refreshing(), shape)
    }

    fn put<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
        &self,
        cache: &Cache,
        shape: &Shape<T, W>,
        policy: &P,
        full: W::Full,
    ) -> (Stored, Option<Owed>) {
        put_outcome(self.plan(cache, shape).map(Plan::putting), shape, policy, full)
    }

    /// Stores a value. Memory is done at once.
    pub(super) fn put_later<T: CacheValue, W: Wrap<T>, P: Policy<T>>(
        &self,
        shape: &Shape<T, W>,
        policy: &P,
        full: W::Full,
    ) -> Later<Stored> {
        let cache = self.cache();
        settled_later(&cache, self.put(&cache, shape, policy, full))
    }
}

/// The printed name.
#[must_use]
pub fn key_named(named: Named) -> String {
    named.name()
}

/// What is stored, in memory or in the shared tier, without counting it as a hit.
pub fn peek_named<S: Shaped>(shape: S, named: Named) -> impl Future<Output = Option<S::Full>> + Unpin {
    lazily(move || {
        let shape = shape.shape();
        let plan = named.plan(&named.cache(), &shape);
        Box::pin(peek_planned(plan, shape))
    })
}

/// [`peek_named`] for sync functions: in memory.
pub fn peek_named_blocking<S: Shaped>(shape: S, named: Named) -> Option<S::Full> {
    let shape = shape.shape();
    let plan = named.plan(&named.cache(), &shape)?;
    shape.show(&plan.cache.inner.store.find(&plan.name)?)
}

/// Stores a value as the function's.
pub fn put_named<S: Shaped, P: Policy<S::Value>, V, M>(
    shape: S,
    named: Named,
    policy: P,
    value: V,
) -> impl Future<Output = Stored> + Unpin
where
    S::Full: Layers<V, M>,
{
    lazily(move || named.put_later(&shape.shape(), &policy, S::Full::layered(value)))
}

/// [`put_named`] for sync functions.
pub fn put_named_blocking<S: Shaped, P: Policy<S::Value>, V, M>(shape: S, named: Named, policy: P, value: V) -> Stored
where
    S::Full: Layers<V, M>,
{
    let cache = named.cache();
    queued(&cache, named.put(&cache, &shape.shape(), &policy, S::Full::layered(value)))
}

/// Runs the body and stores what it gives, whatever is stored.
pub fn refresh_named<S: Shaped, P: Policy<S::Value>, F: Future<Output = S::Full>>(
    shape: S,
    named: Named,
    policy: P,
    body: F,
) -> impl Future<Output = S::Full> + Unpin {
    lazily(move || named.refreshing(shape.shape()).load(policy, body))
}

/// [`refresh_named`] for sync functions.
pub fn refresh_named_blocking<S: Shaped, P: Policy<S::Value>, F: FnOnce() -> S::Full>(
    shape: S,
    named: Named,
    policy: P,
    body: F,
) -> S::Full {
    named.refreshing(shape.shape()).load_blocking(policy, body)
}

/// Removes the entries and keeps older loads from storing theirs. Memory is done by the first poll.
pub fn invalidate_named(named: Named) -> Later<Removed> {
    Later::new(invalidate(named.into()))
}

/// [`invalidate_named`] for sync functions.
#[must_use]
pub fn invalidate_named_blocking(named: Named) -> Removed {
    invalidate_blocking(named.into())
}
