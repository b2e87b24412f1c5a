//! The keeper: makes what the tier is owed, and finds out when one that failed is back.
//!
//! There is one at a time, beside the callers, for as long as there is something to do.

use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::breaker::rest;
use super::guard::{Failure, Guard, Remote};
use super::stats::count;
use super::{Change, Message, Reach, Sweep, Swept};
use crate::events::CacheEvent;
use crate::sync::Ordering;

/// How often others are told that a removal of many names goes on.
const RENEWED: Duration = Duration::from_secs(1);

/// Asked for when nothing is owed: it need not exist.
const PROBE: &str = "~probe";

impl Remote {
    /// Sets a keeper to work, if there is work and none is at it.
    pub(crate) fn keep(&self) {
        if self.0.idle() || self.0.kept.swap(true, Ordering::SeqCst) {
            return;
        }
        // Made here and not in the task: a runtime that is going down drops a task without polling it.
        let at_work = AtWork(Arc::downgrade(&self.0));
        self.0.tier.spawn(Box::pin(keep(at_work)));
    }
}

impl Guard {
    fn idle(&self) -> bool {
        self.outbox.count() == 0 && !self.breaker.is_open()
    }

    /// One attempt: the next changes, or else a probe.
    async fn attempt(&self) -> Result<(), Failure> {
        let until = self.until();
        match self.outbox.batch() {
            Some((changes, last)) => {
                let about = changes.first().and_then(|change| change.name()).unwrap_or("*");
                let reaches: Vec<_> = changes.iter().map(Change::reach).collect();
                // Whom nobody tells finds it in the tier until it is freed.
                let sweep =
                    (self.hearing.is_some() && changes.iter().any(Change::is_wide)).then(|| self.outbox.sweep());
                if let Some(sweep) = sweep {
                    self.announce(sweep, Swept::NotYet, &reaches).await?;
                    self.tell(about, &reaches, Some((sweep, Swept::NotYet))).await?;
                }
                if !self.outbox.is_applied(last) {
                    let longest = self.tier.longest_apply(&changes).map(|longest| self.clock.after(longest));
                    let until = longest.unwrap_or(0).max(self.until());
                    let mut applied = pin!(self.run("apply", about, until, self.tier.apply(&self.namespace, &changes)));
                    loop {
                        match self.clock.timeout(self.clock.after(RENEWED), applied.as_mut()).await {
                            Some(outcome) => break outcome?,
                            None => {
                                // Whoever has not heard of it for long takes this one for dead. What fails is counted.
                                if let Some(sweep) = sweep {
                                    let _ = self.announce(sweep, Swept::NotYet, &reaches).await;
                                    let _ = self.tell(about, &reaches, Some((sweep, Swept::NotYet))).await;
                                }
                            }
                        }
                    }
                    changes.iter().for_each(|_| count(&self.stats.changes));
                    self.outbox.applied(last);
                }
                match sweep {
                    Some(sweep) => {
                        self.announce(sweep, Swept::Done, &reaches).await?;
                        self.tell(about, &[], Some((sweep, Swept::Done))).await?;
                    }
                    None => self.tell(about, &reaches, None).await?,
                }
                self.outbox.made(last);
            }
            None => drop(self.run("get", PROBE, until, self.tier.get(&self.namespace, PROBE)).await?),
        }
        Ok(())
    }
}

impl Guard {
    async fn announce(&self, sweep: Sweep, swept: Swept, reaches: &[Reach]) -> Result<(), Failure> {
        let announced = self.tier.announce(&self.namespace, sweep, swept, reaches);
        self.run("announce", "*", self.until(), announced).await
    }

    async fn tell(&self, about: &str, reaches: &[Reach], sweep: Option<(Sweep, Swept)>) -> Result<(), Failure> {
        let Some(hearing) = &self.hearing else { return Ok(()) };
        let message = Message { origin: hearing.origin, reaches: reaches.to_vec(), sweep, landed: Vec::new() };
        self.run("tell", about, self.until(), self.tier.tell(&self.namespace, &message)).await?;
        reaches.iter().for_each(|_| count(&self.stats.told));
        Ok(())
    }
}

/// Dropped, it says that nobody is at work.
struct AtWork(Weak<Guard>);

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(guard) = self.0.upgrade() {
            guard.kept.store(false, Ordering::SeqCst);
        }
    }
}

/// Ends when nothing is left to do, or the cache is gone.
async fn keep(at_work: AtWork) {
    let mut in_vain = 0;
    loop {
        let Some(guard) = at_work.0.upgrade() else { return };
        if guard.attempt().await.is_err() {
            let clock = guard.clock.clone();
            let wake = clock.after(rest(in_vain));
            in_vain += 1;
            // Not kept alive by the one that looks after it.
            drop(guard);
            clock.sleep_until(wake).await;
            continue;
        }
        in_vain = 0;
        if guard.outbox.count() > 0 {
            continue;
        }
        if guard.breaker.close() {
            guard.events.tell(|| CacheEvent::TierUp);
            tracing::info!(target: "cache", "the shared tier is back");
        }
        drop(at_work);
        // Whoever brought something after the last look found a keeper at work.
        Remote(guard).keep();
        return;
    }
}
