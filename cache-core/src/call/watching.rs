//! What those who observe are told of a call, where it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::checked::Shaped;
use super::ending::Ending;
use super::load::Miss;
use super::negative::Negative;
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::probe::Shape;
use crate::clock::Clock;
use crate::entry::Stored;
use crate::flight::Waited;
use crate::observe::{CallOutcome, End, Forward, Watched};
use crate::registry::Site;
use crate::store::NewEntry;

/// What the body gave.
#[derive(Clone, Copy)]
pub(super) enum CameTo {
    Value,
    Absent,
    Error,
    /// An error, and its caller is answered with the plan's spare in its place.
    Bridged,
}

impl CameTo {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Absent => "absent",
            Self::Error | Self::Bridged => "error",
        }
    }
}

/// A call that is neither looked up nor stored.
pub fn bypass<S: Shaped>(shape: S, site: &'static Site, name: impl Fn() -> String) -> Miss<S::Value, S::Layers> {
    Miss::bypassing(site, shape.shape(), &name)
}

/// The name of an entry that is not asked for. A key's expression may count on what `when` has found not to be so.
fn name_of_bypassed(site: &Site, name: &dyn Fn() -> String) -> String {
    catch_unwind(AssertUnwindSafe(name)).unwrap_or_else(|_| site.info.texts.join("*"))
}

fn watched_bypass(site: &Site, name: &dyn Fn() -> String) -> Watched {
    Watched::call(&site.info, &|| (name_of_bypassed(site, name), Forward::Bypass))
}

/// A call that ends with an entry, as that stands.
pub(super) fn ended<'a>(entry: &'a Stored, clock: &'a Clock) -> End<'a> {
    End { detail: Negative::word(entry), ..End::with(entry, clock) }
}

impl Plan {
    fn watched(&self) -> Watched {
        Watched::call(&self.function.info, &|| (self.name.to_string(), self.forward()))
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
    /// Of a decorated call that goes to the cache.
    #[inline]
    pub(super) fn planned(plan: Plan, shape: Shape<T, W>) -> Self {
        let watched = plan.watched();
        Self { watched, ..Self::new(Some(plan), shape) }
    }

    /// Of a decorated call that is its body and nothing else.
    #[cold]
    pub(super) fn bypassing(site: &'static Site, shape: Shape<T, W>, name: &dyn Fn() -> String) -> Self {
        Self { watched: watched_bypass(site, name), ..Self::new(None, shape) }
    }
}

impl Watched {
    /// What a load is about to store, for [`loaded`](Self::loaded).
    #[inline]
    pub(super) fn kept(&self, ending: &Ending) -> Option<Stored> {
        let new = ending.entry.as_ref().filter(|_| self.is_on())?;
        Some(new.entry.clone())
    }

    /// The load that this caller led has ended; `told` says that the shared tier has stored it.
    #[inline]
    pub(super) fn loaded(&self, plan: Option<&Plan>, came_to: CameTo, kept: Option<Stored>, told: bool) {
        if let Some(plan) = plan.filter(|_| self.is_on()) {
            self.tell_loaded(plan, came_to, kept, told);
        }
    }

    #[cold]
    fn tell_loaded(&self, plan: &Plan, came_to: CameTo, kept: Option<Stored>, told: bool) {
        let store = &plan.cache.inner.store;
        let detail = match came_to {
            CameTo::Value => plan.rejected.as_ref().map(|_| "rejected"),
            CameTo::Absent | CameTo::Error | CameTo::Bridged => Some(came_to.word()),
        };
        let end = match (came_to, &plan.spare, &kept) {
            (CameTo::Bridged, Some(spare), _) => End { outcome: CallOutcome::Stale, ..ended(spare, &store.clock) },
            (_, _, Some(kept)) => {
                let in_memory = store.last(&plan.name).is_some_and(|entry| entry.is(kept));
                let entry = (in_memory || told).then_some((kept, &store.clock));
                End { entry, stored: entry.is_some(), ..End::of(CallOutcome::Miss) }
            }
            _ => End::of(CallOutcome::Miss),
        };
        self.end(End { detail, ..end });
    }

    /// The shared tier had the answer.
    #[inline]
    pub(super) fn elsewhere(&self, plan: Option<&Plan>, new: &NewEntry) {
        if let Some(plan) = plan.filter(|_| self.is_on()) {
            self.tell_elsewhere(plan, new);
        }
    }

    #[cold]
    fn tell_elsewhere(&self, plan: &Plan, new: &NewEntry) {
        self.end_with(End { detail: Some("shared"), ..End::with(&new.entry, &plan.cache.inner.store.clock) });
    }

    /// The call was its body and nothing else.
    #[inline]
    pub(super) fn bypassed(&self) {
        if self.is_on() {
            self.tell_bypassed();
        }
    }

    #[cold]
    fn tell_bypassed(&self) {
        self.end(End::of(CallOutcome::Bypass));
    }

    /// The call was answered with an entry of memory.
    #[inline]
    pub(super) fn served(&self, entry: &Stored, clock: &Clock) {
        if self.is_on() {
            self.tell_served(entry, clock);
        }
    }

    #[cold]
    fn tell_served(&self, entry: &Stored, clock: &Clock) {
        self.end_with(ended(entry, clock));
    }

    /// The call was answered with an entry of memory, after a wait for somebody else's load where it had begun to wait.
    #[inline]
    pub(super) fn answered(&self, plan: &Plan, entry: &Stored, waited: bool) {
        if self.is_on() {
            self.tell_answered(plan, entry, waited);
        }
    }

    #[cold]
    fn tell_answered(&self, plan: &Plan, entry: &Stored, waited: bool) {
        let clock = &plan.cache.inner.store.clock;
        if !waited {
            self.end_with(ended(entry, clock));
        } else if entry.is_fresh(clock) {
            self.tell_coalesced(plan, Some(entry));
        } else {
            // What stands in for a load that has failed.
            self.end(ended(entry, clock));
        }
    }

    /// What a wait came to, for [`coalesced`](Self::coalesced).
    #[inline]
    pub(super) fn landed(&self, waited: &Waited) -> Option<Stored> {
        match waited {
            Waited::Landed(landing) if self.is_on() => landing.entry(),
            _ => None,
        }
    }

    /// The call was answered with what somebody else's load came to; `landed` is its value's entry, stored or not.
    #[inline]
    pub(super) fn coalesced(&self, plan: &Plan, landed: Option<&Stored>) {
        if self.is_on() {
            self.tell_coalesced(plan, landed);
        }
    }

    #[cold]
    fn tell_coalesced(&self, plan: &Plan, landed: Option<&Stored>) {
        let store = &plan.cache.inner.store;
        let there = store.last(&plan.name);
        let entry = match landed {
            Some(landed) if !plan.in_memory() || there.as_ref().is_some_and(|there| there.is(landed)) => Some(landed),
            Some(_) => None,
            // An absence or an error: another load may have stored a value since.
            None => there.as_ref().filter(|there| Negative::word(there).is_some()),
        };
        let detail = entry.and_then(Negative::word);
        let entry = entry.map(|entry| (entry, &store.clock));
        self.end(End { entry, detail, ..End::of(CallOutcome::Coalesced) });
    }

    /// The call's time was over.
    pub(super) fn late(&self, entry: Option<(&Stored, &Clock)>) {
        let outcome = if entry.is_some() { CallOutcome::Stale } else { CallOutcome::Miss };
        self.end(End { entry, detail: Some("timeout"), ..End::of(outcome) });
    }
}
