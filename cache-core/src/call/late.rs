//! Calls that may be answered before their load is over: `timeout` and `soft_timeout`. The load goes on.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;

use tokio::sync::oneshot;

use super::leading::Leading;
use super::load::Miss;
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::probe::Shape;
use super::trace::within_span;
use crate::clock::after;
use crate::error::TimedOut;
use crate::observe::Observer;

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
    /// [`load`] of a function with a `timeout` or a `soft_timeout`: its load goes on when the caller does not
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
        let Some(permit) = leading.permit() else { return leading.lead_beside(body).await };
        let (sender, receiver) = oneshot::channel();
        let work = async move {
            // A caller that has gone wants no answer.
            let _ = sender.send(caught(leading.lead_beside(body)).await);
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
