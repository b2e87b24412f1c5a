//! The shared tier's part in a load: it is asked before the body runs, and told what the body gave.

use super::approach::PATIENT_FAILURES;
use super::leading::Load;
use super::load::Miss;
use super::outcome::{CacheValue, Given, Wrap};
use super::passing::First;
use super::plan::Plan;
use super::policy::Policy;
use crate::cache::background::Permit;
use crate::clock::Ticks;
use crate::entry::{Standing, Stored};
use crate::flight::Landing;
use crate::key::Names;
use crate::lookup::Ttl;
use crate::store::NewEntry;
use crate::tier::{Claim, Claimed, Form, Loaded, Remote, Stamp};

/// Two entries that were made no further apart are taken for one: what a record says of its time is rounded.
const SAME: Ticks = 1 << 30;

/// What asking the shared tier came to.
pub(super) enum Asked<T> {
    /// An answer, which memory keeps for as long as it may be served there.
    Answer(Given<T>, NewEntry, Option<Landing>),
    /// An answer that is past its time or about to be, and the leave to have it made anew beside the caller.
    Beside(Given<T>, NewEntry, Option<Landing>, Permit),
    /// The body has to run, and what is there is to be outdated first. Whether it is past its time and is to go if there is
    /// nothing any more.
    Replaceable(bool),
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
    /// There is a record, past its time, that is to go if there is nothing any more.
    replaces: bool,
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
    tags: Vec<String>,
}

