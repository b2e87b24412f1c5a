//! Caches that stand in for the process-wide one on some threads, for a while.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Cache;

/// How many scopes there are in the program: while it is none, nobody looks for one.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static CURRENT: RefCell<Vec<Cache>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn begin() {
    SCOPES.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn end() {
    SCOPES.fetch_sub(1, Ordering::Relaxed);
}

#[inline]
pub(super) fn exist() -> bool {
    SCOPES.load(Ordering::Relaxed) > 0
}

pub(super) fn current() -> Option<Cache> {
    CURRENT.with(|current| current.borrow().last().cloned())
}

pub(crate) fn push(cache: Cache) {
    CURRENT.with(|current| current.borrow_mut().push(cache));
}

pub(crate) fn pop() -> Option<Cache> {
    CURRENT.with(|current| current.borrow_mut().pop())
}
