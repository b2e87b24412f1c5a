//! A miss, on its way to an answer: wait for somebody else's load, or lead one.

use std::fmt;

use super::approach::{Approach, Asks, Next, Unanswered};
use super::asking::sought;
use super::leading::{Leading, Load};
use super::loading::{Around, load};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::entry::Stored;
use crate::flight::{Landing, Led, Wait, Waited};
use crate::lookup::Ttl;
use crate::observe::Watched;
use crate::sync::block_on;

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
                    if let Some(full) = self.heed(&mut approach, block_on(wait), &policy) {
                        return full;
                    }
                }
            }
        };
        Leading::of_load(self, policy, load).run(body)
    }

    /// None without a plan.
    pub(super) fn approach(&self) -> Option<Approach> {
        self.plan.as_ref().map(|plan| plan.approach())
    }

    /// Asks the store.
    pub(super) fn step<P: Policy<T>>(&mut self, approach: &mut Approach, led: Led, policy: &P) -> Step<W::Full> {
        let Some(plan) = &mut self.plan else { unreachable!("without a plan nobody approaches") };
        let mut answer = None;
        let mut asking = Asking { shape: &self.shape, policy, answer: &mut answer };
        match plan.step(approach, led, sought::<T>(P::NEGATIVE), &mut asking, &self.watched) {
            Next::Leads(load) => Step::Leads(load),
            Next::Waits(wait) => Step::Waits(wait),
            Next::Answered => match answer {
                Some(full) => Step::Answered(full),
                None => unreachable!("an entry was read"),
            },
        }
    }

    /// What came of a wait: an answer, or else the store is to be asked again.
    pub(super) fn heed<P: Policy<T>>(&self, approach: &mut Approach, waited: Waited, policy: &P) -> Option<W::Full> {
        let mut answer = None;
        let mut asking = Asking { shape: &self.shape, policy, answer: &mut answer };
        self.plan.as_ref()?.heed(approach, waited, &mut asking, &self.watched);
        answer
    }
}

/// A caller's types, while it asks.
pub(super) struct Asking<'a, T, W: Wrap<T>, P> {
    pub(super) shape: &'a Shape<T, W>,
    pub(super) policy: &'a P,
    pub(super) answer: &'a mut Option<W::Full>,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Asks for Asking<'_, T, W, P> {
    fn tag(&self, plan: &mut Plan) {
        plan.tag(self.policy);
    }

    fn read(&mut self, entry: &Stored) -> bool {
        *self.answer = self.shape.read(entry, self.policy);
        self.answer.is_some()
    }

    fn land(&mut self, landing: Landing) -> Result<(), Unanswered> {
        *self.answer = Some(self.shape.land(landing)?);
        Ok(())
    }

    fn offer(&self, plan: &Plan, load: &Load) {
        plan.offer(self.policy, load);
    }
}

/// What a caller is to do.
pub(super) enum Step<R> {
    Answered(R),
    Leads(Load),
    Waits(Wait),
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
