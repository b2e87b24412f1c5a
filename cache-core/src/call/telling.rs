//! A load's end where there is a shared tier: it is told what the load came to.

use super::ending::Ending;
use super::leading::{Leading, Load};
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::shared::Tell;
use crate::entry::Stored;

/// What a load with a shared tier has still to do once its body has answered.
pub(super) struct Left {
    pub(super) load: Load,
    pub(super) ending: Ending,
    pub(super) kept: Option<Stored>,
    pub(super) refreshes: bool,
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    /// Ends a load, and tells the shared tier what it came to.
    pub(super) async fn tell(&mut self, left: Left) {
        let Left { load, ending: Ending { entry, landing, mut tell, came_to }, kept, refreshes } = left;
        let mut stored = false;
        let stamped = self.stamped.take();
        if self.miss.plan.as_ref().is_some_and(|plan| !plan.in_memory()) {
            // Those who wait, and those to come, find it in the shared tier once the flight is over.
            let told = std::mem::replace(&mut tell, Tell::Nothing);
            stored = load.attend(Box::pin(self.miss.tell(told, stamped, refreshes)).as_mut()).await;
            load.end(entry, landing);
        } else if load.end(entry, landing) {
            stored = Box::pin(self.miss.tell(tell, stamped, refreshes)).await;
        }
        self.miss.watched.loaded(self.miss.plan.as_deref(), came_to, kept, stored);
    }
}
