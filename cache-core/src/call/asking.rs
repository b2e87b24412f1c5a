//! What a call asks the store, and what it may be answered with.

use std::sync::Arc;

use super::negative::Negative;
use super::plan::Plan;
use super::policy::Policy;
use crate::clock::{self, NEVER, Ticks};
use crate::entry::{self, Copied, ValueType};
use crate::flight::{Flight, Led};
use crate::store::{Ask, Glance, Sought, Verdict};

/// What a call looks for: a value of that type and, where they are stored, absences and errors.
pub(super) const fn sought<T: 'static>(negative: bool) -> Sought {
    let instead = if negative { Some(ValueType::of::<Negative>()) } else { None };
    Sought { value: ValueType::of::<T>(), instead }
}

impl Plan {
    /// One question to the store.
    pub(super) fn ask(&mut self, sought: Sought, led: Led, alone: bool, until: Ticks) -> Verdict {
        let refresh = std::mem::take(&mut self.refresh);
        self.note_beginning();
        // It goes to an entry that is found.
        let mut typed = self.typed.take();
        let question = self.question(sought, led, until);
        let ask = Ask { refresh, alone: alone || question.alone, ..question };
        let verdict = self.cache.inner.store.begin(&ask, &mut typed);
        self.typed = typed;
        verdict
    }

    fn question(&self, sought: Sought, led: Led, until: Ticks) -> Ask<'_> {
        Ask {
            name: &self.name,
            sought,
            rejected: self.rejected.as_ref(),
            led,
            refresh: false,
            stale: self.function.freshness.keeps_stale(),
            alone: !self.function.info.single_flight,
            until,
            tagging: self.tagging.as_ref(),
            copied: self.copied(),
        }
    }

    /// Whether the call is answered at once, with a value that may have to be made anew.
    pub(super) fn glance(&mut self, sought: Sought, led: Led) -> Option<Glance> {
        self.note_beginning();
        self.cache.inner.store.glance(&self.question(sought, led, NEVER))
    }

    /// What a load that began when that was noted is trusted by.
    fn copied(&self) -> Option<Copied> {
        self.trust().zip(self.began).map(|(trust, began)| trust.copy(began))
    }

    /// Notes when a load begins that may follow, where a copy is trusted from then on.
    fn note_beginning(&mut self) {
        if self.trust().is_some() {
            self.began = Some(self.now());
        }
    }

    /// The duty to make anew what the shared tier has and memory does not keep.
    pub(super) fn renew_elsewhere(&self, sought: Sought, entry: &entry::Stored) -> Option<Arc<Flight>> {
        self.cache.inner.store.renew_elsewhere(&self.question(sought, Led::Task, NEVER), entry)
    }

    /// Notes the tags of what a load that begins now may give, where they are not noted or one was invalidated since.
    pub(super) fn tag<T, P: Policy<T>>(&mut self, policy: &P) {
        if P::TAGGED && !self.tagging.as_ref().is_some_and(|tagging| tagging.is_current()) {
            self.tagging = Some(self.cache.inner.store.tags.tagging(&policy.tags(), P::TAGGED_BY_VALUE));
        }
    }

    /// Whether the call may be answered with a value past its time.
    pub(super) fn serves_stale(&self) -> bool {
        self.function.freshness.keeps_stale()
    }

    /// Whether such a value may stand in for a load that failed.
    pub(super) fn may_bridge(&self) -> bool {
        !self.function.freshness.stale_if_error.is_zero()
    }

    /// What the shared tier has under this name, past its time, is not made anew again before `retry_after`.
    pub(super) fn pace(&self) {
        if let Some(remote) = &self.cache.inner.remote {
            remote.pace(&self.name, self.function.freshness.retry_after);
        }
    }

    /// Counts an answer that stands in for a load that failed.
    pub(super) fn count_bridged(&self, spare: &entry::Stored) {
        if !spare.is_fresh(&self.cache.inner.store.clock) {
            self.function.stats.stale_served();
        }
    }

    /// Puts off the next attempt at an entry that could not be made anew; whether it may be served meanwhile.
    pub(super) fn keeps_after_failure(&self, flight: &Flight, spare: &entry::Stored, now: Ticks) -> bool {
        let retry_after = self.function.freshness.retry_after;
        let store = &self.cache.inner.store;
        let next = clock::after(now, retry_after);
        if store.keep_after_failure(spare, next).is_some() {
            return true;
        }
        // Lent by the shared tier, and not in memory: what reads it there next has to know.
        let lent = flight.lent.get().is_some_and(|lent| lent.is(spare)) && store.is_attached(flight);
        if lent && !store.has(spare) {
            self.pace();
            return spare.is_fresh(&store.clock) || spare.terms.as_ref().is_some_and(|terms| terms.bridges_error(now));
        }
        false
    }
}
