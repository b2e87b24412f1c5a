//! Calls that may be answered with a value past its time, while a load goes on beside them.

use std::fmt;
use std::pin::Pin;

use super::asking::sought;
use super::checked::Shaped;
use super::leading::{Leading, Load};
use super::load::Miss;
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::watching::ended;
use super::{Lookup, lookup_by};
use crate::cache::background::Permit;
use crate::cache::{CacheRef, chosen};
use crate::entry::Stored;
use crate::flight::Led;
use crate::key::Segments;
use crate::lookup::Lead;
use crate::observe::seen;
use crate::registry::Site;
use crate::store::Glance;

/// What a look-up gave that may be answered with a value past its time.
#[derive(Debug)]
pub enum Graceful<T, W: Wrap<T>> {
    /// The return value, from the cache.
    Hit(W::Full),
    /// The same, and the caller is to have it made anew beside itself.
    Renew(W::Full, Renewal<T, W>),
    /// The way to it.
    Miss(Miss<T, W>),
}

/// [`lookup_by`] of a function with a grace, or with a refresh ahead of time.
pub fn lookup_gracefully<S: Shaped, K: Segments, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    policy: &P,
) -> Graceful<S::Value, S::Layers> {
    look(site, shape, key, cache, policy, Led::Task)
}

/// [`lookup_gracefully`] of a sync function, whose loads beside a caller have a thread each.
pub fn lookup_gracefully_blocking<S: Shaped, K: Segments, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    policy: &P,
) -> Graceful<S::Value, S::Layers> {
    look(site, shape, key, cache, policy, Led::Thread)
}

fn look<S: Shaped, K: Segments, P: Policy<S::Value>>(
    site: &'static Site,
    shape: S,
    key: &K,
    cache: CacheRef<'_>,
    policy: &P,
    led: Led,
) -> Graceful<S::Value, S::Layers> {
    if let Some(full) = served_stale(site, &shape.shape(), key, cache, policy) {
        return Graceful::Hit(full);
    }
    match lookup_by(site, shape, key, cache, policy) {
        Lookup::Hit(full) => Graceful::Hit(full),
        Lookup::Miss(miss) => miss.glance(policy, led),
    }
}

/// A value past its time that somebody else makes anew: neither locked for nor named.
fn served_stale<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    site: &'static Site,
    shape: &Shape<T, W>,
    key: &K,
    cache: CacheRef<'_>,
    policy: &P,
) -> Option<W::Full> {
    let cache = chosen(cache);
    let function = cache.known_function(site)?;
    if !function.freshness.keeps_stale() || !cache.is_enabled() {
        return None;
    }
    let store = &cache.inner.store;
    store.stale::<T, _, _>(&function, key, |entry| {
        let full = shape.read(entry, policy)?;
        seen(&function.info, &|| ended(entry, &store.clock));
        Some(full)
    })
}

/// The duty to make a value anew that its caller was answered with.
pub struct Renewal<T, W: Wrap<T>> {
    miss: Miss<T, W>,
    load: Load,
    permit: Permit,
}

