//! A miss, on its way to an answer: wait for somebody else's load, or lead one.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;

use super::negative::Negative;
use super::outcome::{CacheValue, Outcome, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::shared::{Asked, Stamped, Tell};
use super::trace::Trace;
use super::watching::CameTo;
use crate::clock::{Ticks, span};
use crate::flight::{Attended, Landing, Led, Waited};
use crate::lookup::Lead;
use crate::observe::Watched;
use crate::stats::Counters;
use crate::store::{NewEntry, Verdict};
use crate::sync::block_on;

/// Failures of others that a caller waits for before it runs its own body beside theirs.
const PATIENT_FAILURES: u8 = 2;

/// A call that was not answered at once. Without a plan it is its body and nothing else.
pub struct Miss<T, W: Wrap<T>> {
    pub(super) plan: Option<Box<Plan>>,
    pub(super) shape: Shape<T, W>,
    pub(super) watched: Watched,
}

impl<T, W: Wrap<T>> fmt::Debug for Miss<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Miss").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    pub(crate) fn new(plan: Option<Plan>, shape: Shape<T, W>) -> Self {
        Self { plan: plan.map(Box::new), shape, watched: Watched::default() }
    }

    /// The answer: another caller's, the shared tier's, or the body's.
    ///
    /// On the heap, so that the future of a call that hits stays as small as its arguments.
    ///
    /// # Cancel safety
    /// Dropping the future while it waits leaves the load to the others; dropping it while it runs the body hands the
    /// load over to one of those that wait.
    pub fn load<P: Policy<T>, F: FnOnce() -> Fut, Fut: Future<Output = W::Full>>(
        self,
        policy: P,
        body: F,
    ) -> Pin<Box<impl Future<Output = W::Full> + use<T, W, P, F, Fut>>> {
        // Little is here: it is compiled once per function, and what it calls once per type.
        Box::pin(async move {
            let led = match self.begin(policy).await {
                Begun::Answered(full) => return full,
                Begun::Runs(led) => led,
            };
            let full = {
                // Inside the load's scope: a body is gone before the next leader's begins.
                let body = pin!(body());
                led.attend(body).await
            };
            led.finish(full).await
        })
    }

    /// Up to the body.
    async fn begin<P: Policy<T>>(mut self, policy: P) -> Begun<T, W, P> {
        match self.approach(Led::Task, &policy).await {
            Approach::Answered(full) => Begun::Answered(full),
            Approach::Uncached => {
                Begun::Runs(Leading { miss: self, policy, load: None, stamped: None, trace: Trace::OFF })
            }
            Approach::Leads(load) => self.set_out(load, policy).await,
        }
    }

    /// From the duty to load on: the answer, the shared tier's or the body's.
    pub(super) async fn lead<P: Policy<T>, F: FnOnce() -> Fut, Fut: Future<Output = W::Full>>(
        self,
        load: Load,
        policy: P,
        body: F,
    ) -> W::Full {
        let led = match self.set_out(load, policy).await {
            Begun::Answered(full) => return full,
            Begun::Runs(led) => led,
        };
        let full = {
            let body = pin!(body());
            led.attend(body).await
        };
        led.finish(full).await
    }

    /// From the duty to load to the body.
    async fn set_out<P: Policy<T>>(mut self, mut load: Load, policy: P) -> Begun<T, W, P> {
        let asked = load.attend(pin!(self.ask_shared(&load, &policy))).await;
        let stamped = match asked {
            Asked::Answer(full, entry, landing) => {
                self.count(&mut load, Counters::hit_elsewhere);
                self.watched_elsewhere(&entry);
                load.lead.store(entry, landing);
                return Begun::Answered(full);
            }
            Asked::Stamped(stamped) => Some(stamped),
            Asked::Nothing => None,
        };
        self.count(&mut load, Counters::miss);
        let trace = self.trace(&load);
        Begun::Runs(Leading { miss: self, policy, load: Some(load), stamped, trace })
    }

    /// [`load`](Self::load) for sync functions: waits by blocking the thread, and asks no shared tier.
    pub fn load_blocking<P: Policy<T>, F: FnOnce() -> W::Full>(mut self, policy: P, body: F) -> W::Full {
        match block_on(self.approach(Led::Thread, &policy)) {
            Approach::Answered(full) => full,
            Approach::Uncached => {
                let full = body();
                self.watched.bypassed();
                full
            }
            Approach::Leads(load) => self.lead_blocking(load, &policy, body),
        }
    }

    /// [`lead`](Self::lead) for sync functions.
    pub(super) fn lead_blocking<P: Policy<T>, F: FnOnce() -> W::Full>(
        mut self,
        mut load: Load,
        policy: &P,
        body: F,
    ) -> W::Full {
        self.count(&mut load, Counters::miss);
        let mut trace = self.trace(&load);
        let full = trace.within(|| load.lead.flight.run(body));
        let (full, ending) = self.conclude(&load, policy, full);
        trace.end(ending.came_to.word());
        let seen = self.kept(&ending);
        let refreshes = load.lead.flight.refreshes;
        load.end(ending.entry, ending.landing);
        self.outdate(&ending.tell, refreshes);
        self.watched_load(&ending.came_to, seen, false);
        full
    }

    /// Asks the store, and waits, until there is an answer or this caller is to load.
    pub(super) async fn approach<P: Policy<T>>(&mut self, led: Led, policy: &P) -> Approach<W::Full> {
        let Some(plan) = &mut self.plan else { return Approach::Uncached };
        let mut now = plan.now();
        let until = plan.until(now);
        let mut failures = 0;
        let mut alone = false;
        // A refresh is no request; any other call is counted once, as what it turned out to be.
        let mut counted = plan.refresh;
        loop {
            plan.tag(policy);
            let verdict = plan.ask::<T>(led, P::NEGATIVE, alone, until);
            let wait = match verdict {
                Verdict::Hit(entry) | Verdict::Stale(entry) => match self.shape.read(&entry, policy) {
                    Some(full) => {
                        let stats = &plan.function.stats;
                        // A miss already: another caller's load has answered it meanwhile.
                        let sample = if counted {
                            stats.coalesced();
                            None
                        } else {
                            stats.hit()
                        };
                        entry.visit(sample);
                        if plan.serves_stale() && !entry.is_fresh(&plan.cache.inner.store.clock) {
                            stats.stale_served();
                        }
                        let clock = &plan.cache.inner.store.clock;
                        self.watched.answered(Some((&entry, clock)), counted);
                        return Approach::Answered(full);
                    }
                    None => {
                        if entry.value::<T>().is_some() {
                            plan.function.stats.rejected();
                        }
                        plan.rejected = Some(entry);
                        continue;
                    }
                },
                Verdict::Load(flight, spare) => {
                    plan.spare = spare;
                    let lead = Lead::new(flight, plan.cache.inner.store.clone());
                    return Approach::Leads(Load::new(lead, now, counted));
                }
                Verdict::Wait(wait) => wait,
            };
            if !std::mem::replace(&mut counted, true) {
                plan.function.stats.miss();
            }
            let mut landed = None;
            let answer = match wait.await {
                Waited::Landed(Landing::Failed(_)) if plan.may_bridge() => {
                    // The next question is answered with what may stand in for it, or else begins a load.
                    Err(Unanswered::Failed)
                }
                Waited::Landed(landing) => {
                    landed = self.watched.is_on().then(|| landing.entry()).flatten();
                    self.shape.land(landing)
                }
                Waited::Expired => Err(Unanswered::Alone),
            };
            match answer {
                Ok(full) => {
                    plan.function.stats.coalesced();
                    let clock = &plan.cache.inner.store.clock;
                    self.watched.answered(landed.as_ref().map(|entry| (entry, clock)), true);
                    return Approach::Answered(full);
                }
                Err(Unanswered::Abandoned) => {}
                Err(Unanswered::Failed) => failures += 1,
                Err(Unanswered::Alone) => alone = true,
            }
            alone |= failures >= PATIENT_FAILURES;
            now = plan.now();
        }
    }

    /// Counts a request, once.
    fn count(&self, load: &mut Load, as_what: fn(&Counters)) {
        if let Some(plan) = &self.plan
            && !std::mem::replace(&mut load.counted, true)
        {
            as_what(&plan.function.stats);
        }
    }

    /// What the load that this caller led comes to.
    fn conclude<P: Policy<T>>(&mut self, load: &Load, policy: &P, full: W::Full) -> (W::Full, Ending) {
        let nothing = |landing, came_to| Ending { entry: None, landing: Some(landing), tell: Tell::Nothing, came_to };
        let Some(plan) = &mut self.plan else { return (full, nothing(Landing::Abandoned, CameTo::Value)) };
        let now = plan.now();
        let took = span(now.saturating_sub(load.began));
        match W::unwrap(full) {
            Outcome::Value(value) => {
                plan.function.stats.load(took, false);
                let ttl = policy.keep(&value);
                let ttl = ttl.map(|ttl| self.shape.adapted(plan, &value, ttl, load.lead.is_a_refresh()));
                let ttl = ttl.map(|ttl| plan.function.instead.get().unwrap_or(ttl));
                let heap = self.shape.heap(&value);
                plan.tags_of_value = policy.tags_of(&value);
                let answer = W::wrap(value.clone());
                let mut new = plan.entry_made_at(now, value, heap, ttl.unwrap_or_default());
                new.keep &= ttl.is_some();
                new.leave = ttl.is_none();
                let tell = match ttl {
                    None => Tell::Nothing,
                    Some(ttl) => Tell::of(new.entry.clone(), None, plan.cache.span(ttl)),
                };
                (answer, Ending { entry: Some(new), landing: None, tell, came_to: CameTo::Value })
            }
            Outcome::Absent(depth, full) => {
                plan.function.stats.load(took, false);
                let landing = Landing::Absent(depth);
                let ending = match policy.keep_absence() {
                    None => Ending { tell: Tell::Gone, ..nothing(landing, CameTo::Absent) },
                    Some(ttl) => {
                        let new = plan.negative(Negative::Absent(depth), ttl);
                        let tell = Tell::of(new.entry.clone(), Some(depth), plan.cache.span(ttl));
                        Ending { entry: Some(new), landing: Some(landing), tell, came_to: CameTo::Absent }
                    }
                };
                (full, ending)
            }
            Outcome::Failed(full) => {
                plan.function.stats.load(took, true);
                plan.load_failed();
                if load.lead.is_a_refresh() {
                    plan.function.stats.refresh_failed();
                }
                let shared = (self.shape.share)(&full).map(Arc::new);
                if let Some(spare) = plan.spare.take()
                    && plan.keeps_after_failure(&spare, now)
                {
                    return match self.shape.read(&spare, policy) {
                        Some(answer) => (answer, nothing(Landing::Failed(shared), CameTo::Error(Some(spare)))),
                        None => (full, nothing(Landing::Failed(shared), CameTo::Error(None))),
                    };
                }
                let mut ending = nothing(Landing::Failed(shared.clone()), CameTo::Error(None));
                // A refresh that fails keeps the value that it was to replace.
                if let (Some((ttl, shared)), false) = (policy.keep_error().zip(shared), load.lead.flight.refreshes) {
                    ending.entry = Some(plan.negative(Negative::Failed(shared), ttl));
                }
                (full, ending)
            }
        }
    }
}

