//! The listener: takes out of memory what other instances have changed, and says how far memory is to be trusted.
//!
//! It is one task per cache, on the tier's runtime. What was told before a moment is out of memory before copies are
//! trusted beyond that moment; so whatever keeps the listener from its work, copies end by themselves.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;

use super::backplane::{Backplane, Message, News, Origin, Swept};
use super::breaker::rest;
use super::guard::{Guard, caught};
use super::stats::count;
use super::{Remote, TierError};
use crate::cache::{Cache, Inner};
use crate::clock::{Clock, Ticks, ticks};
use crate::entry::Trust;
use crate::events::CacheEvent;
use crate::sync::Mutex;

/// In so many steps the patience is used up: one that comes to nothing leaves time for others.
const STEPS: u32 = 4;

/// No question waits longer for its answer, however patient one is: a connection that is dead is to be noticed.
const LONGEST_STEP: Duration = Duration::from_secs(5);

/// Whoever frees what many names had says in less time that it goes on, or is gone: then nobody is kept from the tier for it.
const LONGEST_SWEEP: Duration = Duration::from_secs(10);

/// A cache's part in telling and being told.
pub(super) struct Hearing {
    pub(super) origin: Origin,
    pub(super) trust: Arc<Trust>,
    /// Rung when nobody is to listen any more.
    stop: Arc<Notify>,
    patience: Duration,
    /// For the listener to come.
    backplane: Mutex<Option<Box<dyn Backplane>>>,
}

impl Hearing {
    pub(super) fn new(backplane: Box<dyn Backplane>, patience: Duration) -> Self {
        let trust = Arc::new(Trust::new(ticks(patience)));
        let (origin, backplane) = (Origin(fastrand::u64(..)), Mutex::new(Some(backplane)));
        Self { origin, trust, stop: Arc::default(), patience, backplane }
    }

    pub(super) fn stop(&self) {
        self.stop.notify_one();
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Remote {
    /// What memory's copies are trusted by, where other instances tell of their changes.
    pub(crate) fn trust(&self) -> Option<&Arc<Trust>> {
        self.0.hearing.as_ref().map(|hearing| &hearing.trust)
    }

    /// Has a cache hear what other instances change.
    pub(crate) fn listen(&self, cache: &Cache) {
        let guard = &*self.0;
        let Some(hearing) = &guard.hearing else { return };
        let Some(backplane) = hearing.backplane.lock().take() else { return };
        let listener = Listener {
            cache: Arc::downgrade(&cache.inner),
            backplane,
            clock: guard.clock.clone(),
            stop: hearing.stop.clone(),
            step: (hearing.patience / STEPS).min(LONGEST_STEP),
            listens: false,
            down: false,
        };
        guard.tier.spawn(Box::pin(listener.run()));
    }
}

impl Guard {
    /// What is being removed, of which the messages are missed.
    pub(super) async fn learn_unswept(&self, until: Ticks) {
        if let Ok(unswept) = self.run("unswept", "*", until, self.tier.unswept(&self.namespace)).await {
            let until = self.clock.after(LONGEST_SWEEP);
            for (sweep, reaches) in unswept {
                self.sweeps.begin(sweep, reaches, until);
            }
        }
    }
}

struct Listener {
    /// Not kept alive by the one that listens for it.
    cache: Weak<Inner>,
    backplane: Box<dyn Backplane>,
    clock: Clock,
    stop: Arc<Notify>,
    step: Duration,
    /// It has heard everything for some time.
    listens: bool,
    /// It was told that nothing is heard.
    down: bool,
}

impl Listener {
    async fn run(mut self) {
        let mut in_vain = 0;
        loop {
            let asked = self.clock.now();
            let Some(outcome) = self.hear(asked).await else { return };
            let Some(cache) = self.cache.upgrade().filter(|cache| cache.is_open()).map(|inner| Cache { inner }) else {
                return;
            };
            let Some((guard, hearing)) = cache.inner.remote.as_ref().and_then(Remote::hearing) else { return };
            match outcome {
                Ok(news) => {
                    if matches!(news, News::Missed) {
                        guard.learn_unswept(guard.until()).await;
                    }
                    self.take(news, &cache, guard, hearing, asked);
                    in_vain = 0;
                }
                Err(error) => {
                    self.fail(&error, guard, hearing);
                    let wake = self.clock.after(rest(in_vain).min(self.step));
                    in_vain += 1;
                    drop(cache);
                    let (clock, stop) = (self.clock.clone(), self.stop.clone());
                    if stopped_by(&stop, clock.sleep_until(wake)).await.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// What was told; none where nobody is to listen any more.
    async fn hear(&mut self, asked: Ticks) -> Option<Result<News, TierError>> {
        let (clock, stop) = (self.clock.clone(), self.stop.clone());
        // As long again for the answer to come.
        let until = asked.saturating_add(ticks(self.step.saturating_mul(2)));
        let next = caught(self.backplane.next(self.step));
        let heard = stopped_by(&stop, clock.timeout(until, next)).await?;
        Some(heard.unwrap_or_else(|| Err("no answer".into())))
    }

    fn take(&mut self, news: News, cache: &Cache, guard: &Guard, hearing: &Hearing, asked: Ticks) {
        match news {
            News::Heard(messages) if self.listens => {
                for Message { origin, reaches, sweep, landed } in messages {
                    landed.iter().for_each(|name| guard.waiting.landed(name));
                    if origin == hearing.origin {
                        continue;
                    }
                    // Before memory: what comes there from now on is not what is being removed.
                    match sweep {
                        Some((sweep, Swept::NotYet)) => {
                            let until = guard.clock.after(LONGEST_SWEEP);
                            if !guard.sweeps.begin(sweep, reaches.iter().cloned(), until) {
                                // It goes on: what memory has by now is newer.
                                continue;
                            }
                        }
                        Some((sweep, Swept::Done)) => guard.sweeps.end(sweep),
                        None => {}
                    }
                    for reach in &reaches {
                        cache.remove_local(&reach.0);
                    }
                    if !reaches.is_empty() {
                        count(&guard.stats.heard);
                    }
                }
            }
            News::Heard(_) | News::Missed => {
                hearing.trust.begin(self.clock.now());
                guard.wake_all_waiting();
                // The first time there is nothing that was trusted for longer than by itself.
                if self.listens {
                    let forgotten = cache.inner.store.forget_copies();
                    count(&guard.stats.missed);
                    tracing::warn!(target: "cache", forgotten, "changes of other instances were missed: copies are dropped");
                }
                self.listens = true;
            }
        }
        // Last: memory has nothing any more that was changed before it was asked.
        hearing.trust.heard_all(asked);
        if std::mem::take(&mut self.down) {
            guard.events.tell(|| CacheEvent::BackplaneUp);
            tracing::info!(target: "cache", "changes of other instances are heard again");
        }
    }

    fn fail(&mut self, error: &TierError, guard: &Guard, hearing: &Hearing) {
        count(&guard.stats.errors);
        if !self.down && hearing.trust.is_over(self.clock.now()) {
            self.down = true;
            guard.events.tell(|| CacheEvent::BackplaneDown);
            tracing::error!(
                target: "cache", operation = "backplane", %error,
                "changes of other instances are not heard: memory keeps what is shared for a short time only",
            );
        }
    }
}

/// What `future` gives, or none once that is rung for.
pub(super) async fn stopped_by<F: Future>(stop: &Notify, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut stopped = pin!(stop.notified());
    poll_fn(|context| {
        if stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        future.as_mut().poll(context).map(Some)
    })
    .await
}
