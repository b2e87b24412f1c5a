//! A load, as what stands around a body that is known by reference alone.

use std::pin::Pin;

use super::approach::Approach;
use super::asking::sought;
use super::driving::SetOff;
use super::leading::Leading;
use super::load::{Asking, Miss};
use super::loading::{Around, Leads, Steps};
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::telling::{Left, elsewhere};
use crate::flight::{Attended, Waited};

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    /// All but the body.
    pub(super) fn around(self) -> impl Around<W::Full> + use<T, W, P> {
        Steps::new(self, elsewhere())
    }
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leads<W::Full> for Leading<T, W, P> {
    type Left = Left;

    fn set_off(&mut self, waited: Option<(Approach, Waited)>, answer: &mut Option<W::Full>) -> SetOff {
        let Self { miss: Miss { plan, shape, watched }, policy, load, trace, .. } = self;
        let Some(plan) = plan else { return SetOff::Leads };
        let mut asking = Asking { shape, policy, answer };
        plan.set_off(waited, sought::<T>(P::NEGATIVE), &mut asking, watched, (load, trace))
    }

    fn attended<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Attended<'a, F> {
        Attended { flight: self.load.as_ref().map(|load| &load.lead.flight), span: self.trace.span(), part: body }
    }

    fn conclude(&mut self, full: W::Full) -> (W::Full, Option<Left>) {
        let (full, concluded) = self.concluded(full);
        let Some(concluded) = concluded else { return (full, None) };
        #[cfg(feature = "shared")]
        if self.miss.has_shared() {
            return (full, Some(concluded));
        }
        concluded.end(self.miss.plan.as_deref(), &self.miss.watched);
        (full, None)
    }
}
