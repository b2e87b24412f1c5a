//! What a load comes to: what is stored, and what those who wait and the shared tier are told.

use std::sync::Arc;

use super::leading::Load;
use super::load::Miss;
use super::negative::Negative;
use super::outcome::{CacheValue, Outcome, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::shared::Tell;
use super::trace::Trace;
use super::watching::CameTo;
use crate::clock::Ticks;
use crate::entry::Stored;
use crate::flight::{Landing, Shared};
use crate::lookup::Ttl;
use crate::observe::Watched;
use crate::store::NewEntry;

/// What a load comes to.
pub(super) struct Ending {
    pub(super) entry: Option<NewEntry>,
    /// For those who wait; else the entry itself.
    pub(super) landing: Option<Landing>,
    pub(super) tell: Tell,
    pub(super) came_to: CameTo,
}

impl Ending {
    fn nothing(landing: Landing, came_to: CameTo) -> Self {
        Self { entry: None, landing: Some(landing), tell: Tell::Nothing, came_to }
    }
}

/// A load whose body has answered.
pub(super) struct Concluded {
    pub(super) load: Load,
    pub(super) ending: Ending,
    /// What it is about to store, for those who observe.
    pub(super) kept: Option<Stored>,
    pub(super) refreshes: bool,
}

impl Concluded {
    pub(super) fn new(load: Load, ending: Ending, trace: &mut Trace, watched: &Watched) -> Self {
        trace.end(ending.came_to);
        let (kept, refreshes) = (watched.kept(&ending), load.lead.flight.refreshes);
        Self { load, ending, kept, refreshes }
    }

    /// Ends it, where there is no shared tier to tell.
    pub(super) fn end(self, plan: Option<&Plan>, watched: &Watched) {
        let Self { load, ending: Ending { entry, landing, tell, came_to }, kept, refreshes } = self;
        if load.end(entry, landing) {
            tell.outdate(plan, refreshes);
        }
        watched.loaded(plan, came_to, kept, false);
    }
}

impl Tell {
    /// What a refresh has replaced in memory alone, another function may have in the shared tier.
    pub(super) fn outdate(&self, plan: Option<&Plan>, refreshes: bool) {
        let Some(plan) = plan.filter(|_| refreshes && !matches!(self, Self::Nothing)) else { return };
        if let Some(owed) = plan.outdate_elsewhere() {
            owed.release();
            plan.cache.keep();
        }
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// What the load that this caller led comes to.
    pub(super) fn conclude<P: Policy<T>>(&mut self, load: &Load, policy: &P, full: W::Full) -> (W::Full, Ending) {
        let told = load.lead.flight.refreshes || self.has_shared();
        let Some(plan) = &mut self.plan else { return (full, Ending::nothing(Landing::Abandoned, CameTo::Value)) };
        #[cfg(cache_mutant = "tags_after_load")]
        {
            plan.tagging = None;
            plan.tag(policy);
        }
        match W::unwrap(full) {
            Outcome::Value(value) => {
                let now = plan.loaded(load);
                let said = policy.keep(&value);
                let heap = self.shape.measured(&value, policy, plan);
                let compare = |before: &Stored| self.shape.compare(before, &value);
                let ttl = plan.experienced(said, load, policy.is_unmodified(), &compare);
                let answer = W::wrap(value.clone());
                let tags = told.then(|| plan.tags_to_tell(policy));
                let new = plan.entry_made_at(now, value, heap, ttl.unwrap_or_default());
                (answer, plan.ends_with_value(new, ttl, tags))
            }
            Outcome::Absent(depth, full) => {
                plan.loaded(load);
                let ttl = policy.keep_absence();
                let tags = if told && ttl.is_some() { plan.tags_to_tell(policy) } else { Vec::new() };
                (full, plan.ends_with_absence(depth, ttl, tags))
            }
            Outcome::Failed(full) => {
                let shared = (self.shape.share)(&full).map(Arc::new);
                let (instead, ending) = self.fail(load, policy, shared);
                (instead.unwrap_or(full), ending)
            }
        }
    }

    /// What a load comes to that has failed, and what its caller is answered with in the error's place.
    pub(super) fn fail<P: Policy<T>>(
        &mut self,
        load: &Load,
        policy: &P,
        shared: Option<Arc<Shared>>,
    ) -> (Option<W::Full>, Ending) {
        let Some(plan) = &mut self.plan else { return (None, Ending::nothing(Landing::Abandoned, CameTo::Error)) };
        let mut instead = None;
        let mut read = |spare: &Stored| {
            instead = self.shape.read(spare, policy);
            instead.is_some()
        };
        let ending = plan.ends_with_error(load, shared, policy.keep_error(), &mut read);
        (instead, ending)
    }
}

/// What is the same for all types.
impl Plan {
    /// Counts a load that has not failed; gives the time.
    fn loaded(&self, load: &Load) -> Ticks {
        let now = self.now();
        self.function.stats.load(load.took(now), false);
        now
    }

    /// How long a value lives that is to live for `ttl`, as experience says and whoever operates the cache.
    fn experienced(
        &self,
        ttl: Option<Ttl>,
        load: &Load,
        unmodified: bool,
        compare: &dyn Fn(&Stored) -> Option<bool>,
    ) -> Option<Ttl> {
        let adapted = self.adapted(ttl?, load.lead.is_a_refresh(), unmodified, compare);
        Some(self.function.instead.get().unwrap_or(adapted))
    }

    /// The end with a value, which is not stored where it has no `ttl`. Without `tags` the shared tier is not told of it.
    fn ends_with_value(&self, mut new: NewEntry, ttl: Option<Ttl>, tags: Option<Vec<String>>) -> Ending {
        new.keep &= ttl.is_some();
        new.leave = ttl.is_none();
        let tell = match (ttl, tags) {
            (Some(ttl), Some(tags)) => Tell::of(new.entry.clone(), None, tags, self.cache.span(ttl).is_some()),
            _ => Tell::Nothing,
        };
        Ending { entry: Some(new), landing: None, tell, came_to: CameTo::Value }
    }

    fn ends_with_absence(&mut self, depth: u8, ttl: Option<Ttl>, tags: Vec<String>) -> Ending {
        let nothing = Ending::nothing(Landing::Absent(depth), CameTo::Absent);
        let Some(ttl) = ttl else { return Ending { tell: Tell::Gone, ..nothing } };
        let new = self.negative(Negative::Absent(depth), ttl);
        let tell = Tell::of(new.entry.clone(), Some(depth), tags, self.cache.span(ttl).is_some());
        Ending { entry: Some(new), tell, ..nothing }
    }

    /// The end with an error, stored for `ttl`; or with what is served in its place, if `read` takes that for an answer.
    fn ends_with_error(
        &mut self,
        load: &Load,
        shared: Option<Arc<Shared>>,
        ttl: Option<Ttl>,
        read: &mut dyn FnMut(&Stored) -> bool,
    ) -> Ending {
        let now = self.now();
        self.function.stats.load(load.took(now), true);
        self.load_failed();
        if load.lead.is_a_refresh() {
            self.function.stats.refresh_failed();
        }
        let mut ending = Ending::nothing(Landing::Failed(shared.clone()), CameTo::Error);
        if let Some(spare) = self.spare.take()
            && self.keeps_after_failure(&load.lead.flight, &spare, now)
        {
            // Of a refresh beside its callers nobody is given it.
            if !load.lead.is_a_refresh() && read(&spare) {
                self.count_bridged(&spare);
                ending.came_to = CameTo::Bridged;
                self.spare = Some(spare);
            }
            return ending;
        }
        // A refresh that fails keeps the value that it was to replace.
        if let (Some((ttl, shared)), false) = (ttl.zip(shared), load.lead.flight.refreshes) {
            ending.entry = Some(self.negative(Negative::Failed(shared), ttl));
        }
        ending
    }
}