/// A call before its body.
#[allow(clippy::large_enum_variant, reason = "it lives in a boxed future")]
enum Begun<T, W: Wrap<T>, P> {
    Answered(W::Full),
    Runs(Leading<T, W, P>),
}

/// A call whose body runs: without a load it is the body and nothing else.
struct Leading<T, W: Wrap<T>, P> {
    miss: Miss<T, W>,
    policy: P,
    load: Option<Load>,
    stamped: Option<Stamped>,
    trace: Trace,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    fn attend<'a, F: Future>(&'a self, part: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: self.load.as_ref().map(|load| &load.lead.flight), span: self.trace.span(), part }
    }

    /// From the body's answer on.
    async fn finish(mut self, full: W::Full) -> W::Full {
        let Some(load) = self.load else {
            self.miss.watched.bypassed();
            return full;
        };
        let refreshes = load.lead.flight.refreshes;
        let (full, ending) = self.miss.conclude(&load, &self.policy, full);
        self.trace.end(ending.came_to.word());
        let seen = self.miss.kept(&ending);
        let Ending { entry, landing, mut tell, came_to } = ending;
        let mut told = false;
        if self.miss.plan.as_ref().is_some_and(|plan| !plan.in_memory()) {
            // Those who wait, and those to come, find it in the shared tier once the flight is over.
            let tell = std::mem::replace(&mut tell, Tell::Nothing);
            told = load.attend(pin!(self.miss.tell(tell, self.stamped, refreshes))).await;
            load.end(entry, landing);
        } else if load.end(entry, landing) {
            told = self.miss.tell(tell, self.stamped, refreshes).await;
        }
        self.miss.watched_load(&came_to, seen, told);
        full
    }
}