impl Tell {
    /// Of an entry, if it is to live at all.
    pub(super) fn of(entry: Stored, absent: Option<u8>, tags: Vec<String>, lives: bool) -> Self {
        if lives { Self::Record(Write { entry, absent, tags }) } else { Self::Gone }
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// Asks the shared tier, or goes on where its first word was no answer. The load is registered: what is invalidated
    /// from now on will not be stored in memory. `beside` says that the caller can have values made anew beside itself.
    pub(super) async fn ask_shared<P: Policy<T>>(
        &mut self,
        first: First<T>,
        load: &Load,
        policy: &P,
        beside: bool,
    ) -> Asked<T> {
        let Some(plan) = &self.plan else { return Asked::Nothing };
        let Some((remote, form)) = plan.remote(self.shape.codec) else { return Asked::Nothing };
        let (name, until) = (plan.name.clone(), remote.until());
        if load.lead.flight.refreshes {
            let stamp = remote.outdate(&name, until).await;
            if P::CONDITIONAL || plan.function.freshness.compares() {
                self.recall(&remote, form, until, policy).await;
            }
            let asked = self.take_shared(stamp, &remote, until, policy, load, beside);
            return self.replace(asked, &remote, until, None).await;
        }
        let (once, longest) = (plan.once_in_the_cluster(), plan.until(load.began));
        let clock = plan.cache.inner.store.clock.clone();
        let (mut waited, mut in_vain, mut first) = (false, 0, Some(first));
        loop {
            let (asked, until) = match first.take() {
                Some(First::Asked(asked, until)) => (asked, until),
                Some(First::Useless(useless, until)) => {
                    let loaded = remote.replace(&name, useless, until).await;
                    (self.take_shared(loaded, &remote, until, policy, load, beside), until)
                }
                _ => {
                    let until = remote.until();
                    let loaded = remote.load(&name, form, until).await;
                    (self.take_shared(loaded, &remote, until, policy, load, beside), until)
                }
            };
            let stamp = match &asked {
                Asked::Stamped(stamped) => Some(stamped.stamp),
                Asked::Replaceable(_) => None,
                _ => return asked,
            };
            // Loads that came to nothing that is shared: they failed, or were overtaken.
            let impatient = waited && (in_vain >= PATIENT_FAILURES || clock.now() >= longest);
            if !once || impatient {
                return self.replace(asked, &remote, until, None).await;
            }
            match remote.claim(&name, stamp, &load.lead.flight, longest).await {
                Claimed::Held(claim) => return self.replace(asked, &remote, until, Some(claim)).await,
                Claimed::Unknown => return self.replace(asked, &remote, until, None).await,
                Claimed::Landed => in_vain += 1,
                Claimed::Waited => {}
            }
            waited = true;
        }
    }

    /// For a load that replaces what there is, whatever it is, and asks what it was: memory may not have it.
    async fn recall<P: Policy<T>>(&mut self, remote: &Remote, form: Form<T>, until: Ticks, policy: &P) {
        let Some(plan) = &mut self.plan else { return };
        if plan.cache.inner.store.last(&plan.name).is_none()
            && let Some(Loaded::Value(value, lived, _)) = remote.show(&plan.name, form, until).await
            && policy.is_valid(&value)
        {
            let typed = plan.typed.clone();
            plan.former = Some(plan.entry_of_record(value, 0, &lived).entry);
            plan.typed = typed;
        }
    }

    /// What the shared tier's word is good for.
    pub(super) fn take_shared<P: Policy<T>>(
        &mut self,
        loaded: Loaded<T>,
        remote: &Remote,
        until: Ticks,
        policy: &P,
        load: &Load,
        beside: bool,
    ) -> Asked<T> {
        let Some(plan) = &mut self.plan else { return Asked::Nothing };
        // The entry that takes its place is found as quickly.
        let typed = plan.typed.clone();
        let (given, mut new, landing, lived, adopted) = match loaded {
            Loaded::Value(value, ..) | Loaded::Count(value) if !policy.is_valid(&value) => return plan.reject(),
            Loaded::Count(value) => {
                let heap = self.shape.heap(&value);
                let new = plan.entry(value.clone(), heap, Ttl::Never);
                return Asked::Answer(Given::Value(value), NewEntry { keep: false, ..new }, None);
            }
            Loaded::Value(value, lived, tags) => {
                let heap = self.shape.heap(&value);
                let adopted = plan.carries(policy, Some(&value), &tags);
                (Given::Value(value.clone()), plan.entry_of_record(value, heap, &lived), None, lived, adopted)
            }
            Loaded::Absent(..) if policy.keep_absence().is_none() => return Asked::Replaceable(false),
            Loaded::Absent(depth, lived, tags) if W::absent(depth).is_some() => {
                let adopted = plan.carries(policy, None, &tags);
                let new = plan.absence_of_record(depth, &lived);
                (Given::Absent(depth), new, Some(Landing::Absent(depth)), lived, adopted)
            }
            // Another function's, whose return type has other layers.
            Loaded::Absent(..) => return Asked::Nothing,
            Loaded::Missing(stamp) => return Asked::Stamped(plan.stamped(stamp, until, false)),
            Loaded::Away => {
                plan.function.stats.error();
                return Asked::Nothing;
            }
        };
        new.keep &= adopted;
        let standing = plan.function.freshness.standing_of(&lived);
        let (store, flight) = (&plan.cache.inner.store, &load.lead.flight);
        if load.lead.is_a_refresh() && standing != Standing::Fresh {
            plan.typed = typed;
            // It is this that the load is to make anew.
            return Asked::Replaceable(true);
        }
        let waits = matches!(standing, Standing::Due | Standing::Stale | Standing::Spare);
        if waits && remote.is_paced(&plan.name) {
            return Asked::Answer(given, new, landing);
        }
        match standing {
            Standing::Fresh => return Asked::Answer(given, new, landing),
            Standing::Due | Standing::Stale if store.is_renewed_beside(flight) => {
                return Asked::Answer(given, new, landing);
            }
            Standing::Due | Standing::Stale if beside => {
                if let Some(permit) = plan.cache.inner.background.permit() {
                    return Asked::Beside(given, new, landing, permit);
                }
            }
            _ => {}
        }
        match standing {
            Standing::Due => return Asked::Answer(given, new, landing),
            Standing::Stale | Standing::Spare => {
                // What memory has is at least as good, unless another process has made it anew since.
                let own = plan.spare.as_ref().is_some_and(|spare| new.entry.made <= spare.made.saturating_add(SAME));
                let entry = new.entry.clone();
                if !own && store.lend(flight, new) {
                    plan.spare = Some(entry);
                }
            }
            _ => plan.former = Some(new.entry),
        }
        plan.typed = typed;
        Asked::Replaceable(true)
    }

    /// Has what is there outdated, where the body has to run and takes the place of a record.
    pub(super) async fn replace(
        &self,
        asked: Asked<T>,
        remote: &Remote,
        until: Ticks,
        claim: Option<Claim>,
    ) -> Asked<T> {
        let replaces = match asked {
            Asked::Stamped(stamped) => return Asked::Stamped(Stamped { _claim: claim, ..stamped }),
            Asked::Replaceable(replaces) => replaces,
            asked => return asked,
        };
        let Some(plan) = &self.plan else { return Asked::Nothing };
        match remote.renew(&plan.name, until).await {
            Some(stamp) => Asked::Stamped(Stamped { _claim: claim, ..plan.stamped(stamp, until, replaces) }),
            None => {
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
            tell.outdate(self.plan.as_deref(), refreshes);
            return false;
        };
        // What is past its time is no answer where there is nothing any more.
        let mut outdated = refreshes;
        let stored = match (tell, stamped) {
            (Tell::Nothing, _) => return false,
            (Tell::Record(write), Some(stamped)) => {
                let until = plan.cache.inner.store.clock.now().saturating_add(stamped.left);
                let content = match (write.absent, write.entry.value::<T>()) {
                    (Some(depth), _) => Err(depth),
                    (None, Some(value)) => Ok(value),
                    (None, None) => return false,
                };
                let lived = write.entry.lived(plan.now());
                let (stamp, ttl) = (stamped.stamp, lived.remaining());
                match remote.seal(&plan.name, form, content, &lived) {
                    Some(record) => remote.put(&plan.name, &record, ttl, stamp, &write.tags, until).await,
                    None => false,
                }
            }
            (Tell::Gone, Some(stamped)) => {
                outdated |= stamped.replaces;
                false
            }
            (Tell::Record(_) | Tell::Gone, _) => false,
        };
        if outdated && !stored {
            remote.owe_removal(Names::One(plan.name.to_string())).release();
            remote.keep();
        }
        stored
    }
}

impl Plan {
    /// What the shared tier has is not good enough.
    pub(super) fn reject<T>(&self) -> Asked<T> {
        // The same that memory had, in all likelihood: counted already.
        if self.rejected.is_none() {
            self.function.stats.rejected();
        }
        Asked::Replaceable(false)
    }

    fn stamped(&self, stamp: Stamp, until: Ticks, replaces: bool) -> Stamped {
        let left = until.saturating_sub(self.now());
        Stamped { stamp, left, replaces, _claim: None }
    }
}
