//! The events.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment of the logical clock.
pub type Stamp = u64;

/// One of the few keys that everybody works on; it prints `h:{group}:{number}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Its first segment.
    pub group: u8,
    /// Its second segment.
    pub number: u8,
}

/// What a load or a put gave its key: `id` tells all of them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The key it was made for.
    pub key: Key,
    /// Which load or put made it.
    pub id: u64,
}

/// How a call came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With a value.
    Value(Value),
    /// With the error of that load.
    Failed(u64),
    /// With a panic.
    Panicked,
    /// Its future was dropped.
    Dropped,
}

/// A call of the cached function.
#[derive(Debug, Clone)]
pub struct Call {
    /// Tells it from the others.
    pub id: u64,
    /// Its argument.
    pub key: Key,
    /// Before it was made.
    pub invoked: Stamp,
    /// After it had come back, or after it was dropped.
    pub returned: Stamp,
    /// How it came back.
    pub answer: Answer,
    /// Made by a thread, not by a task.
    pub sync: bool,
    /// Made inside another load's body.
    pub nested: bool,
    /// It was `refresh`.
    pub refresh: bool,
    /// The cache's time before it was made, and after it had come back.
    pub at: (Duration, Duration),
    /// It may be answered with a value past its time, and its load may go on beside it, or stand in for no error.
    pub graceful: bool,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a value.
    Value,
    /// With an error.
    Failed,
    /// With a panic, or dropped before its end.
    Lost,
}

/// A body that ran.
#[derive(Debug, Clone)]
pub struct Load {
    /// Tells it from the others; the id of its value.
    pub id: u64,
    /// The call that ran it.
    pub call: u64,
    /// Its argument.
    pub key: Key,
    /// Its first step.
    pub began: Stamp,
    /// Its last step.
    pub ended: Stamp,
    /// How it ended.
    pub how: Ended,
    /// How long its value is fresh.
    pub ttl: Duration,
}

/// A value that was put.
#[derive(Debug, Clone)]
pub struct Put {
    /// Tells it from the others; the id of its value.
    pub id: u64,
    /// Where it was put.
    pub key: Key,
    /// Before.
    pub invoked: Stamp,
    /// After.
    pub returned: Stamp,
}

/// Which keys a removal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One.
    Key(Key),
    /// All of a first segment.
    Group(u8),
    /// All of a second segment.
    Number(u8),
    /// All.
    All,
    /// None: a name that nobody uses.
    Nothing,
}

impl Reach {
    /// Whether it is about that key.
    #[must_use]
    pub fn contains(self, key: Key) -> bool {
        match self {
            Self::Key(one) => one == key,
            Self::Group(group) => group == key.group,
            Self::Number(number) => number == key.number,
            Self::All => true,
            Self::Nothing => false,
        }
    }
}

/// An invalidation, of whatever kind.
#[derive(Debug, Clone)]
pub struct Removal {
    /// What it reaches.
    pub reach: Reach,
    /// Before.
    pub invoked: Stamp,
    /// After.
    pub returned: Stamp,
}

/// Everything that happened in a round.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Calls.
    pub calls: Vec<Call>,
    /// Bodies.
    pub loads: Vec<Load>,
    /// Puts.
    pub puts: Vec<Put>,
    /// Invalidations.
    pub removals: Vec<Removal>,
    /// What took the freshness of entries: their loads under way store nothing.
    pub expiries: Vec<Removal>,
    /// Invalidations of tags, which close all loads to those who come later: a value under way may turn out to carry it.
    pub closings: Vec<Removal>,
}

impl History {
    /// Adds what another worker wrote down.
    pub fn append(&mut self, other: Self) {
        self.calls.extend(other.calls);
        self.loads.extend(other.loads);
        self.puts.extend(other.puts);
        self.removals.extend(other.removals);
        self.expiries.extend(other.expiries);
        self.closings.extend(other.closings);
    }
}
