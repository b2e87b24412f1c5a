//! What is to be told of an operation once nothing is locked.

use super::{CacheEvent, Cause};
use crate::entry::Stored;
use crate::stats::Gone;

/// What an operation on the store is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// An invalidation, which is told as a whole; a clean-up.
    Removal,
    Load,
    Refresh,
    Put,
}

/// Taken under a shard's lock. Nothing is noted while nobody listens.
#[derive(Debug)]
pub(crate) struct Notes {
    listening: bool,
    pub(crate) by: By,
    pub(super) events: Vec<CacheEvent>,
}

impl Notes {
    pub(super) fn new(listening: bool) -> Self {
        Self { listening, by: By::Removal, events: Vec::new() }
    }

    /// An entry came in.
    #[inline]
    pub(crate) fn came(&mut self, entry: &Stored) {
        if self.listening {
            self.note_came(entry);
        }
    }

    /// An entry went.
    #[inline]
    pub(crate) fn went(&mut self, entry: &Stored, gone: Gone) {
        if self.listening {
            self.note_went(entry, gone);
        }
    }

    #[cold]
    fn note_came(&mut self, entry: &Stored) {
        let (function, key) = (entry.function.shown(), entry.name().into());
        self.events.push(match self.by {
            By::Refresh => CacheEvent::Refreshed { function, key },
            By::Load => CacheEvent::Set { function, key, cause: Cause::Load },
            By::Put | By::Removal => CacheEvent::Set { function, key, cause: Cause::Put },
        });
    }

    #[cold]
    fn note_went(&mut self, entry: &Stored, gone: Gone) {
        let (function, key) = (entry.function.shown(), entry.name().into());
        self.events.push(match gone {
            Gone::Evicted => CacheEvent::Evicted { function, key },
            Gone::Expired => CacheEvent::Expired { function, key },
            Gone::Invalidated if self.by != By::Removal => {
                CacheEvent::Invalidated { function, key, cause: Cause::Absent, entries: 1 }
            }
            Gone::Invalidated | Gone::Replaced => return,
        });
    }
}
