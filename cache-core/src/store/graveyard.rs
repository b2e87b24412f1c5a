//! Where removed entries wait until nothing is locked: a user's `Drop` may do anything, call the cache included.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::entry::Stored;

#[derive(Default)]
pub(crate) struct Graveyard {
    // std's, not the model's: nothing else is locked or called while it is held.
    buried: Mutex<Vec<Stored>>,
    any: AtomicBool,
}

impl Graveyard {
    pub(crate) fn bury(&self, entry: Stored) {
        self.buried.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        self.any.store(true, Ordering::Release);
    }

    /// Drops what is here. Call it with nothing locked.
    pub(crate) fn clear(&self) {
        if self.any.swap(false, Ordering::AcqRel) {
            let buried = std::mem::take(&mut *self.buried.lock().unwrap_or_else(PoisonError::into_inner));
            drop(buried);
        }
    }
}

impl fmt::Debug for Graveyard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Graveyard")
    }
}
