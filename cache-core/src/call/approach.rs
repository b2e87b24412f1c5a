//! From a question to an answer, or to the duty to load: what is the same for all types.

use super::driving::SetOff;
use super::leading::Load;
use super::plan::Plan;
use super::trace::Trace;
use crate::clock::Ticks;
use crate::entry::Stored;
use crate::flight::{Landing, Led, Wait, Waited};
use crate::lookup::Lead;
use crate::observe::Watched;
use crate::stats::Counters;
use crate::store::{Sought, Verdict};

/// Failures of others that a caller waits for before it runs its own body beside theirs.
pub(super) const PATIENT_FAILURES: u8 = 2;

/// Where a caller stands that asks and waits until there is an answer or it is to load.
#[derive(Clone, Copy)]
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

/// What has to be known of a caller's types, while it asks.
pub(super) trait Asks {
    /// Notes the tags of what a load that begins now may give.
    fn tag(&self, plan: &mut Plan);
    /// Takes an entry for the answer, if it is one.
    fn read(&mut self, entry: &Stored) -> bool;
    /// Takes what another's load came to for the answer, if it is one.
    fn land(&mut self, landing: Landing) -> Result<(), Unanswered>;
    /// Puts what is stored where the body finds it.
    fn offer(&self, plan: &Plan, load: &Load);
}

/// What a caller is to do.
pub(super) enum Next {
    /// Nothing: an entry was read.
    Answered,
    Leads(Load),
    Waits(Wait),
}

/// Why another caller's load was no answer.
pub(super) enum Unanswered {
    Abandoned,
    Failed,
    /// This caller is not to wait again.
    Alone,
}

impl Plan {
    pub(super) fn approach(&self) -> Approach {
        let now = self.now();
        Approach { now, until: self.until(now), failures: 0, alone: false, counted: self.refresh, stale: false }
    }

    /// Asks the store.
    pub(super) fn step(
        &mut self,
        approach: &mut Approach,
        led: Led,
        sought: Sought,
        asker: &mut dyn Asks,
        watched: &Watched,
    ) -> Next {
        loop {
            asker.tag(self);
            match self.ask(sought, led, approach.alone, approach.until) {
                Verdict::Hit(entry) | Verdict::Stale(entry) if asker.read(&entry) => {
                    // A miss already: another caller's load has answered it meanwhile.
                    let hits = if approach.counted {
                        self.function.stats.coalesced();
                        None
                    } else {
                        Some(self.function.stats.hit())
                    };
                    entry.visit(hits);
                    if self.serves_stale() && !entry.is_fresh(&self.cache.inner.store.clock) {
                        self.function.stats.stale_served();
                        approach.stale = true;
                    }
                    watched.answered(self, &entry, approach.counted);
                    return Next::Answered;
                }
                Verdict::Hit(entry) | Verdict::Stale(entry) => {
                    if entry.is_of(sought.value) {
                        self.function.stats.rejected();
                    }
                    self.rejected = Some(entry);
                }
                Verdict::Load(flight, spare) => {
                    self.spare = spare;
                    let lead = Lead::new(flight, self.cache.inner.store.clone());
                    return Next::Leads(Load::new(lead, approach.now, approach.counted));
                }
                Verdict::Wait(wait) => {
                    if !std::mem::replace(&mut approach.counted, true) {
                        self.function.stats.miss();
                    }
                    return Next::Waits(wait);
                }
            }
        }
    }

    /// Takes what came of a wait for the answer; false where it is none, and the store is to be asked again.
    pub(super) fn heed(
        &self,
        approach: &mut Approach,
        waited: Waited,
        asker: &mut dyn Asks,
        watched: &Watched,
    ) -> bool {
        let landed = watched.landed(&waited);
        let answer = match waited {
            // The next question is answered with what may stand in for it, or else begins a load.
            Waited::Landed(Landing::Failed(_)) if self.may_bridge() => Err(Unanswered::Failed),
            Waited::Landed(landing) => asker.land(landing),
            Waited::Expired => Err(Unanswered::Alone),
        };
        match answer {
            Ok(()) => {
                self.function.stats.coalesced();
                watched.coalesced(self, landed.as_ref());
                return true;
            }
            Err(Unanswered::Abandoned) => {}
            Err(Unanswered::Failed) => approach.failures += 1,
            Err(Unanswered::Alone) => approach.alone = true,
        }
        approach.alone |= approach.failures >= PATIENT_FAILURES;
        approach.now = self.now();
        false
    }

    /// Goes as far as nobody has to be waited for, from where another's load was waited for.
    pub(super) fn set_off(
        &mut self,
        waited: Option<(Approach, Waited)>,
        sought: Sought,
        asker: &mut dyn Asks,
        watched: &Watched,
        (leads, trace): (&mut Option<Load>, &mut Trace),
    ) -> SetOff {
        let mut approach = match waited {
            None => self.approach(),
            Some((mut approach, waited)) => {
                if self.heed(&mut approach, waited, asker, watched) {
                    return SetOff::Answered;
                }
                approach
            }
        };
        match self.step(&mut approach, Led::Task, sought, asker, watched) {
            Next::Answered => SetOff::Answered,
            Next::Waits(wait) => SetOff::Waits(approach, wait),
            Next::Leads(load) if self.cache.inner.remote.is_some() => {
                *leads = Some(load);
                SetOff::Asks
            }
            Next::Leads(mut load) => {
                *trace = self.begin_body(&mut load, asker);
                *leads = Some(load);
                SetOff::Leads
            }
        }
    }

    /// The body of a load is to begin.
    pub(super) fn begin_body(&self, load: &mut Load, asker: &dyn Asks) -> Trace {
        load.count(Some(self), Counters::miss);
        asker.offer(self, load);
        Trace::of(Some(self), load)
    }
}
