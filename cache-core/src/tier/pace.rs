//! When what is past its time may be tried again, of values that memory does not keep: their entries cannot note it.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use super::Remote;
use crate::clock::{Ticks, after};

/// So many names, at most: those of failures of the last moments.
const ROOM: usize = 10_000;

/// The names that are not to be tried again, each with the moment from which on they are.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<String, Ticks>>);

impl Pace {
    fn holds(&self, name: &str, now: Ticks) -> bool {
        let mut names = self.0.lock();
        match names.get(name) {
            Some(next) if now < *next => true,
            Some(_) => {
                names.remove(name);
                false
            }
            None => false,
        }
    }

    fn note(&self, name: &str, next: Ticks, now: Ticks) {
        let mut names = self.0.lock();
        if names.len() >= ROOM {
            names.retain(|_, next| now < *next);
            if names.len() >= ROOM {
                // So much fails that one more attempt of each is nothing.
                names.clear();
            }
        }
        names.insert(name.to_owned(), next);
    }
}

impl Remote {
    /// Whether making a name's value anew has just failed.
    pub(crate) fn is_paced(&self, name: &str) -> bool {
        self.0.pace.holds(name, self.0.clock.now())
    }

    /// It has: not again before so long.
    pub(crate) fn pace(&self, name: &str, retry_after: Duration) {
        let now = self.0.clock.now();
        self.0.pace.note(name, after(now, retry_after), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_waits_until_its_moment_and_there_is_room_for_so_many() {
        let pace = Pace::default();
        pace.note("a", 10, 0);
        assert!(pace.holds("a", 9) && !pace.holds("b", 9) && !pace.holds("a", 10));
        for name in 0..ROOM as u64 {
            pace.note(&name.to_string(), name + 1, 0);
        }
        pace.note("late", ROOM as u64 * 2, ROOM as u64 / 2);
        assert!(pace.holds("late", ROOM as u64) && pace.0.lock().len() < ROOM);
    }
}
