//! A load, as what stands around a body that is known by reference alone.

#[cfg(not(feature = "shared"))]
use std::future::{Pending, pending};
use std::pin::Pin;

use super::approach::Approach;
use super::ending::Ending;
use super::leading::Leading;
use super::load::Step;
#[cfg(feature = "shared")]
use super::loading::Begun;
use super::loading::{Around, Leads, SetOff, Steps};
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::telling::Left;
use crate::flight::{Attended, Led, Waited};

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    /// All but the body.
    pub(super) fn around(self) -> impl Around<W::Full> + use<T, W, P> {
        #[cfg(feature = "shared")]
        return Steps::new(
            self,
            |mut leading: Self| async move {
                match leading.set_out(false).await {
                    Some(full) => Begun::Answered(full),
                    None => Begun::Leads(leading),
                }
            },
            |mut leading: Self, left| async move { leading.tell(left).await },
        );
        // No future is compiled per return type.
        #[cfg(not(feature = "shared"))]
        Steps::new(self, |_| pending(), |_, left: Left| -> Pending<()> { match left {} })
    }

    fn ask(&mut self, mut approach: Approach) -> SetOff<W::Full> {
        match self.miss.step(&mut approach, Led::Task, &self.policy) {
            Step::Answered(full) => SetOff::Answered(full),
            Step::Waits(wait) => SetOff::Waits(approach, wait),
            Step::Leads(load) if self.miss.has_shared() => {
                self.load = Some(load);
                SetOff::Asks
            }
            Step::Leads(load) => {
                self.begin_body(load);
                SetOff::Leads
            }
        }
    }
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leads<W::Full> for Leading<T, W, P> {
    type Left = Left;

    fn set_off(&mut self) -> SetOff<W::Full> {
        match self.miss.approach() {
            Some(approach) => self.ask(approach),
            None => SetOff::Leads,
        }
    }

    fn go_on(&mut self, mut approach: Approach, waited: Waited) -> SetOff<W::Full> {
        match self.miss.heed(&mut approach, waited) {
            Some(full) => SetOff::Answered(full),
            None => self.ask(approach),
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
        #[cfg(feature = "shared")]
        if self.miss.has_shared() {
            return (full, Some(Left { load, ending, kept, refreshes }));
        }
        let Ending { entry, landing, tell, came_to } = ending;
        if load.end(entry, landing) {
            tell.outdate(self.miss.plan.as_deref(), refreshes);
        }
        self.miss.watched.loaded(self.miss.plan.as_deref(), came_to, kept, false);
        (full, None)
    }
}
