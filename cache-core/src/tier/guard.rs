//! A shared tier that cannot fail a call: each operation is bounded in time, errors and panics are counted, and a
//! tier that keeps failing is not asked.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::breaker::Breaker;
use super::claim::Waiting;
use super::deadlines::Deadlines;
use super::listener::Hearing;
use super::outbox::{Outbox, Place, ROOM};
use super::pace::Pace;
use super::stats::{TierCounters, count};
use super::sweeps::Sweeps;
use super::writing::Writing;
use super::{Change, SharedTier, Stamp, TierError, TierFuture, TierStats};
use crate::cache::Shared;
use crate::clock::{Clock, Ticks, span, ticks};
use crate::error::{Error, ErrorKind};
use crate::events::{Bus, CacheEvent};
use crate::sync::AtomicBool;

/// A cache's way to its shared tier. Clones share it.
#[derive(Clone)]
pub(crate) struct Remote(pub(super) Arc<Guard>);

pub(super) struct Guard {
    pub(super) tier: Arc<dyn SharedTier>,
    pub(super) namespace: String,
    pub(super) clock: Clock,
    pub(super) writing: Writing,
    pub(super) pace: Pace,
    pub(super) timeout: Ticks,
    pub(super) deadlines: Arc<Deadlines>,
    pub(super) breaker: Breaker,
    pub(super) outbox: Outbox,
    /// What other instances are removing.
    pub(super) sweeps: Sweeps,
    pub(super) stats: TierCounters,
    /// Whether the keeper is at work.
    pub(super) kept: AtomicBool,
    pub(super) events: Arc<Bus>,
    /// Where other instances tell of their changes.
    pub(super) hearing: Option<Hearing>,
    /// For what other instances load.
    pub(super) waiting: Waiting,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.0.tier).finish()
    }
}

/// Why an operation has no result.
pub(super) enum Failure {
    Timeout,
    Tier(TierError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("it took too long"),
            Self::Tier(error) => error.fmt(f),
        }
    }
}

impl Guard {
    /// Runs an operation until then at the latest.
    pub(super) async fn run<T>(
        &self,
        operation: &'static str,
        about: &str,
        until: Ticks,
        future: TierFuture<'_, T>,
    ) -> Result<T, Failure> {
        let began = self.clock.now();
        let outcome = self.deadlines.bound(until, future).await;
        self.came_to(operation, about, began, outcome)
    }

    /// What an operation came to that began then; none where its time was over.
    pub(super) fn came_to<T>(
        &self,
        operation: &'static str,
        about: &str,
        began: Ticks,
        outcome: Option<Result<T, TierError>>,
    ) -> Result<T, Failure> {
        let outcome = outcome.map_or(Err(Failure::Timeout), |outcome| outcome.map_err(Failure::Tier));
        self.stats.times.record(span(self.clock.now().saturating_sub(began)));
        match &outcome {
            Ok(_) => self.breaker.answered(),
            Err(failure) => self.note(failure, operation, about),
        }
        outcome
    }

    #[cold]
    fn note(&self, failure: &Failure, operation: &'static str, about: &str) {
        count(&self.stats.errors);
        let prefix = about.split(':').next().unwrap_or(about);
        tracing::warn!(target: "cache", operation, prefix, error = %failure, "the shared tier failed");
        if self.breaker.failed() {
            self.events.tell(|| CacheEvent::TierDown);
            tracing::error!(target: "cache", "the shared tier keeps failing: left alone until it answers");
        }
    }

    /// When an operation that begins now has to be over.
    pub(super) fn until(&self) -> Ticks {
        self.clock.now().saturating_add(self.timeout)
    }
}

/// A panic of the tier is an error of the tier.
pub(super) async fn caught<T>(mut future: TierFuture<'_, T>) -> Result<T, TierError> {
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(_) => Poll::Ready(Err("it panicked".into())),
    })
    .await
}

/// A change that is written down and held back until this is dropped.
#[derive(Debug)]
pub(crate) struct Owed {
    remote: Remote,
    place: Place,
}

impl Owed {
    /// Memory is changed: the change may be made.
    pub(crate) fn release(self) -> Place {
        self.place
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.remote.0.outbox.release(self.place);
    }
}

impl Remote {
    pub(crate) fn new(
        tier: Arc<dyn SharedTier>,
        namespace: String,
        clock: Clock,
        timeout: Duration,
        patience: Duration,
        writing: Writing,
        events: Arc<Bus>,
    ) -> Self {
        let hearing = tier.backplane(&namespace).map(|backplane| Hearing::new(backplane, patience));
        Self(Arc::new(Guard {
            tier,
            namespace,
            deadlines: Deadlines::new(clock.clone()),
            clock,
            writing,
            pace: Pace::default(),
            // A tenth is left for what is done around the operations.
            timeout: ticks(timeout - timeout / 10),
            breaker: Breaker::default(),
            outbox: Outbox::new(ROOM),
            sweeps: Sweeps::default(),
            stats: TierCounters::default(),
            kept: AtomicBool::new(false),
            events,
            hearing,
            waiting: Waiting::default(),
        }))
    }

