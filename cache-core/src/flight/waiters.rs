//! Those that wait for one flight.

use std::task::Waker;

use crate::clock::Ticks;

pub(super) struct Waiter {
    pub(super) waker: Option<Waker>,
    /// Then it waits no longer.
    pub(super) until: Ticks,
    pub(super) expired: bool,
}

/// In the order in which they came, but for places that are taken again. None yet takes no room.
#[derive(Default)]
pub(super) struct Waiters {
    places: Vec<Option<Waiter>>,
    free: Vec<usize>,
}

impl Waiters {
    /// Gives the number that it is known by until it is removed.
    pub(super) fn add(&mut self, waiter: Waiter) -> usize {
        let id = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        self.places[id] = Some(waiter);
        id
    }

    pub(super) fn get_mut(&mut self, id: usize) -> Option<&mut Waiter> {
        self.places.get_mut(id)?.as_mut()
    }

    pub(super) fn remove(&mut self, id: usize) -> Option<Waiter> {
        let waiter = self.places.get_mut(id)?.take()?;
        self.free.push(id);
        Some(waiter)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Waiter> {
        self.places.iter_mut().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_again_by_a_later_waiter() {
        let mut waiters = Waiters::default();
        let waiter = |until| Waiter { waker: None, until, expired: false };
        let ids = [1, 2, 3].map(|until| waiters.add(waiter(until)));
        assert_eq!(waiters.remove(ids[1]).map(|waiter| waiter.until), Some(2));
        assert!(waiters.remove(ids[1]).is_none() && waiters.get_mut(ids[1]).is_none());
        assert_eq!(waiters.add(waiter(4)), ids[1]);
        assert_eq!(waiters.iter_mut().map(|waiter| waiter.until).collect::<Vec<_>>(), [1, 4, 3]);
    }
}
