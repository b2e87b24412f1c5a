//! One call on its way, as far as somebody observes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::list::{List, current};
use super::record::{CallOutcome, Forward, ObservedCall};
use crate::cache::scoped;
use crate::clock::{Clock, NEVER, span};
use crate::entry::Stored;
use crate::registry::SiteInfo;

/// A call that has not ended. Clones are the same call: the first end is its end. One that is dropped without an end gave no
/// answer, and is not told of.
#[derive(Clone, Default)]
pub(crate) struct Watched(Option<Arc<Call>>);

struct Call {
    list: Arc<List>,
    function: &'static str,
    module: &'static str,
    key: String,
    forward: Forward,
    ended: AtomicBool,
}

/// How a call ended.
#[derive(Clone, Copy)]
pub(crate) struct End<'a> {
    pub(crate) outcome: CallOutcome,
    /// What it was answered with, where that is stored.
    pub(crate) entry: Option<(&'a Stored, &'a Clock)>,
    pub(crate) stored: bool,
    pub(crate) detail: Option<&'static str>,
}

impl<'a> End<'a> {
    pub(crate) fn of(outcome: CallOutcome) -> Self {
        Self { outcome, entry: None, stored: false, detail: None }
    }

    /// With an entry, as it stands: fresh, or past its time.
    pub(crate) fn with(entry: &'a Stored, clock: &'a Clock) -> Self {
        let outcome = if entry.is_fresh(clock) { CallOutcome::Hit } else { CallOutcome::Stale };
        Self { entry: Some((entry, clock)), ..Self::of(outcome) }
    }
}

impl Watched {
    /// A call that begins, and why it is not answered at once. Nothing is rendered where nobody observes.
    #[inline]
    pub(crate) fn call(info: &SiteInfo, about: &dyn Fn() -> (String, Forward)) -> Self {
        if scoped::exist() { Self::begin(info, about) } else { Self(None) }
    }

    #[cold]
    fn begin(info: &SiteInfo, about: &dyn Fn() -> (String, Forward)) -> Self {
        match current() {
            Some(list) => Self::of(list, info, about()),
            None => Self(None),
        }
    }

    fn of(list: Arc<List>, info: &SiteInfo, (key, forward): (String, Forward)) -> Self {
        let SiteInfo { function, module, .. } = *info;
        Self(Some(Arc::new(Call { list, function, module, key, forward, ended: AtomicBool::new(false) })))
    }

    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The call ended with what was there.
    #[inline]
    pub(crate) fn end_with(&self, end: End<'_>) {
        if let Some(call) = &self.0 {
            call.end(end, false);
        }
    }

    /// The call ended with what a load gave, or with what stands in for it.
    #[inline]
    pub(crate) fn end(&self, end: End<'_>) {
        if let Some(call) = &self.0 {
            call.end(end, true);
        }
    }
}

impl Call {
    #[cold]
    fn end(&self, end: End<'_>, forwarded: bool) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut told = told(self.function, self.module, self.key.clone(), end);
        // A call that finds its answer in the shared tier is a hit.
        told.forward = (forwarded && end.outcome != CallOutcome::Hit).then_some(self.forward);
        self.list.add(&told);
    }
}

/// A call that began and ended at once, with an entry of memory.
#[inline]
pub(crate) fn seen<'a>(info: &SiteInfo, end: &dyn Fn() -> End<'a>) {
    if scoped::exist() {
        note(info, end);
    }
}

#[cold]
fn note<'a>(info: &SiteInfo, end: &dyn Fn() -> End<'a>) {
    let Some(list) = current() else { return };
    let end = end();
    let name = end.entry.map_or("", |(entry, _)| entry.name());
    list.add(&told(info.function, info.module, name.to_owned(), end));
}

fn told(function: &'static str, module: &'static str, key: String, end: End<'_>) -> ObservedCall {
    let End { outcome, entry, stored, detail } = end;
    let mut told = ObservedCall {
        function,
        module,
        key,
        outcome,
        forward: None,
        stored,
        age: None,
        ttl: None,
        overdue: None,
        detail,
    };
    if let Some((entry, clock)) = entry {
        let (now, until) = (clock.now(), entry.fresh_until());
        told.age = Some(span(now.saturating_sub(entry.made)));
        if until != NEVER {
            told.ttl = Some(span(until.saturating_sub(now)));
            told.overdue = (!entry.is_fresh(clock)).then(|| span(now.saturating_sub(until)));
        }
    }
    told
}
