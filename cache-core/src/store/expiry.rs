//! When which of a shard's places falls due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::clock::{NEVER, Ticks};

/// Packed: there is one per entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(Rust, packed(4))]
pub(super) struct Due {
    pub(super) deadline: Ticks,
    pub(super) at: u32,
}

/// Earliest first. A place may have been left since, or have another tenant.
#[derive(Debug, Default)]
pub(super) struct Expiry(BinaryHeap<Reverse<Due>>);

impl Expiry {
    pub(super) fn push(&mut self, deadline: Ticks, at: u32) {
        if deadline != NEVER {
            self.0.push(Reverse(Due { deadline, at }));
        }
    }

    pub(super) fn first(&self) -> Option<Due> {
        self.0.peek().map(|Reverse(due)| *due)
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Keeps one line per place, of those that `keep` wants. There are so many places.
    pub(super) fn retain(&mut self, places: usize, keep: impl Fn(Due) -> bool) {
        let mut lines = std::mem::take(&mut self.0).into_vec();
        // A place that was left and taken again at one instant has several.
        let mut kept = vec![false; places];
        lines.retain(|Reverse(due)| {
            keep(*due) && kept.get_mut(due.at as usize).is_some_and(|kept| !std::mem::replace(kept, true))
        });
        self.0 = lines.into();
    }
}