impl<T, W: Wrap<T>> fmt::Debug for Renewal<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal").field("miss", &self.miss).finish_non_exhaustive()
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// Whether the call is answered at once after all.
    fn glance<P: Policy<T>>(mut self, policy: &P, led: Led) -> Graceful<T, W> {
        let Some(plan) = &mut self.plan else { return Graceful::Miss(self) };
        let Some(permit) = plan.cache.inner.background.permit() else { return Graceful::Miss(self) };
        plan.tag(policy);
        let Some(glance) = plan.glance(sought::<T>(P::NEGATIVE), led) else { return Graceful::Miss(self) };
        let (entry, flight) = match glance {
            Glance::Hit(entry) | Glance::Stale(entry) => (entry, None),
            Glance::Renew(entry, flight) => (entry, Some(flight)),
        };
        let retry_after = plan.function.freshness.retry_after;
        let store = &plan.cache.inner.store;
        let lead = flight.map(|flight| Lead::new(flight, store.clone()).renewing(entry.clone(), retry_after));
        // Not good enough: as if it were not there. A lead that is dropped leaves the load to others.
        let Some(full) = self.shape.read(&entry, policy) else { return Graceful::Miss(self) };
        plan.count_served(&entry);
        self.watched.served(&entry, &plan.cache.inner.store.clock);
        match lead {
            None => Graceful::Hit(full),
            Some(lead) => {
                plan.function.stats.refresh();
                plan.spare = Some(entry);
                let load = Load { background: true, ..Load::new(lead, plan.now(), true) };
                Graceful::Renew(full, Renewal { miss: self, load, permit })
            }
        }
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// The duty to make anew what the shared tier had and the caller was answered with; none where somebody is at it.
    pub(super) fn renew<P: Policy<T>>(&mut self, entry: Stored, policy: &P) -> Option<Load> {
        let plan = self.plan.as_mut()?;
        plan.tag(policy);
        let (entry, flight) = match plan.glance(sought::<T>(P::NEGATIVE), Led::Task) {
            Some(Glance::Renew(entry, flight)) => (entry, flight),
            Some(Glance::Hit(_) | Glance::Stale(_)) => return None,
            // Memory does not keep it.
            None => {
                let flight = plan.renew_elsewhere(sought::<T>(P::NEGATIVE), &entry)?;
                // Should it panic, it is not tried again at once.
                plan.pace();
                (entry, flight)
            }
        };
        plan.function.stats.refresh();
        let retry_after = plan.function.freshness.retry_after;
        let lead = Lead::new(flight, plan.cache.inner.store.clone()).renewing(entry.clone(), retry_after);
        plan.spare = Some(entry);
        Some(Load { background: true, ..Load::new(lead, plan.now(), true) })
    }
}

impl<T: CacheValue, W: Wrap<T, Full: Send> + 'static> Miss<T, W> {
    /// [`load`](super::load) of a function that may leave a load behind: the shared tier may have a value past its time.
    pub fn load_beside<P, F, Fut>(
        self,
        policy: P,
        body: F,
    ) -> Pin<Box<impl Future<Output = W::Full> + use<T, W, P, F, Fut>>>
    where
        P: Policy<T> + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = W::Full> + Send + 'static,
    {
        Box::pin(async move {
            let mut leading = Leading::new(self, policy);
            match leading.approach().await {
                Some(full) => full,
                None => leading.lead_beside(body).await,
            }
        })
    }
}

impl<T: CacheValue, W: Wrap<T, Full: Send> + 'static, P: Policy<T> + Send + Sync + 'static> Leading<T, W, P> {
    /// [`lead`](Self::lead) that may leave the load to a task of its own: its caller is answered already.
    pub(super) async fn lead_beside<F, Fut>(mut self, body: F) -> W::Full
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = W::Full> + Send + 'static,
    {
        let Some(full) = self.set_out(true).await else { return self.run_body(body).await };
        if let Some((load, permit)) = self.beside.take() {
            Renewal { miss: self.miss, load, permit }.spawn(self.policy, body);
        }
        full
    }
}

impl<T: CacheValue, W: Wrap<T, Full: Send> + 'static> Renewal<T, W> {
    /// Runs the body beside the caller, and stores what it gives.
    pub fn spawn<P, F, Fut>(self, policy: P, body: F)
    where
        P: Policy<T> + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = W::Full> + Send + 'static,
    {
        let Self { miss, load, permit } = self;
        permit.spawn(async move {
            Leading::of_load(miss, policy, load).lead(body).await;
        });
    }

    /// [`spawn`](Self::spawn) of a sync function.
    pub fn spawn_blocking<P, F>(self, policy: P, body: F)
    where
        P: Policy<T> + Send + Sync + 'static,
        F: FnOnce() -> W::Full + Send + 'static,
    {
        let Self { miss, load, permit } = self;
        permit.spawn_blocking(move || {
            Leading::of_load(miss, policy, load).run(body);
        });
    }
}

impl Plan {
    /// Counts an answer that was past its time or about to be.
    fn count_served(&self, entry: &Stored) {
        let stats = &self.function.stats;
        entry.visit(Some(stats.hit()));
        if !entry.is_fresh(&self.cache.inner.store.clock) {
            stats.stale_served();
        }
    }
}
