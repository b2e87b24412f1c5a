//! A miss, on its way to an answer: wait for somebody else's load, or lead one.

use std::fmt;

use super::leading::{Leading, Load};
use super::loading::{Around, load};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::clock::Ticks;
use crate::flight::{Landing, Led, Wait, Waited};
use crate::lookup::{Lead, Ttl};
use crate::observe::Watched;
use crate::store::Verdict;
use crate::sync::block_on;

/// Failures of others that a caller waits for before it runs its own body beside theirs.
pub(super) const PATIENT_FAILURES: u8 = 2;

/// A call that was not answered at once. Without a plan it is its body and nothing else.
pub struct Miss<T, W: Wrap<T>> {
    pub(super) plan: Option<Box<Plan>>,
    pub(super) shape: Shape<T, W>,
    /// For those who observe, and where it ends.
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

    /// The way to the answer: another caller's, the shared tier's, or the body's. On the heap, as the body is.
    pub fn around<P: Policy<T>>(self, policy: P) -> Box<impl Around<W::Full> + use<T, W, P>> {
        Box::new(Leading::new(self, policy).around())
    }

    /// The same, whatever the types.
    #[inline(never)]
    pub(super) fn boxed<'a>(self, ttl: Ttl) -> Box<dyn Around<W::Full> + Send + 'a>
    where
        W: 'a,
    {
        self.around(ttl)
    }

    /// [`load`] by that way.
    pub(crate) fn load<P: Policy<T>, F: Future<Output = W::Full>>(
        self,
        policy: P,
        body: F,
    ) -> impl Future<Output = W::Full> + Unpin + use<T, W, P, F> {
        load(self.around(policy), body)
    }

    /// The answer of a sync function: waits by blocking the thread, and asks no shared tier.
    pub fn load_blocking<P: Policy<T>, F: FnOnce() -> W::Full>(mut self, policy: P, body: F) -> W::Full {
        let Some(mut approach) = self.approach() else {
            return Leading::new(self, policy).run(body);
        };
        let load = loop {
            match self.step(&mut approach, Led::Thread, &policy) {
                Step::Answered(full) => return full,
                Step::Leads(load) => break load,
                Step::Waits(wait) => {
                    if let Some(full) = self.heed(&mut approach, block_on(wait)) {
                        return full;
                    }
                }
            }
        };
        Leading::of_load(self, policy, load).run(body)
    }

    /// None without a plan.
    pub(super) fn approach(&self) -> Option<Approach> {
        let plan = self.plan.as_ref()?;
        let now = plan.now();
        Some(Approach { now, until: plan.until(now), failures: 0, alone: false, counted: plan.refresh, stale: false })
    }

    /// Asks the store.
    pub(super) fn step<P: Policy<T>>(&mut self, approach: &mut Approach, led: Led, policy: &P) -> Step<W::Full> {
        loop {
            let Some(plan) = &mut self.plan else { unreachable!("without a plan nobody approaches") };
            plan.tag(policy);
            match plan.ask::<T>(led, P::NEGATIVE, approach.alone, approach.until) {
                Verdict::Hit(entry) | Verdict::Stale(entry) => match self.shape.read(&entry, policy) {
                    Some(full) => {
                        // A miss already: another caller's load has answered it meanwhile.
                        let hits = if approach.counted {
                            plan.function.stats.coalesced();
                            None
                        } else {
                            Some(plan.function.stats.hit())
                        };
                        entry.visit(hits);
                        if plan.serves_stale() && !entry.is_fresh(&plan.cache.inner.store.clock) {
                            plan.function.stats.stale_served();
                            approach.stale = true;
                        }
                        self.watched.answered(plan, &entry, approach.counted);
                        return Step::Answered(full);
                    }
                    None => {
                        if entry.value::<T>().is_some() {
                            plan.function.stats.rejected();
                        }
                        plan.rejected = Some(entry);
                    }
                },
                Verdict::Load(flight, spare) => {
                    plan.spare = spare;
                    let lead = Lead::new(flight, plan.cache.inner.store.clone());
                    return Step::Leads(Load::new(lead, approach.now, approach.counted));
                }
                Verdict::Wait(wait) => {
                    if !std::mem::replace(&mut approach.counted, true) {
                        plan.function.stats.miss();
                    }
                    return Step::Waits(wait);
                }
            }
        }
    }

    /// What came of a wait: an answer, or else the store is to be asked again.
    pub(super) fn heed(&self, approach: &mut Approach, waited: Waited) -> Option<W::Full> {
        let plan = self.plan.as_ref()?;
        let landed = self.watched.landed(&waited);
        let answer = match waited {
            // The next question is answered with what may stand in for it, or else begins a load.
            Waited::Landed(Landing::Failed(_)) if plan.may_bridge() => Err(Unanswered::Failed),
            Waited::Landed(landing) => self.shape.land(landing),
            Waited::Expired => Err(Unanswered::Alone),
        };
        match answer {
            Ok(full) => {
                plan.function.stats.coalesced();
                self.watched.coalesced(plan, landed.as_ref());
                return Some(full);
            }
            Err(Unanswered::Abandoned) => {}
            Err(Unanswered::Failed) => approach.failures += 1,
            Err(Unanswered::Alone) => approach.alone = true,
        }
        approach.alone |= approach.failures >= PATIENT_FAILURES;
        approach.now = plan.now();
        None
    }
}

/// Where a caller stands that asks and waits until there is an answer or it is to load.
pub(super) struct Approach {
    now: Ticks,
    until: Ticks,
    failures: u8,
    alone: bool,
    /// A refresh is no request; any other call is counted once, as what it turned out to be.
    pub(super) counted: bool,
    /// It was answered with a value past its time.
    pub(super) stale: bool,
}

/// What a caller is to do.
pub(super) enum Step<R> {
    Answered(R),
    Leads(Load),
    Waits(Wait),
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
