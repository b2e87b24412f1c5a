//! Where removed entries wait until nothing is locked: a user's `Drop` may do anything, call the cache included.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::entry::Stored;

/// One for the process: whichever operation ends next, on whichever thread and store, empties it.
pub(super) static GRAVEYARD: Graveyard = Graveyard { buried: Mutex::new(Vec::new()), any: AtomicBool::new(false) };

pub(super) struct Graveyard {
    // std's, not the model's: nothing else is locked or called while it is held.
    buried: Mutex<Vec<Stored>>,
    any: AtomicBool,
}

impl Graveyard {
    pub(super) fn bury_all(&self, entries: impl IntoIterator<Item = Stored>) {
        self.buried.lock().unwrap_or_else(PoisonError::into_inner).extend(entries);
        self.any.store(true, Ordering::Release);
    }

    /// Drops what is here. Call it with nothing locked.
    pub(super) fn clear(&self) {
        if self.any.load(Ordering::Relaxed) && self.any.swap(false, Ordering::AcqRel) {
            let buried = std::mem::take(&mut *self.buried.lock().unwrap_or_else(PoisonError::into_inner));
            drop(buried);
        }
    }
}
