//! What an operation on a shard works with, and what it leaves to be done once nothing is locked.

use smallvec::SmallVec;

use super::policy::Duel;
use super::typed::Typed;
use crate::clock::Clock;
use crate::entry::{Stored, TypedKey};
use crate::events::Notes;

/// The shared parts that a shard's operations work on, and the entries that they took out: dropped by the caller once
/// nothing is locked.
pub(super) struct Desk<'a> {
    pub(super) typed: &'a Typed,
    pub(super) clock: &'a Clock,
    pub(super) duel: &'a Duel,
    pub(super) removed: SmallVec<[Stored; 4]>,
    /// What came in, by the hash that it is sampled by.
    pub(super) inserted: Option<u64>,
    /// How many entries the shard holds, where it was full.
    pub(super) full: Option<usize>,
    /// What those who listen are to be told.
    pub(super) notes: Notes,
}

impl Desk<'_> {
    /// Makes an entry that was found by name known to the typed map. Call it with its shard locked.
    pub(super) fn adopt(&self, entry: &Stored, typed: TypedKey) {
        let hash = typed.hash;
        if entry.bind(typed) {
            self.typed.insert(hash, entry.clone());
        }
    }
}
