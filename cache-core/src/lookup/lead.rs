//! The duty to load: a flight that somebody leads, and the store that its value goes to.

use std::sync::Arc;

use crate::events::Cause;
use crate::flight::{Flight, Landing, Register};
use crate::store::{NewEntry, Store};

/// The duty to end a flight. Dropped without an end, it gives way to one of those that wait.
pub(crate) struct Lead {
    pub(crate) flight: Arc<Flight>,
    store: Arc<Store>,
    ended: bool,
}

impl Lead {
    pub(crate) fn new(flight: Arc<Flight>, store: Arc<Store>) -> Self {
        Self { flight, store, ended: false }
    }

    /// Ends the flight with something to store, and with `landing` for those that wait, or else the entry itself.
    /// Stores it unless the flight was detached meanwhile; false if it was.
    pub(crate) fn store(mut self, entry: NewEntry, landing: Option<Landing>) -> bool {
        self.ended = true;
        self.store.finish(&self.flight, entry, landing)
    }

    /// Ends the flight with nothing to store. What a refresh found to be absent is removed.
    /// False if the flight was detached meanwhile.
    pub(crate) fn end(mut self, landing: Landing) -> bool {
        self.ended = true;
        let attached = match landing {
            Landing::Absent(_) if self.flight.refreshes => self.store.vacate(&self.flight),
            _ => self.store.detach(&self.flight),
        };
        self.flight.land(landing);
        attached
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.ended && cfg!(not(cache_mutant = "no_hand_over")) {
            self.store.detach(&self.flight);
            self.flight.land(Landing::Abandoned);
            if std::thread::panicking() {
                self.store.events.load_failed(None, &self.flight.name, Cause::Panic);
            }
        }
    }
}
