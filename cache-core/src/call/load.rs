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
use crate::clock::{Ticks, span};
use crate::flight::{Attended, Landing, Led, Waited};
use crate::lookup::Lead;
use crate::stats::Counters;
use crate::store::{NewEntry, Verdict};
use crate::sync::block_on;

/// Failures of others that a caller waits for before it runs its own body beside theirs.
const PATIENT_FAILURES: u8 = 2;

/// A call that was not answered at once. Without a plan it is its body and nothing else.
pub struct Miss<T, W: Wrap<T>> {
    pub(super) plan: Option<Box<Plan>>,
    pub(super) shape: Shape<T, W>,
}

impl<T, W: Wrap<T>> fmt::Debug for Miss<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Miss").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    pub(crate) fn new(plan: Option<Plan>, shape: Shape<T, W>) -> Self {
        Self { plan: plan.map(Box::new), shape }
    }

    /// The answer: another caller's, the shared tier's, or the body's.
    ///
    /// The body is a future that has done nothing yet: it begins with its first poll, when this caller leads the load.
    /// On the heap, so that the future of a call that hits stays as small as its arguments.
    ///
    /// # Cancel safety
    /// Dropping the future while it waits leaves the load to the others; dropping it while it runs the body hands the
    /// load over to one of those that wait.
    pub fn load<P: Policy<T>, F: Future<Output = W::Full>>(
        self,
        policy: P,
        body: F,
    ) -> Pin<Box<impl Future<Output = W::Full> + use<T, W, P, F>>> {
        // Little is here: it is compiled once per function, and what it calls once per type.
        Box::pin(async move {
            let led = match self.begin(policy).await {
                Begun::Answered(full) => return full,
                Begun::Runs(led) => led,
            };
            let full = {
                // Inside the load's scope: a body is gone before the next leader's begins.
                let body = pin!(body);
                led.attend(body).await
            };
            led.finish(full).await
        })
    }

    /// Up to the body.
    async fn begin<P: Policy<T>>(mut self, policy: P) -> Begun<T, W, P> {
        let mut load = match self.approach(Led::Task, &policy).await {
            Approach::Answered(full) => return Begun::Answered(full),
            Approach::Uncached => return Begun::Runs(Leading { miss: self, policy, load: None, stamped: None }),
            Approach::Leads(load) => load,
        };
        let asked = load.attend(pin!(self.ask_shared(&load, &policy))).await;
        let stamped = match asked {
            Asked::Answer(full, entry, landing) => {
                self.count(&mut load, Counters::hit_elsewhere);
                load.lead.store(entry, landing);
                return Begun::Answered(full);
            }
            Asked::Stamped(stamped) => Some(stamped),
            Asked::Nothing => None,
        };
        self.count(&mut load, Counters::miss);
        Begun::Runs(Leading { miss: self, policy, load: Some(load), stamped })
    }

    /// [`load`](Self::load) for sync functions: waits by blocking the thread, and asks no shared tier.
    pub fn load_blocking<P: Policy<T>, F: FnOnce() -> W::Full>(mut self, policy: P, body: F) -> W::Full {
        match block_on(self.approach(Led::Thread, &policy)) {
            Approach::Answered(full) => full,
            Approach::Uncached => body(),
            Approach::Leads(mut load) => {
                self.count(&mut load, Counters::miss);
                let full = load.lead.flight.run(body);
                let (full, ending) = self.conclude(&load, &policy, full);
                let refreshes = load.lead.flight.refreshes;
                load.end(ending.entry, ending.landing);
                self.outdate(&ending.tell, refreshes);
                full
            }
        }
    }

    /// Asks the store, and waits, until there is an answer or this caller is to load.
    async fn approach<P: Policy<T>>(&mut self, led: Led, policy: &P) -> Approach<W::Full> {
        let Some(plan) = &mut self.plan else { return Approach::Uncached };
        let mut now = plan.now();
        let until = plan.until(now);
        let mut failures = 0;
        let mut alone = false;
        // A refresh is no request; any other call is counted once, as what it turned out to be.
        let mut counted = plan.refresh;
        loop {
            let verdict = plan.ask::<T>(led, P::NEGATIVE, alone, until);
            let wait = match verdict {
                Verdict::Hit(entry) => match self.shape.read(&entry, policy) {
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
                Verdict::Load(flight) => {
                    let lead = Lead::new(flight, plan.cache.inner.store.clone());
                    return Approach::Leads(Load { lead, began: now, counted });
                }
                Verdict::Wait(wait) => wait,
            };
            if !std::mem::replace(&mut counted, true) {
                plan.function.stats.miss();
            }
            let answer = match wait.await {
                Waited::Landed(landing) => self.shape.land(landing),
                Waited::Expired => Err(Unanswered::Alone),
            };
            match answer {
                Ok(full) => {
                    plan.function.stats.coalesced();
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
        let nothing = |landing| Ending { entry: None, landing: Some(landing), tell: Tell::Nothing };
        let Some(plan) = &mut self.plan else { return (full, nothing(Landing::Abandoned)) };
        let now = plan.now();
        let took = span(now.saturating_sub(load.began));
        match W::unwrap(full) {
            Outcome::Value(value) => {
                plan.function.stats.load(took, false);
                let ttl = policy.keep(&value);
                let heap = self.shape.heap(&value);
                let answer = W::wrap(value.clone());
                let mut new = plan.entry_made_at(now, value, heap, ttl.unwrap_or_default());
                new.keep &= ttl.is_some();
                new.leave = ttl.is_none();
                let tell = match ttl {
                    None => Tell::Nothing,
                    Some(ttl) => Tell::of(new.entry.clone(), None, plan.cache.span(ttl)),
                };
                (answer, Ending { entry: Some(new), landing: None, tell })
            }
            Outcome::Absent(depth, full) => {
                plan.function.stats.load(took, false);
                let landing = Landing::Absent(depth);
                let ending = match policy.keep_absence() {
                    None => Ending { tell: Tell::Gone, ..nothing(landing) },
                    Some(ttl) => {
                        let new = plan.negative(Negative::Absent(depth), ttl);
                        let tell = Tell::of(new.entry.clone(), Some(depth), plan.cache.span(ttl));
                        Ending { entry: Some(new), landing: Some(landing), tell }
                    }
                };
                (full, ending)
            }
            Outcome::Failed(full) => {
                plan.function.stats.load(took, true);
                let shared = (self.shape.share)(&full).map(Arc::new);
                let mut ending = nothing(Landing::Failed(shared.clone()));
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
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    fn attend<'a, F: Future>(&'a self, part: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: self.load.as_ref().map(|load| &load.lead.flight), part }
    }

    /// From the body's answer on.
    async fn finish(mut self, full: W::Full) -> W::Full {
        let Some(load) = self.load else { return full };
        let refreshes = load.lead.flight.refreshes;
        let (full, ending) = self.miss.conclude(&load, &self.policy, full);
        let Ending { entry, landing, mut tell } = ending;
        if self.miss.plan.as_ref().is_some_and(|plan| !plan.in_memory()) {
            // Those who wait, and those to come, find it in the shared tier once the flight is over.
            let told = std::mem::replace(&mut tell, Tell::Nothing);
            load.attend(pin!(self.miss.tell(told, self.stamped, refreshes))).await;
            load.end(entry, landing);
        } else if load.end(entry, landing) {
            self.miss.tell(tell, self.stamped, refreshes).await;
        }
        full
    }
}

/// What a load comes to.
struct Ending {
    entry: Option<NewEntry>,
    /// For those who wait; else the entry itself.
    landing: Option<Landing>,
    tell: Tell,
}

enum Approach<R> {
    Answered(R),
    Leads(Load),
    Uncached,
}

pub(super) struct Load {
    pub(super) lead: Lead,
    began: Ticks,
    /// As a hit or a miss.
    counted: bool,
}

impl Load {
    fn attend<'a, F: Future>(&'a self, part: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: Some(&self.lead.flight), part }
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
