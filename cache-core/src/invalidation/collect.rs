//! Invalidations that wait for somebody's word.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::target::{Identity, Target};

/// How many collections there are in the program: while it is none, nobody looks for one.
static COLLECTIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Those that collect on this thread, the innermost last.
    static CURRENT: RefCell<Vec<Arc<Collected>>> = const { RefCell::new(Vec::new()) };
}

/// Who collects on this thread.
pub(super) fn current() -> Option<Arc<Collected>> {
    // Relaxed: a thread that collects has seen its own collection begin.
    if COLLECTIONS.load(Ordering::Relaxed) == 0 {
        return None;
    }
    CURRENT.try_with(|current| current.borrow().last().cloned()).ok().flatten()
}

/// What was collected, once each.
pub(super) struct Collected {
    /// None once it was given out: what comes later is carried out at once.
    waiting: Mutex<Option<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    targets: Vec<Target>,
    seen: HashSet<Identity>,
}

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected").field("targets", &self.len()).finish_non_exhaustive()
    }
}

impl Collected {
    pub(super) fn new() -> Arc<Self> {
        COLLECTIONS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { waiting: Mutex::new(Some(Waiting::default())) })
    }

    /// Adds a target; gives it back where nothing is collected any more.
    pub(super) fn add(&self, target: Target) -> Result<(), Target> {
        let identity = target.identity();
        let mut waiting = self.waiting.lock();
        let Some(waiting) = &mut *waiting else { return Err(target) };
        if waiting.seen.insert(identity) {
            waiting.targets.push(target);
        }
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.lock().as_ref().map_or(0, |waiting| waiting.targets.len())
    }

    /// Ends the collection and gives what there is.
    pub(super) fn close(&self) -> Vec<Target> {
        let waiting = self.waiting.lock().take();
        waiting.map(|waiting| waiting.targets).unwrap_or_default()
    }

    /// Collects on this thread, until what this gives is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> Collecting {
        CURRENT.with(|current| current.borrow_mut().push(self.clone()));
        Collecting { here: self.clone() }
    }
}

impl Drop for Collected {
    fn drop(&mut self) {
        COLLECTIONS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A thread that collects.
pub(super) struct Collecting {
    here: Arc<Collected>,
}

impl Drop for Collecting {
    fn drop(&mut self) {
        let left = CURRENT.with(|current| {
            let mut current = current.borrow_mut();
            let at = current.iter().rposition(|entered| Arc::ptr_eq(entered, &self.here))?;
            Some(current.remove(at))
        });
        // With nothing borrowed: it may be the last to hold what was collected.
        drop(left);
    }
}
