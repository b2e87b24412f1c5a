//! The shared tier's first word on a load. Mostly it is the answer: then nothing is made for what else there may be.

use super::leading::Load;
use super::load::Miss;
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::shared::Asked;
use crate::clock::Ticks;
use crate::entry::{Lived, Standing};
use crate::stats::Counters;
use crate::tier::{Fetch, Loaded, Useless};

/// The first word.
pub(super) enum First<T> {
    /// An answer that memory does not keep.
    Passes(T, Lived),
    /// What it came to, and when all that is asked has to be over.
    Asked(Asked<T>, Ticks),
    /// A record that is not for this reader.
    Useless(Useless, Ticks),
    /// It was not asked.
    Unasked,
}

impl<T: CacheValue, W: Wrap<T>> Miss<T, W> {
    /// The first question, and when the last one has to be answered; none where what the tier has does not matter.
    pub(super) fn first_question(&self, load: &Load) -> Option<(impl Future<Output = Fetch> + Unpin, Ticks)> {
        let plan = self.plan.as_deref().filter(|_| self.shape.codec.is_some() && !load.lead.flight.refreshes)?;
        plan.place()?.fetch_first(&plan.name)
    }

    /// What the first answer is good for.
    pub(super) fn first_word<P: Policy<T>>(
        &mut self,
        fetched: Fetch,
        until: Ticks,
        load: &Load,
        policy: &P,
        beside: bool,
    ) -> First<T> {
        let Some(plan) = &self.plan else { return First::Unasked };
        let Some((remote, form)) = plan.place_and_form(self.shape.codec) else { return First::Unasked };
        let loaded = match remote.judge_at_once(&plan.name, form, fetched) {
            Ok(loaded) => loaded,
            Err(useless) => return First::Useless(useless, until),
        };
        let passes = !plan.in_memory() && !self.watched.is_on() && !load.lead.is_a_refresh();
        match loaded {
            Loaded::Value(value, lived, _)
                if passes && plan.function.freshness.standing_of(&lived) == Standing::Fresh =>
            {
                if !policy.is_valid(&value) {
                    return First::Asked(plan.reject(), until);
                }
                First::Passes(value, lived)
            }
            loaded => {
                let remote = remote.clone();
                First::Asked(self.take_shared(loaded, &remote, until, policy, load, beside), until)
            }
        }
    }

    /// Ends a load with an answer that memory does not keep. An entry is made of it for those who wait alone.
    pub(super) fn pass(&mut self, mut load: Load, full: &W::Full, lived: &Lived) {
        load.count(self.plan.as_deref(), Counters::hit_elsewhere);
        let (Some(plan), Some(value)) = (&mut self.plan, W::value(full)) else { return };
        let shape = self.shape;
        load.lead.pass(|| plan.entry_of_record(value.clone(), shape.heap(value), lived).entry);
    }
}
