//! Where calls are written down, and for whom on this thread.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Arc;

use parking_lot::Mutex;

use super::record::{CallOutcome, ObservedCall};
use crate::cache::scoped;

thread_local! {
    /// The innermost observation of what runs on this thread.
    static CURRENT: RefCell<Option<Arc<List>>> = const { RefCell::new(None) };
}

/// Who observes on this thread.
pub(super) fn current() -> Option<Arc<List>> {
    if scoped::exist() { CURRENT.try_with(|current| current.borrow().clone()).ok().flatten() } else { None }
}

/// An observation, and the one that it is made in. Its lock is a leaf.
pub(super) struct List {
    /// None once it is over: what comes later is nobody's.
    noted: Mutex<Option<Noted>>,
    outer: Option<Arc<Self>>,
    most: usize,
}

/// What was observed.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// The first of them.
    pub(crate) calls: Vec<ObservedCall>,
    /// Of those that there was no room for.
    pub(crate) left_out: usize,
    /// Of all: answered with what was there; made by a load; neither stored nor there.
    pub(crate) there: usize,
    pub(crate) made: usize,
    pub(crate) not_stored: usize,
}

impl Noted {
    fn add(&mut self, call: &ObservedCall, most: usize) {
        match call.outcome {
            CallOutcome::Hit => self.there += 1,
            CallOutcome::Stale if call.is_hit() => self.there += 1,
            CallOutcome::Coalesced if call.age.is_some() => self.made += 1,
            _ if call.stored => self.made += 1,
            _ => self.not_stored += 1,
        }
        if self.calls.len() < most {
            self.calls.push(call.clone());
        } else {
            self.left_out += 1;
        }
    }
}

impl List {
    /// Notes a call, here and wherever this observation is made in.
    pub(super) fn add(&self, call: &ObservedCall) {
        let mut list = Some(self);
        while let Some(this) = list {
            if let Some(noted) = &mut *this.noted.lock() {
                noted.add(call, this.most);
            }
            list = this.outer.as_deref();
        }
    }

    /// Observes on this thread, until what this gives is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Entered {
        let before = CURRENT.with(|current| current.replace(Some(self.clone())));
        Entered { before, _here: PhantomData }
    }
}

/// An observation that is open. Dropped, it is over.
pub(super) struct Open(pub(super) Arc<List>);

impl Open {
    /// Inside of the one that is current. Keeps so many calls.
    pub(super) fn new(most: usize) -> Self {
        let outer = current();
        scoped::begin();
        Self(Arc::new(List { noted: Mutex::new(Some(Noted::default())), outer, most }))
    }

    pub(super) fn close(self) -> Noted {
        let noted = self.0.noted.lock().take();
        noted.unwrap_or_default()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let noted = self.0.noted.lock().take();
        drop(noted);
        scoped::end();
    }
}

/// Observes on this thread. Those within it end before it: it does not outlive a poll or a call.
pub(super) struct Entered {
    before: Option<Arc<List>>,
    _here: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let own = CURRENT.try_with(|current| current.replace(before));
        drop(own);
    }
}
