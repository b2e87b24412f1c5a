//! Caches that stand in for the process-wide one on some threads, for a while; and the one count of all that a call has to
//! look for beside its entry.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::Cache;

/// How many scopes and observations there are in the program: while it is none, nobody looks for one. Relaxed: who is in one
/// has seen it begin.
static SCOPES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static CURRENT: RefCell<Vec<(u64, Cache)>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn begin() {
    SCOPES.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn end() {
    SCOPES.fetch_sub(1, Ordering::Relaxed);
}

#[inline]
pub(crate) fn exist() -> bool {
    SCOPES.load(Ordering::Relaxed) > 0
}

pub(crate) fn current() -> Option<Cache> {
    CURRENT.with(|current| current.borrow().last().map(|(_, cache)| cache.clone()))
}

/// Puts `cache` before the others on this thread; gives the number to take it away by.
pub(crate) fn push(cache: Cache) -> u64 {
    static ENTERED: AtomicU64 = AtomicU64::new(0);
    let id = ENTERED.fetch_add(1, Ordering::Relaxed);
    CURRENT.with(|current| current.borrow_mut().push((id, cache)));
    id
}

/// Guards may be dropped in any order.
pub(crate) fn remove(id: u64) -> Option<Cache> {
    CURRENT.with(|current| {
        let mut current = current.borrow_mut();
        let at = current.iter().rposition(|(entered, _)| *entered == id)?;
        Some(current.remove(at).1)
    })
}
