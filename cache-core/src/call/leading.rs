//! A caller that leads a load: from its registration to its end, around the body.

use std::pin::{Pin, pin};
use std::time::Duration;

use super::ending::Concluded;
use super::load::{Asking, Miss, Step};
use super::loading::Leads;
use super::outcome::{CacheValue, Wrap};
#[cfg(feature = "shared")]
use super::passing::First;
use super::plan::Plan;
use super::policy::Policy;
#[cfg(feature = "shared")]
use super::shared::Asked;
use super::shared::Stamped;
use super::trace::Trace;
use crate::cache::background::Permit;
use crate::clock::{Ticks, span};
use crate::flight::{Attended, Landing, Led};
use crate::lookup::Lead;
use crate::stats::Counters;
use crate::store::NewEntry;

/// A call around its body: without a load it is the body and nothing else.
pub(super) struct Leading<T, W: Wrap<T>, P> {
    pub(super) miss: Miss<T, W>,
    pub(super) policy: P,
    pub(super) load: Option<Load>,
    pub(super) stamped: Option<Stamped>,
    /// A load that its caller does not wait for: it has its answer.
    pub(super) beside: Option<(Load, Permit)>,
    /// Of its body.
    pub(super) trace: Trace,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    pub(super) fn new(miss: Miss<T, W>, policy: P) -> Self {
        Self { miss, policy, load: None, stamped: None, beside: None, trace: Trace::OFF }
    }

    pub(super) fn of_load(miss: Miss<T, W>, policy: P, load: Load) -> Self {
        Self { load: Some(load), ..Self::new(miss, policy) }
    }

    /// Up to the duty to load: the answer, if there is one without it.
    pub(super) async fn approach(&mut self) -> Option<W::Full> {
        let mut approach = self.miss.approach()?;
        loop {
            match self.miss.step(&mut approach, Led::Task, &self.policy) {
                Step::Answered(full) => return Some(full),
                Step::Leads(load) => {
                    self.load = Some(load);
                    return None;
                }
                Step::Waits(wait) => {
                    let waited = wait.await;
                    if let Some(full) = self.miss.heed(&mut approach, waited, &self.policy) {
                        return Some(full);
                    }
                }
            }
        }
    }

    /// From the duty to load on: the shared tier's answer, or the body's.
    pub(super) async fn lead<F: FnOnce() -> Fut, Fut: Future<Output = W::Full>>(mut self, body: F) -> W::Full {
        match self.set_out(false).await {
            Some(full) => full,
            None => self.run_body(body).await,
        }
    }

    /// From the body on.
    pub(super) async fn run_body<F: FnOnce() -> Fut, Fut: Future<Output = W::Full>>(mut self, body: F) -> W::Full {
        let full = {
            let body = pin!(body());
            self.attended(body).await
        };
        let (full, left) = self.conclude(full);
        if let Some(left) = left {
            self.tell(left).await;
        }
        full
    }

    /// Leave to load beside the caller, where this caller has to load and there is one.
    pub(super) fn permit(&mut self) -> Option<Permit> {
        let load = self.load.as_mut()?;
        let permit = self.miss.plan.as_ref()?.cache.inner.background.permit();
        load.background = permit.is_some();
        permit
    }

    /// From the duty to load to the body: the answer, if the shared tier has it. `beside` says that the caller can leave a
    /// load behind.
    pub(super) async fn set_out(&mut self, beside: bool) -> Option<W::Full> {
        let load = self.load.take()?;
        // Without the feature it is not compiled: each return type has its own.
        #[cfg(feature = "shared")]
        if self.miss.has_shared() {
            let mut fetched = None;
            if let Some((mut question, until)) = self.miss.first_question(&load) {
                fetched = Some((load.attend(Pin::new(&mut question)).await, until));
            }
            let first = match fetched {
                Some((fetched, until)) => self.miss.first_word(fetched, until, &load, &self.policy, beside),
                None => First::Unasked,
            };
            let asked = match first {
                First::Passes(value, lived) => {
                    let full = W::wrap(value);
                    self.miss.pass(load, &full, &lived);
                    return Some(full);
                }
                First::Asked(asked @ (Asked::Answer(..) | Asked::Beside(..) | Asked::Nothing), _) => asked,
                first => {
                    let asking = self.miss.ask_shared(first, &load, &self.policy, beside);
                    // On the heap: a load that asks no shared tier is not to be moved about with room for this.
                    load.attend(Box::pin(asking).as_mut()).await
                }
            };
            match asked {
                Asked::Answer(given, entry, landing) => {
                    self.miss.answer_from_elsewhere(load, entry, landing);
                    return given.full::<W>();
                }
                Asked::Beside(given, new, landing, permit) => {
                    let entry = new.entry.clone();
                    if self.miss.answer_from_elsewhere(load, new, landing) {
                        self.beside = self.miss.renew(entry, &self.policy).map(|load| (load, permit));
                    }
                    return given.full::<W>();
                }
                Asked::Stamped(stamped) => self.stamped = Some(stamped),
                // Replaced before it came here.
                Asked::Replaceable(_) | Asked::Nothing => {}
            }
        }
        #[cfg(not(feature = "shared"))]
        let _ = beside;
        self.begin_body(load);
        None
    }