/// What a load comes to.
pub(super) struct Ending {
    pub(super) entry: Option<NewEntry>,
    /// For those who wait; else the entry itself.
    landing: Option<Landing>,
    tell: Tell,
    pub(super) came_to: CameTo,
}

pub(super) enum Approach<R> {
    Answered(R),
    Leads(Load),
    Uncached,
}

pub(super) struct Load {
    pub(super) lead: Lead,
    pub(super) began: Ticks,
    /// As a hit or a miss.
    counted: bool,
    /// Beside its callers.
    pub(super) background: bool,
}

impl Load {
    pub(super) fn new(lead: Lead, began: Ticks, counted: bool) -> Self {
        Self { lead, began, counted, background: false }
    }

    pub(super) fn in_background(self) -> Self {
        Self { background: true, ..self }
    }

    fn attend<'a, F: Future>(&'a self, part: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: Some(&self.lead.flight), span: None, part }
    }

    /// Ends it; false if its result is not to be stored: it was detached.
    fn end(self, entry: Option<NewEntry>, landing: Option<Landing>) -> bool {
        match (entry, landing) {
            (Some(entry), landing) => self.lead.store(entry, landing),
            (None, landing) => self.lead.end(landing.unwrap_or(Landing::Abandoned)),
        }
    }
}

/// Why another caller's load was no answer.
enum Unanswered {
    Abandoned,
    Failed,
    /// This caller is not to wait again.
    Alone,
}

impl<T: CacheValue, W: Wrap<T>> Shape<T, W> {
    /// What another caller's load came to, as this function's answer.
    fn land(&self, landing: Landing) -> Result<W::Full, Unanswered> {
        match landing {
            // A flight is joined by its value's type, so the value is one.
            Landing::Value(entry) => entry.value::<T>().map(|value| W::wrap(value.clone())).ok_or(Unanswered::Alone),
            // The function that shares the entry may have another return type, which says less or more.
            Landing::Absent(depth) => W::absent(depth).ok_or(Unanswered::Alone),
            Landing::Failed(Some(shared)) => (self.unshare)(&shared).ok_or(Unanswered::Failed),
            Landing::Failed(None) => Err(Unanswered::Failed),
            Landing::Abandoned => Err(Unanswered::Abandoned),
        }
    }
}
