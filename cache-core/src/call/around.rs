//! A load, as what stands around a body that is known by reference alone.

use std::pin::Pin;

use super::approach::Approach;
use super::ending::Ending;
use super::leading::Leading;
use super::load::Step;
use super::loading::{Around, Begun, Leads, SetOff, Steps};
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::telling::Left;
use crate::flight::{Attended, Led, Wait};

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
        #[cfg(feature = "shared")]
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
