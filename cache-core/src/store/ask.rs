//! What is said to the store, and what it says.

use std::sync::Arc;

use super::Tagging;
use crate::clock::Ticks;
use crate::entry::{Copied, Stored, ValueType};
use crate::flight::{Flight, Led, Wait};
use crate::key::Name;

/// A value that a load, or the user, wants stored.
pub(crate) struct NewEntry {
    pub(crate) entry: Stored,
    /// False for a value that is for its callers alone.
    pub(crate) keep: bool,
    /// What is stored stays where this is not kept.
    pub(crate) leave: bool,
    /// A moment that is just over; the entry may be older.
    pub(crate) at: Ticks,
}

/// What an entry has to be to answer a call.
#[derive(Clone, Copy)]
pub(crate) struct Sought {
    /// A value of this type,
    pub(crate) value: ValueType,
    /// or one of this, which is in a value's stead.
    pub(crate) instead: Option<ValueType>,
}

impl Sought {
    pub(super) fn is(&self, entry: &Stored) -> bool {
        entry.is_of(self.value) || self.instead.is_some_and(|instead| entry.is_of(instead))
    }
}

/// A question to the store: this name, as that type.
pub(crate) struct Ask<'a> {
    pub(crate) name: &'a Name,
    pub(crate) sought: Sought,
    /// As if it were not there.
    pub(crate) rejected: Option<&'a Stored>,
    pub(crate) led: Led,
    /// Start a new load whatever there is, and detach the older ones.
    pub(crate) refresh: bool,
    /// The caller takes a value past its time, as far as that may be served.
    pub(crate) stale: bool,
    /// Neither wait for others nor let others wait.
    pub(crate) alone: bool,
    pub(crate) until: Ticks,
    /// The tags of the load that may follow.
    pub(crate) tagging: Option<&'a Arc<Tagging>>,
    /// What that load's value is trusted by, where other instances may change it.
    pub(crate) copied: Option<Copied>,
}

/// What became of an entry that was to take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaced {
    Done,
    /// It is not the other's place any more.
    Changed,
    NoRoom,
}

/// What a caller is to be answered with at once that can have values made anew beside itself.
pub(crate) enum Glance {
    Hit(Stored),
    Stale(Stored),
    /// With this, and it is the caller who has it made anew.
    Renew(Stored, Arc<Flight>),
}

/// What the caller is to do.
pub(crate) enum Verdict {
    Hit(Stored),
    /// Its time is over, and somebody makes it anew or has just failed to.
    Stale(Stored),
    Wait(Wait),
    /// Should it fail, the entry may be served, if there is one.
    Load(Arc<Flight>, Option<Stored>),
}
