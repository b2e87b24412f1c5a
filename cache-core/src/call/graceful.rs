//! Calls that may be answered with a value past its time, or before its load is over, while a load goes on beside them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;

use tokio::sync::oneshot;

use super::checked::Shaped;
use super::leading::{Leading, Load};
use super::load::Miss;
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::trace::within_span;
use super::watching::ended;
use super::{Lookup, lookup_by};
use crate::cache::background::Permit;
use crate::cache::{CacheRef, with_cache};
use crate::clock::after;
use crate::entry::Stored;
use crate::error::TimedOut;
use crate::flight::Led;
use crate::key::Segments;
use crate::lookup::Lead;
use crate::observe::{Observer, seen};
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
    with_cache(cache, |cache| {
        let function = site.at_home(cache.inner.id).cloned().or_else(|| cache.known_function(site))?;
        if !function.freshness.keeps_stale() || !cache.is_enabled() {
            return None;
        }
        let store = &cache.inner.store;
        store.stale::<T, _, _>(&function, key, |entry| {
            let full = shape.read(entry, policy)?;
            seen(&function.info, || ended(entry, &store.clock));
            Some(full)
        })
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
        let Some(glance) = plan.glance::<T>(led, P::NEGATIVE) else { return Graceful::Miss(self) };
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

/// A return type that can say that its time was over.
#[diagnostic::on_unimplemented(
    message = "`timeout` gives the caller an error, and `{Self}` cannot be one",
    label = "no `Result` whose error can be made from `cache_core::TimedOut`",
    note = "return a `Result` whose error implements `From<cache_core::TimedOut>`, or leave `timeout` out"
)]
pub trait TimesOut {
    /// The error.
    fn timed_out(why: TimedOut) -> Self;
}

impl<T, E: From<TimedOut>> TimesOut for Result<T, E> {
    fn timed_out(why: TimedOut) -> Self {
        Err(why.into())
    }
}

#[diagnostic::do_not_recommend]
impl<R: TimesOut> TimesOut for Option<R> {
    fn timed_out(why: TimedOut) -> Self {
        Some(R::timed_out(why))
    }
}

/// Compiles where the function can say that its time was over.
pub const fn assert_times_out<T, W: Wrap<T, Full: TimesOut>>(_: &Shape<T, W>) {}

impl<T, W: Wrap<T, Full: TimesOut>> Shape<T, W> {
    /// What a call gives whose time is over.
    #[must_use]
    pub fn too_late(&self) -> fn(TimedOut) -> W::Full {
        TimesOut::timed_out
    }
}

/// For return types that cannot say so: it has been refused already, or there is no `timeout`.
pub trait NeverTooLate<R> {
    /// Nothing.
    fn too_late(&self) -> fn(TimedOut) -> R {
        |_| unreachable!("a call that has no `timeout` does not time out")
    }
}

impl<T, W: Wrap<T>> NeverTooLate<W::Full> for Shape<T, W> {}

impl<T: CacheValue, W: Wrap<T, Full: Send> + 'static> Miss<T, W> {
    /// [`load`](Self::load) of a function with a `timeout` or a `soft_timeout`: its load goes on when the caller does not
    /// wait for it any longer.
    pub fn load_within<P, F, Fut>(
        self,
        policy: P,
        body: F,
        too_late: fn(TimedOut) -> W::Full,
    ) -> Pin<Box<impl Future<Output = W::Full> + use<T, W, P, F, Fut>>>
    where
        P: Policy<T> + Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = W::Full> + Send + 'static,
    {
        Box::pin(self.bounded(policy, body, too_late))
    }

    async fn bounded<P, F, Fut>(self, policy: P, body: F, too_late: fn(TimedOut) -> W::Full) -> W::Full
    where
        P: Policy<T> + Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = W::Full> + Send + 'static,
    {
        let Some(plan) = &self.plan else { return self.load(policy, body()).await };
        let (cache, function, name) = (plan.cache.clone(), plan.function.clone(), plan.name.clone());
        let (shape, clock, watched) = (self.shape, &cache.inner.store.clock, self.watched.clone());
        let (soft, hard) = (function.freshness.soft_timeout, function.freshness.timeout);
        let began = clock.now();
        let mut answer = pin!(self.detached(policy.clone(), body));
        if let Some(soft) = soft.filter(|soft| hard.is_none_or(|hard| *soft < hard)) {
            if let Some(full) = clock.timeout(after(began, soft), answer.as_mut()).await {
                return full;
            }
            let spare = cache.inner.store.spare(&name).and_then(|entry| Some((shape.read(&entry, &policy)?, entry)));
            if let Some((full, entry)) = spare {
                function.stats.stale_served();
                entry.visit(None);
                watched.late(Some((&entry, clock)));
                return full;
            }
        }
        let Some(hard) = hard else { return answer.await };
        match clock.timeout(after(began, hard), answer).await {
            Some(full) => full,
            None => {
                function.stats.timed_out();
                watched.late(None);
                too_late(TimedOut::new(function.info.function, hard))
            }
        }
    }

    /// The answer, from a load that goes on when this is dropped.
    async fn detached<P, F, Fut>(self, policy: P, body: F) -> W::Full
    where
        P: Policy<T> + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = W::Full> + Send + 'static,
    {
        let mut leading = Leading::new(self, policy);
        if let Some(full) = leading.approach().await {
            return full;
        }
        let Some(permit) = leading.permit() else { return leading.lead(body).await };
        let (sender, receiver) = oneshot::channel();
        let work = async move {
            // A caller that has gone wants no answer.
            let _ = sender.send(caught(leading.lead(body)).await);
        };
        // Its caller waits for it: what it does is the caller's, to those who observe and to those who trace.
        permit.spawn(within_span(Observer::current().wrap(work)));
        match receiver.await {
            Ok(Ok(full)) => full,
            // The body's panic is its caller's.
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => panic!("the runtime that a cached load ran on was shut down"),
        }
    }
}

/// What a future gives, or the panic that it ended in.
pub(crate) async fn caught<F: Future>(future: F) -> thread::Result<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

impl Plan {
    /// Counts an answer that was past its time or about to be.
    fn count_served(&self, entry: &Stored) {
        let stats = &self.function.stats;
        entry.visit(stats.hit());
        if !entry.is_fresh(&self.cache.inner.store.clock) {
            stats.stale_served();
        }
    }
}