    pub(super) fn hearing(&self) -> Option<(&Guard, &Hearing)> {
        self.0.hearing.as_ref().map(|hearing| (&*self.0, hearing))
    }

    /// When what a call asks of the tier, all of it together, has to be over.
    pub(crate) fn until(&self) -> Ticks {
        self.0.until()
    }

    /// Whether the tier may be asked about a name.
    pub(super) fn trusts(&self, name: &str) -> bool {
        let guard = &self.0;
        let changes = || guard.outbox.reaches(name) || guard.sweeps.reach(name, || guard.clock.now());
        let trusts = !guard.breaker.is_open() && !changes();
        if !trusts {
            count(&self.0.stats.skipped);
            self.keep();
        }
        trusts
    }

    /// A stamp that outdates all that were given before.
    pub(crate) async fn renew(&self, name: &str, until: Ticks) -> Option<Stamp> {
        if !self.trusts(name) {
            return None;
        }
        let guard = &self.0;
        let stamp = guard.run("renew", name, until, guard.tier.renew(&guard.namespace, name)).await;
        if stamp.is_err() {
            self.keep();
        }
        stamp.ok()
    }

    /// Stores the record of a load's result, unless its name or one of the tags was changed since the stamp was given. Says
    /// whether it did.
    pub(crate) async fn put(
        &self,
        name: &str,
        record: &[u8],
        ttl: Option<Duration>,
        stamp: Stamp,
        tags: &[String],
        until: Ticks,
    ) -> bool {
        if !self.trusts(name) {
            return false;
        }
        let guard = &self.0;
        match guard.run("put", name, until, guard.tier.put(&guard.namespace, name, record, ttl, stamp, tags)).await {
            Ok(stored) => {
                count(if stored { &guard.stats.puts } else { &guard.stats.refused });
                stored
            }
            Err(_) => {
                self.keep();
                false
            }
        }
    }

    /// Writes a change down, to be made once memory is changed. From now on nothing older is read: a load that asks
    /// later keeps away from the tier, and one that asked before is found in memory and detached.
    pub(crate) fn owe(&self, change: Change) -> Owed {
        let (place, overflowed) = self.0.outbox.add(change);
        if overflowed {
            count(&self.0.stats.overflows);
            tracing::error!(target: "cache", "the shared tier is owed too much: all of it will be removed instead");
        }
        Owed { remote: self.clone(), place }
    }

    /// Sees to it that what is owed is made, and waits for that as long as an operation may take.
    pub(crate) async fn settle(&self, place: Place) -> Shared {
        self.keep();
        if self.0.breaker.is_open() {
            return Shared::Queued;
        }
        let made = poll_fn(|context| match self.0.outbox.poll(place, context.waker()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        });
        match self.0.clock.timeout(self.until(), made).await {
            Some(()) => Shared::Applied,
            None => {
                self.0.outbox.leave(place);
                Shared::Queued
            }
        }
    }

    /// An operation that needs the truth.
    pub(crate) async fn ask<'a, T>(
        &'a self,
        operation: &'static str,
        name: &'a str,
        ask: impl FnOnce(&'a dyn SharedTier, &'a str) -> TierFuture<'a, T>,
    ) -> Result<T, Error> {
        let guard = &self.0;
        let failed = |why: TierError| {
            let prefix = name.split(':').next().unwrap_or(name);
            Error::new(ErrorKind::Tier, format!("`{operation}` of a key under `{prefix}` failed in the shared tier"))
                .caused_by(why)
        };
        if !self.trusts(name) {
            return Err(failed("it is away, or has missed a change of this key".into()));
        }
        match guard.run(operation, name, self.until(), ask(&*guard.tier, &guard.namespace)).await {
            Ok(answer) => Ok(answer),
            Err(failure) => {
                self.keep();
                Err(failed(match failure {
                    Failure::Timeout => "it took too long".into(),
                    Failure::Tier(error) => error,
                }))
            }
        }
    }

    /// Counts a read.
    pub(super) fn count_read(&self, usable: bool) {
        count(if usable { &self.0.stats.hits } else { &self.0.stats.misses });
    }

    /// Counts a record that could not be read or written.
    pub(super) fn no_record(&self, operation: &'static str, name: &str, why: impl fmt::Display) {
        count(&self.0.stats.errors);
        let prefix = name.split(':').next().unwrap_or(name);
        tracing::warn!(target: "cache", operation, prefix, error = %why, "no record of this value");
    }

    pub(crate) fn stats(&self) -> TierStats {
        let guard = &*self.0;
        let deaf = |hearing: &Hearing| hearing.trust.is_over(guard.clock.now());
        let cut_off = guard.hearing.as_ref().is_some_and(deaf);
        guard.stats.snapshot(guard.outbox.count(), guard.breaker.is_open(), cut_off)
    }

    /// Makes what is owed, as far as one operation's time allows, and ends the tier's own work.
    pub(crate) async fn close(&self) {
        if let Some((_, last)) = self.0.outbox.batch() {
            self.settle(last).await;
        }
        let guard = &self.0;
        if let Some(hearing) = &guard.hearing {
            hearing.stop();
        }
        let _ = guard.run("close", "", guard.until(), guard.tier.close()).await;
    }
}
