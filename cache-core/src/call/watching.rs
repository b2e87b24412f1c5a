//! What those who observe are told of a call, where it ends.

use super::load::{Ending, Miss};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::entry::Stored;
use crate::key::{Segments, render};
use crate::observe::{CallOutcome, End, Forward, Watched, seen};
use crate::registry::{Function, Site};
use crate::store::NewEntry;

/// What the body gave.
pub(super) enum CameTo {
    Value,
    Absent,
    /// And what its caller is answered with in its place.
    Error(Option<Stored>),
}

impl CameTo {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Absent => "absent",
            Self::Error(_) => "error",
        }
    }
}

/// A call that is neither looked up nor stored.
pub fn bypass<T: CacheValue, W: Wrap<T>>(
    shape: &Shape<T, W>,
    site: &'static Site,
    name: impl FnOnce() -> String,
) -> Miss<T, W> {
    let watched = Watched::call(&site.info, || (name(), Forward::Bypass));
    Miss { watched, ..Miss::new(None, *shape) }
}

/// A hit, told to those who observe.
#[inline(never)]
pub(super) fn hit_seen<K: Segments, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    function: &Function,
    shape: &Shape<T, W>,
    key: &K,
    cache: &Cache,
    policy: &P,
) -> Option<W::Full> {
    let store = &cache.inner.store;
    store.hit::<T, _, _>(function, key, |entry| {
        let full = shape.read(entry, policy)?;
        seen(&function.info, entry, &store.clock);
        Some(full)
    })
}

impl Plan {
    fn watched(&self) -> Watched {
        Watched::call(&self.function.info, || (self.name.clone(), self.forward()))
    }

    fn forward(&self) -> Forward {
        let store = &self.cache.inner.store;
        let past_its_time = || store.last(&self.name).is_some_and(|entry| !entry.is_fresh(&store.clock));
        if self.refresh {
            Forward::Request
        } else if past_its_time() {
            Forward::Stale
        } else {
            Forward::Miss
        }
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// Of a decorated call; without a plan it is its body and nothing else.
    pub(super) fn of_call<K: Segments>(site: &'static Site, key: &K, plan: Option<Plan>, shape: &Shape<T, W>) -> Self {
        match plan {
            Some(plan) => Self { watched: plan.watched(), ..Self::new(Some(plan), *shape) },
            None => bypass(shape, site, || render(site.info.texts, key)),
        }
    }

    /// The shared tier had the answer.
    pub(super) fn watched_elsewhere(&self, new: &NewEntry) {
        if let Some(plan) = self.plan.as_ref().filter(|_| self.watched.is_on()) {
            let entry = Some((&new.entry, &plan.cache.inner.store.clock));
            self.watched.end(End { entry, detail: Some("shared"), ..End::of(CallOutcome::Hit) });
        }
    }

    /// What a load is about to store, for [`watched_load`](Self::watched_load).
    pub(super) fn kept(&self, ending: &Ending) -> Option<Stored> {
        let new = ending.entry.as_ref().filter(|_| self.watched.is_on())?;
        Some(new.entry.clone())
    }

    /// The load that this caller led has ended; `told` says that the shared tier has stored it.
    pub(super) fn watched_load(&self, came_to: &CameTo, kept: Option<Stored>, told: bool) {
        if self.watched.is_on() {
            self.tell_of_load(came_to, kept, told);
        }
    }

    #[cold]
    fn tell_of_load(&self, came_to: &CameTo, kept: Option<Stored>, told: bool) {
        let Some(plan) = &self.plan else { return };
        let store = &plan.cache.inner.store;
        let detail = match came_to {
            CameTo::Value => plan.rejected.as_ref().map(|_| "rejected"),
            CameTo::Absent | CameTo::Error(_) => Some(came_to.word()),
        };
        let end = match (came_to, &kept) {
            (CameTo::Error(Some(spare)), _) => End { outcome: CallOutcome::Stale, ..End::with(spare, &store.clock) },
            (_, Some(kept)) => {
                let in_memory = store.last(&plan.name).is_some_and(|entry| entry.is(kept));
                let entry = (in_memory || told).then_some((kept, &store.clock));
                End { entry, stored: entry.is_some(), ..End::of(CallOutcome::Miss) }
            }
            (_, None) => End::of(CallOutcome::Miss),
        };
        self.watched.end(End { detail, ..end });
    }
}

impl Watched {
    /// The call was its body and nothing else.
    pub(super) fn bypassed(&self) {
        self.end(End::of(CallOutcome::Bypass));
    }

    /// The call was answered with an entry, after a wait for somebody else's load where it had begun to wait.
    #[inline]
    pub(super) fn answered(&self, entry: Option<(&Stored, &Clock)>, waited: bool) {
        match entry {
            Some((entry, clock)) if !waited => self.served(entry, clock),
            entry => self.end(End { entry, ..End::of(CallOutcome::Coalesced) }),
        }
    }

    /// The call's time was over.
    pub(super) fn late(&self, entry: Option<(&Stored, &Clock)>) {
        let outcome = if entry.is_some() { CallOutcome::Stale } else { CallOutcome::Miss };
        self.end(End { entry, detail: Some("timeout"), ..End::of(outcome) });
    }
}
