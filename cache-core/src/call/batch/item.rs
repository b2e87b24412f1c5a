//! One item of a batch: a call of the function of one item, but for the body.

use std::sync::Arc;

use super::super::approach::Approach;
use super::super::ending::Ending;
use super::super::leading::{Leading, Load};
use super::super::load::Miss;
use super::super::outcome::{CacheValue, Wrap};
use super::super::policy::Policy;
use super::super::shared::Tell;
use super::super::watching::CameTo;
use super::Source;
use crate::entry::Stored;
use crate::flight::{Landing, Shared, Wait};
use crate::store::NewEntry;

pub(super) struct Item<'a, K, T, W: Wrap<T>, P> {
    pub(super) key: &'a K,
    pub(super) answer: Option<W::Full>,
    pub(super) source: Source,
    /// Until it is answered, and whoever has to be told is.
    pub(super) call: Option<Box<Call<T, W, P>>>,
}

pub(super) struct Call<T, W: Wrap<T>, P> {
    pub(super) leading: Leading<T, W, P>,
    /// None where the call passes the cache by.
    pub(super) approach: Option<Approach>,
    pub(super) stage: Stage,
    pub(super) told: Option<Told>,
}

/// What an item without an answer is doing.
pub(super) enum Stage {
    /// The store is to be asked.
    Asks,
    /// Somebody else loads it.
    Waits(Wait),
    /// The body is to be run for it, or is running.
    Runs,
    /// The body has run.
    Over,
}

/// What the shared tier is to be told, and the load's end where that comes after.
pub(super) struct Told {
    pub(super) tell: Tell,
    pub(super) refreshes: bool,
    pub(super) then: Option<(Load, Option<NewEntry>, Option<Landing>)>,
    /// For those who observe.
    pub(super) kept: Option<Stored>,
    pub(super) came_to: CameTo,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Call<T, W, P> {
    pub(super) fn new(miss: Miss<T, W>, policy: P) -> Self {
        let approach = miss.approach();
        Self { leading: Leading::new(miss, policy), approach, stage: Stage::Asks, told: None }
    }
}

impl<K, T: CacheValue, W: Wrap<T>, P: Policy<T>> Item<'_, K, T, W, P> {
    pub(super) fn load(&self) -> Option<&Load> {
        self.call.as_ref()?.leading.load.as_ref()
    }

    /// Whether the body is to be run for it.
    pub(super) fn runs(&self) -> bool {
        self.call.as_ref().is_some_and(|call| matches!(call.stage, Stage::Runs))
    }

    /// Whether it is to be loaded, and there is a shared tier that may have it.
    pub(super) fn asks_shared(&self) -> bool {
        self.load().is_some() && self.call.as_ref().is_some_and(|call| call.leading.miss.has_shared())
    }

    pub(super) fn settle(&mut self, full: W::Full, source: Source) {
        self.answer = Some(full);
        self.source = source;
        self.call = None;
    }

    /// Ends its load with the body's answer.
    pub(super) fn conclude(&mut self, full: W::Full, among: u32) {
        let Some(call) = &mut self.call else { return };
        let Some(mut load) = call.leading.load.take() else {
            call.leading.miss.watched.bypassed();
            return self.settle(full, Source::Loaded);
        };
        load.among = among;
        let (full, ending) = call.leading.miss.conclude(&load, &call.leading.policy, full);
        self.answer = Some(full);
        call.end(load, ending);
    }

    /// Ends its load with the body's error. It may be answered with a value past its time.
    pub(super) fn fail(&mut self, shared: Option<Arc<Shared>>, among: u32) {
        let Some(call) = &mut self.call else { return };
        call.stage = Stage::Over;
        let Some(mut load) = call.leading.load.take() else { return call.leading.miss.watched.bypassed() };
        load.among = among;
        let (instead, ending) = call.leading.miss.fail(&load, &call.leading.policy, shared);
        if instead.is_some() {
            self.answer = instead;
            self.source = Source::Stale;
        }
        call.end(load, ending);
    }
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Call<T, W, P> {
    /// Those who wait, and those to come, find what lives in the shared tier alone there once the flight is over.
    fn end(&mut self, load: Load, ending: Ending) {
        self.stage = Stage::Over;
        let miss = &self.leading.miss;
        let refreshes = load.lead.flight.refreshes;
        let kept = miss.watched.kept(&ending);
        let Ending { entry, landing, tell, came_to } = ending;
        if miss.has_shared() && miss.plan.as_ref().is_some_and(|plan| !plan.in_memory()) {
            let then = Some((load, entry, landing));
            self.told = Some(Told { tell, refreshes, then, kept, came_to });
            return;
        }
        let stored = load.end(entry, landing);
        if stored && miss.has_shared() {
            self.told = Some(Told { tell, refreshes, then: None, kept, came_to });
            return;
        }
        if stored {
            tell.outdate(miss.plan.as_deref(), refreshes);
        }
        miss.watched.loaded(miss.plan.as_deref(), came_to, kept, false);
    }
}
