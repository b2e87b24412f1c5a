//! A load, as what stands around a body that is known by reference alone.

use std::pin::Pin;

use super::ending::Ending;
use super::leading::{Leading, Load};
use super::load::{Approach, Step};
use super::loading::{Around, Begun, Leads, SetOff, Steps};
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::shared::Tell;
use crate::entry::Stored;
use crate::flight::{Attended, Led, Wait};

/// What a load with a shared tier has still to do once its body has answered.
pub(super) struct Left {
    load: Load,
    ending: Ending,
    kept: Option<Stored>,
    refreshes: bool,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    /// All but the body.
    pub(super) fn around(self) -> impl Around<W::Full> + use<T, W, P> {
        let begin = |mut leading: Self, wait: Option<(Approach, Wait)>| async move {
            if let Some((approach, wait)) = wait
                && let Some(full) = leading.wait(approach, Some(wait)).await
            {
                return Begun::Answered(full);
            }
            match leading.set_out(false).await {
                Some(full) => Begun::Answered(full),
                None => Begun::Leads(leading),
            }
        };
        Steps::new(self, begin, |mut leading: Self, left| async move { leading.tell(left).await })
    }

    /// Ends a load, and tells the shared tier what it came to.
    pub(super) async fn tell(&mut self, left: Left) {
        let Left { load, ending: Ending { entry, landing, mut tell, came_to }, kept, refreshes } = left;
        let mut stored = false;
        let stamped = self.stamped.take();
        if self.miss.plan.as_ref().is_some_and(|plan| !plan.in_memory()) {
            // Those who wait, and those to come, find it in the shared tier once the flight is over.
            let told = std::mem::replace(&mut tell, Tell::Nothing);
            stored = load.attend(Box::pin(self.miss.tell(told, stamped, refreshes)).as_mut()).await;
            load.end(entry, landing);
        } else if load.end(entry, landing) {
            stored = Box::pin(self.miss.tell(tell, stamped, refreshes)).await;
        }
        self.miss.loaded(came_to, kept, stored);
    }
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leads<W::Full> for Leading<T, W, P> {
    type Way = Option<(Approach, Wait)>;
    type Left = Left;

    fn set_off(&mut self) -> SetOff<W::Full, Self::Way> {
        let Some(mut approach) = self.miss.approach() else { return SetOff::Leads };
        match self.miss.step(&mut approach, Led::Task, &self.policy) {
            Step::Answered(full) => SetOff::Answered(full),
            Step::Waits(wait) => SetOff::Waits(Some((approach, wait))),
            Step::Leads(load) if self.miss.has_shared() => {
                self.load = Some(load);
                SetOff::Waits(None)
            }
            Step::Leads(load) => {
                self.begin_body(load);
                SetOff::Leads
            }
        }
    }

    fn attended<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: self.load.as_ref().map(|load| &load.lead.flight), span: self.trace.span(), part: body }
    }

    fn conclude(&mut self, full: W::Full) -> (W::Full, Option<Left>) {
        let Some(load) = self.load.take() else {
            self.miss.watched.bypassed();
            return (full, None);
        };
        let refreshes = load.lead.flight.refreshes;
        let (full, ending) = self.miss.conclude(&load, &self.policy, full);
        self.trace.end(ending.came_to);
        let kept = self.miss.watched.kept(&ending);
        if self.miss.has_shared() {
            return (full, Some(Left { load, ending, kept, refreshes }));
        }
        let Ending { entry, landing, tell, came_to } = ending;
        if load.end(entry, landing) {
            self.miss.outdate(&tell, refreshes);
        }
        self.miss.loaded(came_to, kept, false);
        (full, None)
    }
}
