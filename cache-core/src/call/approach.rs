//! From a question to an answer, or to the duty to load: what is the same for all types.

use super::leading::Load;
use super::plan::Plan;
use crate::clock::Ticks;
use crate::entry::Stored;
use crate::flight::{Landing, Led, Wait, Waited};
use crate::lookup::Lead;
use crate::observe::Watched;
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

    /// Takes what came of a wait for the answer, by `land`, or else notes what that was: the store is to be asked again.
    pub(super) fn heed(
        &self,
        approach: &mut Approach,
        waited: Waited,
        land: &mut dyn FnMut(Landing) -> Result<(), Unanswered>,
        watched: &Watched,
    ) {
        let landed = watched.landed(&waited);
        let answer = match waited {
            // The next question is answered with what may stand in for it, or else begins a load.
            Waited::Landed(Landing::Failed(_)) if self.may_bridge() => Err(Unanswered::Failed),
            Waited::Landed(landing) => land(landing),
            Waited::Expired => Err(Unanswered::Alone),
        };
        match answer {
            Ok(()) => {
                self.function.stats.coalesced();
                return watched.coalesced(self, landed.as_ref());
            }
            Err(Unanswered::Abandoned) => {}
            Err(Unanswered::Failed) => approach.failures += 1,
            Err(Unanswered::Alone) => approach.alone = true,
        }
        approach.alone |= approach.failures >= PATIENT_FAILURES;
        approach.now = self.now();
    }
}
