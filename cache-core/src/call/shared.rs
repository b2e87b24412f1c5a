//! The shared tier's part in a load: it is asked before the body runs, and told what the body gave.

use std::time::Duration;

use super::leading::Load;
use super::load::{Miss, PATIENT_FAILURES};
use super::negative::Negative;
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use crate::clock::Ticks;
use crate::entry::Stored;
use crate::flight::Landing;
use crate::key::Names;
use crate::lookup::Ttl;
use crate::store::NewEntry;
use crate::tier::{Claim, Claimed, Freshness, Loaded, Remote, Stamp};

/// What asking the shared tier came to.
pub(super) enum Asked<R> {
    /// An answer, which memory keeps for as long as it is fresh there.
    Answer(R, NewEntry, Option<Landing>),
    /// The body has to run; what it gives may be stored there.
    Stamped(Stamped),
    /// The body has to run.
    Nothing,
}

/// The leave to store a result.
pub(super) struct Stamped {
    stamp: Stamp,
    /// What is left of the time that the shared tier may take of a call.
    left: Ticks,
    /// Other instances wait for the result, until this is dropped.
    _claim: Option<Claim>,
}

/// What the shared tier is told of a load.
pub(super) enum Tell {
    /// Nothing: it is not to be stored.
    Nothing,
    /// What to store.
    Record(Write),
    /// That there is nothing any more.
    Gone,
}

/// What a load gave, to be stored.
pub(super) struct Write {
    entry: Stored,
    /// The depth of the `None` that it is.
    absent: Option<u8>,
    /// `None` for ever.
    ttl: Option<Duration>,
}

impl Tell {
    /// Of an entry with that time to live; `None` for ever, and none at all where nothing is to be stored.
    pub(super) fn of(entry: Stored, absent: Option<u8>, ttl: Option<Option<Duration>>) -> Self {
        ttl.map_or(Self::Gone, |ttl| Self::Record(Write { entry, absent, ttl }))
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// Asks the shared tier. The load is registered: what is invalidated from now on will not be stored in memory.
    pub(super) async fn ask_shared<P: Policy<T>>(&mut self, load: &Load, policy: &P) -> Asked<W::Full> {
        let Some(plan) = &mut self.plan else { return Asked::Nothing };
        let Some((remote, form)) = plan.remote(self.shape.codec) else { return Asked::Nothing };
        let until = remote.until();
        let loaded = if load.lead.flight.refreshes {
            remote.outdate(&plan.name, until).await
        } else {
            remote.load(&plan.name, form, until).await
        };
        let asked = self.take_shared(loaded, &remote, until, policy).await;
        match asked {
            Asked::Stamped(stamped) if self.loads_once_in_the_cluster(load) => {
                self.claim_shared(load, policy, stamped).await
            }
            asked => asked,
        }
    }

    fn loads_once_in_the_cluster(&self, load: &Load) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.once_in_the_cluster()) && !load.lead.flight.refreshes
    }

    /// Waits for the instance that loads this already, or is the one.
    async fn claim_shared<P: Policy<T>>(&mut self, load: &Load, policy: &P, mut stamped: Stamped) -> Asked<W::Full> {
        let Some((remote, form)) = self.plan.as_ref().and_then(|plan| plan.remote(self.shape.codec)) else {
            return Asked::Stamped(stamped);
        };
        let Some(plan) = &self.plan else { return Asked::Stamped(stamped) };
        let (name, longest) = (plan.name.clone(), plan.until(load.began));
        let clock = plan.cache.inner.store.clock.clone();
        let mut in_vain = 0;
        loop {
            in_vain += match remote.claim(&name, stamped.stamp, &load.lead.flight, longest).await {
                Claimed::Held(claim) => return Asked::Stamped(Stamped { _claim: Some(claim), ..stamped }),
                Claimed::Unknown => return Asked::Stamped(stamped),
                Claimed::Landed => 1,
                Claimed::Waited => 0,
            };
            let until = remote.until();
            let loaded = remote.load(&name, form, until).await;
            match self.take_shared(loaded, &remote, until, policy).await {
                Asked::Stamped(now) => stamped = now,
                asked => return asked,
            }
            // Loads that came to nothing that is shared: they failed, or were overtaken.
            if clock.now() >= longest || in_vain >= PATIENT_FAILURES {
                return Asked::Stamped(stamped);
            }
        }
    }

    /// What the shared tier's word is good for.
    pub(super) async fn take_shared<P: Policy<T>>(
        &mut self,
        loaded: Loaded<T>,
        remote: &Remote,
        until: Ticks,
        policy: &P,
    ) -> Asked<W::Full> {
        let Some(plan) = &mut self.plan else { return Asked::Nothing };
        let loaded = match loaded {
            Loaded::Value(value, _) if !policy.is_valid(&value) => {
                // The same that memory had, in all likelihood: counted already.
                if plan.rejected.is_none() {
                    plan.function.stats.rejected();
                }
                remote.outdate(&plan.name, until).await
            }
            Loaded::Absent(..) if policy.keep_absence().is_none() => remote.outdate(&plan.name, until).await,
            loaded => loaded,
        };
        let ttl = |fresh: Freshness| fresh.map_or(Ttl::Never, Ttl::After);
        match loaded {
            Loaded::Value(value, fresh) => {
                let heap = self.shape.heap(&value);
                Asked::Answer(W::wrap(value.clone()), plan.entry(value, heap, ttl(fresh)), None)
            }
            Loaded::Absent(depth, fresh) => match W::absent(depth) {
                Some(full) => {
                    let entry = plan.negative(Negative::Absent(depth), ttl(fresh));
                    Asked::Answer(full, entry, Some(Landing::Absent(depth)))
                }
                // Another function's, whose return type has other layers.
                None => Asked::Nothing,
            },
            Loaded::Missing(stamp) => {
                let left = until.saturating_sub(plan.cache.inner.store.clock.now());
                Asked::Stamped(Stamped { stamp, left, _claim: None })
            }
            Loaded::Away => {
                plan.function.stats.error();
                Asked::Nothing
            }
        }
    }

    /// Tells the shared tier what the load came to, in what is left of its time. What a refresh was to replace does not
    /// stay there, whatever happens. Whether the tier has stored it.
    pub(super) async fn tell(&self, tell: Tell, stamped: Option<Stamped>, refreshes: bool) -> bool {
        let Some(plan) = &self.plan else { return false };
        let Some((remote, form)) = plan.remote(self.shape.codec) else {
            self.outdate(&tell, refreshes);
            return false;
        };
        let stored = match (tell, stamped) {
            (Tell::Nothing, _) => return false,
            (Tell::Record(write), Some(stamped)) => {
                let until = plan.cache.inner.store.clock.now().saturating_add(stamped.left);
                let content = match (write.absent, write.entry.value::<T>()) {
                    (Some(depth), _) => Err(depth),
                    (None, Some(value)) => Ok(value),
                    (None, None) => return false,
                };
                remote.store(&plan.name, form, content, write.ttl, stamped.stamp, until).await
            }
            (Tell::Record(_) | Tell::Gone, _) => false,
        };
        if refreshes && !stored {
            remote.owe_removal(Names::One(plan.name.to_string())).release();
            remote.keep();
        }
        stored
    }

    /// What a refresh has replaced in memory alone, another function may have in the shared tier.
    pub(super) fn outdate(&self, tell: &Tell, refreshes: bool) {
        let Some(plan) = self.plan.as_ref().filter(|_| refreshes && !matches!(tell, Tell::Nothing)) else { return };
        if let Some(owed) = plan.outdate_elsewhere() {
            owed.release();
            plan.cache.keep();
        }
    }
}
