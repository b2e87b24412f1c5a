//! A change that is made only if the name still has what its caller has seen.

use super::{NewEntry, Replaced, Store};
use crate::entry::Stored;
use crate::events::By;

impl Store {
    /// Stores an entry in the place of that one, or where there is none; older loads will not overwrite it.
    pub(crate) fn replace(&self, before: Option<&Stored>, new: &NewEntry) -> Replaced {
        let entry = new.entry.clone();
        let hash = self.name_hash(entry.name());
        let mut desk = self.desk();
        desk.notes.by = By::Put;
        let replaced = {
            let mut shard = self.shard(hash).lock();
            let found = shard.fresh(hash, entry.name(), &self.clock);
            let same = match (&found, before) {
                (None, None) => true,
                (Some(found), Some(before)) => found.is(before),
                _ => false,
            };
            if !same {
                Replaced::Changed
            } else if !new.keep {
                Replaced::NoRoom
            } else {
                shard.detach_loads(hash, |flight| &*flight.name == entry.name());
                if shard.insert(hash, entry, &mut desk) { Replaced::Done } else { Replaced::NoRoom }
            }
        };
        self.bury(desk);
        replaced
    }
}
