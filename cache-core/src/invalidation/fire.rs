//! Several invalidations as one.

use super::target::Target;
use crate::cache::{Cache, Removed, Shared};
use crate::tier::{Owed, Place};

/// Invalidations that memory is done with.
#[must_use]
pub(crate) struct Fired {
    removed: Removed,
    /// Per cache, the last of what its shared tier owes: changes are made in their order, so with it all are made.
    owed: Vec<(Cache, Place)>,
}

/// Removes what the targets reach, but for those that somebody collects.
pub(crate) fn fire(targets: Vec<Target>) -> Fired {
    let targets: Vec<_> = targets.into_iter().filter_map(Target::uncollected).collect();
    // All of it before memory is changed: whoever asks the shared tier later finds it owed.
    let owed: Vec<_> = targets.iter().map(Target::owe).collect();
    let mut removed = Removed::default();
    // There and back: between two targets a load of the first may have read what the second still held.
    let mut entries: Vec<_> = targets.iter().map(Target::remove_quietly).collect();
    for (target, entries) in targets.iter().zip(&mut entries).rev().skip(1) {
        *entries += target.remove_quietly();
    }
    for (target, entries) in targets.iter().zip(&entries) {
        removed.entries += entries;
        target.tell(*entries);
    }
    let mut last: Vec<(Cache, Place)> = Vec::new();
    for (target, owed) in targets.into_iter().zip(owed) {
        let Some(place) = owed.map(Owed::release) else { continue };
        match last.iter_mut().find(|(cache, _)| cache.inner.id == target.cache.inner.id) {
            Some((_, before)) => *before = place,
            None => last.push((target.cache, place)),
        }
    }
    if !last.is_empty() {
        removed.shared = Shared::Queued;
    }
    Fired { removed, owed: last }
}

impl Fired {
    /// Has what is owed to the shared tiers made, beside its callers.
    pub(crate) fn keep(&self) -> Removed {
        self.owed.iter().for_each(|(cache, _)| cache.keep());
        self.removed
    }

    /// Waits for the shared tiers as long as an operation there may take. Dropped meanwhile, nothing is forgotten.
    pub(crate) async fn settle(mut self) -> Removed {
        let mut all_applied = true;
        for (cache, place) in self.owed {
            all_applied &= cache.settle(Some(place)).await == Shared::Applied;
        }
        if self.removed.shared == Shared::Queued && all_applied {
            self.removed.shared = Shared::Applied;
        }
        self.removed
    }
}
