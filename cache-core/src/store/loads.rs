//! A shard's register of loads under way: what makes the fence.

use std::ptr;
use std::sync::Arc;

use super::Ask;
use super::shard::Shard;
use crate::flight::Flight;

impl Shard {
    pub(super) fn register(&mut self, flight: Arc<Flight>) {
        self.loads.insert_unique(flight.name_hash, flight, |flight| flight.name_hash);
    }

    pub(super) fn is_registered(&self, flight: &Flight) -> bool {
        self.loads.iter_hash(flight.name_hash).any(|other| ptr::eq(&**other, flight))
    }

    /// False if it was detached before.
    pub(super) fn unregister(&mut self, flight: &Flight) -> bool {
        match self.loads.find_entry(flight.name_hash, |other| ptr::eq(&**other, flight)) {
            Ok(found) => {
                drop(found.remove());
                true
            }
            Err(_) => false,
        }
    }

    /// Takes out a load that came to its end; false if it was detached before. A refresh takes the older ones along.
    pub(super) fn conclude(&mut self, flight: &Flight) -> bool {
        let attached = self.unregister(flight);
        if attached && flight.refreshes {
            self.detach_loads(flight.name_hash, |other| other.id < flight.id && *other.name == *flight.name);
        }
        attached
    }

    /// The newest load that a caller may wait for.
    pub(super) fn joinable(&self, hash: u64, ask: &Ask<'_>) -> Option<Arc<Flight>> {
        if self.loads.is_empty() {
            return None;
        }
        self.loads
            .iter_hash(hash)
            .filter(|flight| flight.joinable && flight.value == ask.sought.value.id() && *flight.name == **ask.name)
            // A tag was invalidated: who asks now is not to be answered with what was read before.
            .filter(|flight| flight.tagging.as_ref().is_none_or(|tagging| tagging.is_current()))
            .filter(|flight| flight.is_trusted())
            .max_by_key(|flight| flight.id)
            .cloned()
    }

    /// Detaches the loads of one name.
    pub(super) fn detach_loads(&mut self, hash: u64, is_it: impl Fn(&Flight) -> bool) {
        if cfg!(cache_mutant = "unregistered_load") {
            return;
        }
        while let Ok(found) = self.loads.find_entry(hash, |flight| is_it(flight)) {
            found.remove();
        }
    }

    /// Detaches loads of any name, and gives them.
    pub(super) fn detach_all_loads(&mut self, is_it: impl Fn(&Flight) -> bool) -> Vec<Arc<Flight>> {
        if cfg!(cache_mutant = "unregistered_load") {
            return Vec::new();
        }
        let mut detached = Vec::new();
        self.loads.retain(|flight| {
            let stays = !is_it(flight);
            if !stays {
                detached.push(flight.clone());
            }
            stays
        });
        detached
    }
}
