//! What works for a cache and has to come to its end with it.

use std::pin::Pin;
use std::sync::Arc;

use parking_lot::Mutex;

/// The way to an end, which closing the cache waits for.
pub(crate) type Ending = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Something that closing a cache brings to its end: it writes down what it holds, or joins what it has started.
pub(crate) trait Ends: Send + Sync {
    /// Called when nothing is stored any more. It may be called again, where a `close` was given up half-way.
    fn end(self: Arc<Self>) -> Ending;

    /// Whether it may be forgotten once nobody else has it.
    fn is_idle(&self) -> bool {
        true
    }

    /// What is wrong with it, for a report on the cache's health.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// All of one cache. Its lock is a leaf.
#[derive(Default)]
pub(crate) struct Endings(Mutex<Vec<Arc<dyn Ends>>>);

impl Endings {
    pub(crate) fn add(&self, one: Arc<dyn Ends>) {
        let mut forgotten = Vec::new();
        let mut all = self.0.lock();
        all.push(one);
        // Dropped below, with nothing locked: it holds what a user gave.
        forgotten.extend(all.extract_if(.., |one| Arc::strong_count(one) == 1 && one.is_idle()));
        drop(all);
        drop(forgotten);
    }

    /// Ends them, the last one first. Dropped half-way, it leaves the rest to the next call.
    pub(super) async fn end(&self) {
        loop {
            let Some(last) = self.0.lock().last().cloned() else { return };
            last.clone().end().await;
            let mut all = self.0.lock();
            let at = all.iter().position(|one| Arc::ptr_eq(one, &last));
            let ended = at.map(|at| all.remove(at));
            drop(all);
            drop(ended);
        }
    }

    pub(crate) fn troubles(&self) -> Vec<String> {
        let all = self.0.lock().clone();
        all.iter().filter_map(|one| one.trouble()).collect()
    }
}