    pub(super) fn begin_body(&mut self, mut load: Load) {
        if let Some(plan) = &self.miss.plan {
            let asking = Asking { shape: &self.miss.shape, policy: &self.policy, answer: &mut None };
            self.trace = plan.begin_body(&mut load, &asking);
        }
        self.load = Some(load);
    }

    /// What is made of the body's answer, and of its load, where it is one's.
    pub(super) fn concluded(&mut self, full: W::Full) -> (W::Full, Option<Concluded>) {
        let Some(load) = self.load.take() else {
            self.miss.watched.bypassed();
            return (full, None);
        };
        let (full, ending) = self.miss.conclude(&load, &self.policy, full);
        (full, Some(Concluded::new(load, ending, &mut self.trace, &self.miss.watched)))
    }

    /// Runs a body that blocks.
    pub(super) fn run(mut self, body: impl FnOnce() -> W::Full) -> W::Full {
        let Some(load) = self.load.take() else {
            let full = body();
            self.miss.watched.bypassed();
            return full;
        };
        self.begin_body(load);
        let full = match &self.load {
            Some(load) => self.trace.within(|| load.lead.flight.run(body)),
            None => unreachable!("it has begun"),
        };
        let (full, concluded) = self.concluded(full);
        if let Some(concluded) = concluded {
            concluded.end(self.miss.plan.as_deref(), &self.miss.watched);
        }
        full
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// There is a shared tier, whether or not this function has to do with it.
    pub(super) fn has_shared(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.cache.inner.remote.is_some())
    }

    /// Ends a load with what the shared tier had; false if it was detached meanwhile.
    pub(super) fn answer_from_elsewhere(&self, mut load: Load, new: NewEntry, landing: Option<Landing>) -> bool {
        load.count(self.plan.as_deref(), Counters::hit_elsewhere);
        if let Some(plan) = &self.plan
            && !load.lead.is_a_refresh()
            && !new.entry.is_fresh(&plan.cache.inner.store.clock)
        {
            plan.function.stats.stale_served();
        }
        self.watched.elsewhere(self.plan.as_deref(), &new);
        load.lead.store(new, landing)
    }
}

pub(super) struct Load {
    pub(super) lead: Lead,
    pub(super) began: Ticks,
    /// As a hit or a miss.
    pub(super) counted: bool,
    /// How many loads one run of a body is for.
    pub(super) among: u32,
    /// Beside its callers.
    pub(super) background: bool,
}

impl Load {
    pub(super) fn new(lead: Lead, began: Ticks, counted: bool) -> Self {
        Self { lead, began, counted, among: 1, background: false }
    }

    /// Counts the request that it is for, once.
    pub(super) fn count(&mut self, plan: Option<&Plan>, as_what: fn(&Counters)) {
        if let Some(plan) = plan
            && !std::mem::replace(&mut self.counted, true)
        {
            as_what(&plan.function.stats);
        }
    }

    /// Its part of the time that its body took.
    pub(super) fn took(&self, now: Ticks) -> Duration {
        span(now.saturating_sub(self.began)) / self.among
    }

    pub(super) fn attend<'a, F: Future>(&'a self, part: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: Some(&self.lead.flight), span: None, part }
    }

    /// Ends it; false if its result is not to be stored: it was detached.
    pub(super) fn end(self, entry: Option<NewEntry>, landing: Option<Landing>) -> bool {
        match (entry, landing) {
            (Some(entry), landing) => self.lead.store(entry, landing),
            (None, landing) => self.lead.end(landing.unwrap_or(Landing::Abandoned)),
        }
    }
}
