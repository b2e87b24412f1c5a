//! What a load comes to: what is stored, and what those who wait and the shared tier are told.

use std::sync::Arc;

use super::leading::Load;
use super::load::Miss;
use super::negative::Negative;
use super::outcome::{CacheValue, Outcome, Wrap};
use super::policy::Policy;
use super::shared::Tell;
use super::watching::CameTo;
use crate::flight::{Landing, Shared};
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
        let now = plan.now();
        let took = load.took(now);
        match W::unwrap(full) {
            Outcome::Value(value) => {
                plan.function.stats.load(took, false);
                let ttl = policy.keep(&value);
                let ttl = ttl
                    .map(|ttl| self.shape.adapted(plan, &value, ttl, load.lead.is_a_refresh(), policy.is_unmodified()));
                let ttl = ttl.map(|ttl| plan.function.instead.get().unwrap_or(ttl));
                let heap = self.shape.heap(&value);
                plan.tags_of_value = policy.tags_of(&value);
                let answer = W::wrap(value.clone());
                let tags = if told { plan.tags_to_tell(policy) } else { Vec::new() };
                let mut new = plan.entry_made_at(now, value, heap, ttl.unwrap_or_default());
                new.keep &= ttl.is_some();
                new.leave = ttl.is_none();
                let tell = match ttl {
                    Some(ttl) if told => Tell::of(new.entry.clone(), None, tags, plan.cache.span(ttl).is_some()),
                    _ => Tell::Nothing,
                };
                (answer, Ending { entry: Some(new), landing: None, tell, came_to: CameTo::Value })
            }
            Outcome::Absent(depth, full) => {
                plan.function.stats.load(took, false);
                let landing = Landing::Absent(depth);
                let ending = match policy.keep_absence() {
                    None => Ending { tell: Tell::Gone, ..Ending::nothing(landing, CameTo::Absent) },
                    Some(ttl) => {
                        let tags = if told { plan.tags_to_tell(policy) } else { Vec::new() };
                        let new = plan.negative(Negative::Absent(depth), ttl);
                        let tell = Tell::of(new.entry.clone(), Some(depth), tags, plan.cache.span(ttl).is_some());
                        Ending { entry: Some(new), landing: Some(landing), tell, came_to: CameTo::Absent }
                    }
                };
                (full, ending)
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
        let now = plan.now();
        plan.function.stats.load(load.took(now), true);
        plan.load_failed();
        if load.lead.is_a_refresh() {
            plan.function.stats.refresh_failed();
        }
        let mut ending = Ending::nothing(Landing::Failed(shared.clone()), CameTo::Error);
        if let Some(spare) = plan.spare.take()
            && plan.keeps_after_failure(&load.lead.flight, &spare, now)
        {
            // Of a refresh beside its callers nobody is given it.
            let instead = self.shape.read(&spare, policy).filter(|_| !load.lead.is_a_refresh());
            if instead.is_some() {
                plan.count_bridged(&spare);
                ending.came_to = CameTo::Bridged;
                plan.spare = Some(spare);
            }
            return (instead, ending);
        }
        // A refresh that fails keeps the value that it was to replace.
        if let (Some((ttl, shared)), false) = (policy.keep_error().zip(shared), load.lead.flight.refreshes) {
            ending.entry = Some(plan.negative(Negative::Failed(shared), ttl));
        }
        (None, ending)
    }
}
