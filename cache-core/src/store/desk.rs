//! What an operation on a shard works with, and what it leaves to be done once nothing is locked.

use smallvec::SmallVec;

use super::policy::Duel;
use super::typed::Typed;
use crate::clock::Ticks;
use crate::entry::{Standing, Stored};
use crate::events::Notes;
use crate::registry::Function;
use crate::stats::{Amount, Gone};

/// The shared parts that a shard's operations work on, and the entries that they took out: dropped by the caller once
/// nothing is locked.
pub(super) struct Desk<'a> {
    pub(super) typed: &'a Typed,
    /// When the operation began: what has expired by then counts as gone.
    pub(super) now: Ticks,
    pub(super) duel: &'a Duel,
    pub(super) removed: SmallVec<[Stored; 4]>,
    /// What came in, by the hash that it is sampled by.
    pub(super) inserted: Option<u64>,
    /// How many entries the shard holds, where it was full.
    pub(super) full: Option<usize>,
    /// What those who listen are to be told.
    pub(super) notes: Notes,
    /// The function of the entry that comes in, and what goes of its own for it.
    pub(super) coming: Option<(*const Function, Amount)>,
}

impl Desk<'_> {
    /// An entry comes in: what goes of the same function is counted with it.
    pub(super) fn comes(&mut self, entry: &Stored) {
        self.coming = Some((std::sync::Arc::as_ptr(&entry.function), Amount::default()));
    }

    /// It is in.
    pub(super) fn came(&mut self, entry: &Stored) {
        self.notes.came(entry);
        let left = self.coming.take().map_or_else(Amount::default, |(_, left)| left);
        entry.function.stats.stored(entry.weight, left);
    }

    /// It is not let in.
    pub(super) fn refuse(&mut self, entry: Stored) {
        if let Some((_, left)) = self.coming.take() {
            entry.function.stats.left(left);
        }
        self.removed.push(entry);
    }

    /// Why an entry goes that is taken out for that reason: what was invalidated by a tag or had expired was gone already.
    pub(super) fn why_gone(&self, entry: &Stored, gone: Gone) -> Gone {
        match entry.standing_at(self.now) {
            _ if entry.is_dead() => Gone::Invalidated,
            Standing::Gone => Gone::Expired,
            _ => gone,
        }
    }

    /// An entry is out; true if it could still be served.
    pub(super) fn take_leave(&mut self, entry: Stored, gone: Gone) -> bool {
        let served = entry.standing_at(self.now) != Standing::Gone;
        let gone = self.why_gone(&entry, gone);
        self.notes.went(&entry, gone);
        let stats = &entry.function.stats;
        stats.gone(gone);
        match &mut self.coming {
            Some((function, left)) if std::ptr::eq(*function, &raw const *entry.function) => {
                left.entries += 1;
                left.bytes += entry.weight;
            }
            _ => stats.left(Amount { entries: 1, bytes: entry.weight }),
        }
        self.removed.push(entry);
        served
    }
}
