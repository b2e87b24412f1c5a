//! The duty to load: a flight that somebody leads, and the store that its value goes to.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{NEVER, Ticks};
use crate::entry::Stored;
use crate::events::Cause;
use crate::flight::{Flight, Landing, Register};
use crate::store::{NewEntry, Store};

/// The duty to end a flight. Dropped without an end, it gives way to one of those that wait.
pub(crate) struct Lead {
    pub(crate) flight: Arc<Flight>,
    store: Arc<Store>,
    ended: bool,
    /// The entry that is made anew beside its callers, and how long after a failure that is tried again.
    renewed: Option<(Stored, Duration)>,
}

impl Lead {
    pub(crate) fn new(flight: Arc<Flight>, store: Arc<Store>) -> Self {
        Self { flight, store, ended: false, renewed: None }
    }

    /// Of a load that makes an entry anew beside its callers.
    pub(crate) fn renewing(mut self, entry: Stored, retry_after: Duration) -> Self {
        self.renewed = Some((entry, retry_after));
        self
    }

    /// Whether it replaces a stored value that its callers do not wait to see replaced, or that one of them asked to be.
    pub(crate) fn is_a_refresh(&self) -> bool {
        self.flight.refreshes || self.renewed.is_some()
    }

    /// Nobody makes the entry anew any more: not before `next`, where that is not said yet.
    fn release(&mut self, next: Ticks) {
        if let Some(terms) = self.renewed.take().as_ref().and_then(|(entry, _)| entry.terms.as_ref())
            && terms.next_try() == NEVER
        {
            terms.end_try(next);
        }
    }

    /// Ends the flight with something to store, and with `landing` for those that wait, or else the entry itself.
    /// Stores it unless the flight was detached meanwhile; false if it was.
    pub(crate) fn store(mut self, entry: NewEntry, landing: Option<Landing>) -> bool {
        self.ended = true;
        let stored = self.store.finish(&self.flight, entry, landing);
        self.release(0);
        stored
    }

    /// Ends the flight with a value that is not stored; `entry` makes one of it for those that wait, if anybody does.
    pub(crate) fn pass(mut self, entry: impl FnOnce() -> Stored) {
        self.store.pass(&self.flight, entry);
        // Not before: making the entry may panic, and those that wait are to hear of that.
        self.ended = true;
        self.release(0);
    }

    /// Ends the flight with nothing to store. What was to be made anew and is absent now is removed.
    /// False if the flight was detached meanwhile.
    pub(crate) fn end(mut self, landing: Landing) -> bool {
        self.ended = true;
        let attached = match landing {
            Landing::Absent(_) if self.flight.takes_a_place() => self.store.vacate(&self.flight),
            _ => self.store.detach(&self.flight),
        };
        self.release(0);
        self.flight.land(landing);
        attached
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.ended && cfg!(not(cache_mutant = "no_hand_over")) {
            self.store.detach(&self.flight);
            let retry_after = self.renewed.as_ref().map_or(Duration::ZERO, |(_, retry_after)| *retry_after);
            self.release(self.store.clock.after(retry_after));
            self.flight.land(Landing::Abandoned);
            if std::thread::panicking() {
                self.store.events.load_failed(None, &self.flight.name, Cause::Panic);
            }
        }
    }
}
