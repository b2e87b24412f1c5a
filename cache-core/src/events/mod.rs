//! What happened, told one by one to those who listen.
//!
//! Sites ask with one relaxed load whether anybody does; only then a name is copied. What happens under a shard's lock is
//! noted there and told once nothing is locked, because telling wakes those who wait.

mod bus;
mod notes;
mod subscription;

use std::fmt;
use std::sync::Arc;

pub(crate) use self::bus::Bus;
pub(crate) use self::notes::{By, Notes};
pub use self::subscription::Events;
use crate::key::Names;

/// Something that happened in a cache's memory or to its shared tier; see [`Cache::events`](crate::Cache::events).
///
/// `function` is the decorated function whose value or entry it is about, and `None` where names of one's own are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheEvent {
    /// A value, or an absence or error that is kept, was stored.
    #[non_exhaustive]
    Set {
        /// Whose value it is.
        function: Option<&'static str>,
        /// Its name.
        key: Arc<str>,
        /// [`Load`](Cause::Load) or [`Put`](Cause::Put).
        cause: Cause,
    },
    /// A refresh has stored what it loaded.
    #[non_exhaustive]
    Refreshed {
        /// Whose value it is.
        function: Option<&'static str>,
        /// Its name.
        key: Arc<str>,
    },
    /// Something was invalidated, whether or not there was an entry: one event per name, prefix, pattern or function.
    #[non_exhaustive]
    Invalidated {
        /// Whose entries they are, where it was said by function.
        function: Option<&'static str>,
        /// The name; of several, a pattern that they match.
        key: Arc<str>,
        /// [`Key`](Cause::Key), [`Prefix`](Cause::Prefix), [`Pattern`](Cause::Pattern), [`Tag`](Cause::Tag), [`Function`](Cause::Function),
        /// [`Absent`](Cause::Absent) or [`Conflict`](Cause::Conflict).
        cause: Cause,
        /// How many entries memory had of it.
        entries: usize,
    },
    /// Everything was removed.
    #[non_exhaustive]
    Cleared {
        /// How many entries memory had.
        entries: usize,
    },
    /// An entry had to go for others.
    #[non_exhaustive]
    Evicted {
        /// Whose value it was.
        function: Option<&'static str>,
        /// Its name.
        key: Arc<str>,
    },
    /// An entry whose time was over has been removed: when it is met by a clean-up, an insertion or an invalidation, and not
    /// at the moment when it expired.
    #[non_exhaustive]
    Expired {
        /// Whose value it was.
        function: Option<&'static str>,
        /// Its name.
        key: Arc<str>,
    },
    /// A load has given no answer.
    #[non_exhaustive]
    LoadFailed {
        /// Whose load it was.
        function: Option<&'static str>,
        /// The name that it was for.
        key: Arc<str>,
        /// [`Error`](Cause::Error) or [`Panic`](Cause::Panic).
        cause: Cause,
    },
    /// The shared tier has failed too often in a row and is left alone.
    TierDown,
    /// The shared tier is back, and is owed nothing.
    TierUp,
    /// What other instances change is not heard: memory keeps its copies of shared keys for `backplane_patience` at most.
    BackplaneDown,
    /// It is heard again, and memory has no copy from before.
    BackplaneUp,
    /// So many events, older than the next one, were lost to this subscriber: it was too slow.
    #[non_exhaustive]
    Lost {
        /// How many.
        events: u64,
    },
}

/// Why something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A call has loaded it, or found it in the shared tier.
    Load,
    /// It was stored by hand: `put`, `set`, `increment`, `#[updates]`.
    Put,
    /// It was asked to be loaded anew.
    Refresh,
    /// By its name, or by all arguments.
    Key,
    /// By leading segments.
    Prefix,
    /// By a pattern, or by some of the arguments.
    Pattern,
    /// All of a function's.
    Function,
    /// By a tag.
    Tag,
    /// Everything.
    Clear,
    /// There was nothing to be stored in its place: a refresh or a `put` of `None`, a time to live of zero.
    Absent,
    /// Two functions could store under the same names.
    Conflict,
    /// Others need the room.
    Capacity,
    /// Its time to live is over.
    Ttl,
    /// An error was returned.
    Error,
    /// The body panicked, or what ran it did.
    Panic,
    /// Failures in a row.
    Failures,
    /// It answers again.
    Answer,
    /// The subscriber was too slow.
    Slow,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Load => "load",
            Self::Tag => "tag",
            Self::Put => "put",
            Self::Refresh => "refresh",
            Self::Key => "key",
            Self::Prefix => "prefix",
            Self::Pattern => "pattern",
            Self::Function => "function",
            Self::Clear => "clear",
            Self::Absent => "absent",
            Self::Conflict => "conflict",
            Self::Capacity => "capacity",
            Self::Ttl => "ttl",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Failures => "failures",
            Self::Answer => "answer",
            Self::Slow => "slow",
        })
    }
}

impl CacheEvent {
    /// The name that it is about, or the pattern.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Set { key, .. }
            | Self::Refreshed { key, .. }
            | Self::Invalidated { key, .. }
            | Self::Evicted { key, .. }
            | Self::Expired { key, .. }
            | Self::LoadFailed { key, .. } => Some(key),
            Self::Cleared { .. }
            | Self::TierDown
            | Self::TierUp
            | Self::BackplaneDown
            | Self::BackplaneUp
            | Self::Lost { .. } => None,
        }
    }

    /// The first segment of the name.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.key().and_then(|key| key.split(':').next())
    }

    /// The decorated function that it is about.
    #[must_use]
    pub fn function(&self) -> Option<&'static str> {
        match self {
            Self::Set { function, .. }
            | Self::Refreshed { function, .. }
            | Self::Invalidated { function, .. }
            | Self::Evicted { function, .. }
            | Self::Expired { function, .. }
            | Self::LoadFailed { function, .. } => *function,
            Self::Cleared { .. }
            | Self::TierDown
            | Self::TierUp
            | Self::BackplaneDown
            | Self::BackplaneUp
            | Self::Lost { .. } => None,
        }
    }

    /// Why it happened.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Set { cause, .. } | Self::Invalidated { cause, .. } | Self::LoadFailed { cause, .. } => *cause,
            Self::Refreshed { .. } => Cause::Refresh,
            Self::Cleared { .. } => Cause::Clear,
            Self::Evicted { .. } => Cause::Capacity,
            Self::Expired { .. } => Cause::Ttl,
            Self::TierDown | Self::BackplaneDown => Cause::Failures,
            Self::TierUp | Self::BackplaneUp => Cause::Answer,
            Self::Lost { .. } => Cause::Slow,
        }
    }
}

impl Bus {
    /// What was to be loaded has not been.
    pub(crate) fn load_failed(&self, function: Option<&'static str>, name: &str, cause: Cause) {
        self.tell(|| CacheEvent::LoadFailed { function, key: name.into(), cause });
    }

    /// So many entries went.
    pub(crate) fn invalidated(&self, names: &Names, function: Option<&'static str>, cause: Cause, entries: usize) {
        self.tell(|| match (names, cause) {
            (Names::All, Cause::Clear) => CacheEvent::Cleared { entries },
            _ => CacheEvent::Invalidated { function, key: names.to_string().into(), cause, entries },
        });
    }
}
