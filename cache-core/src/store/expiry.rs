//! When which of a shard's places falls due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::vec;

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
pub(super) struct Expiry {
    lines: BinaryHeap<Reverse<Due>>,
    /// Lines that are looked through, some at a time, since most were of tenants that had gone. They fall due once that
    /// is done.
    rest: vec::IntoIter<Reverse<Due>>,
    /// Places that have a line in the heap since that began.
    lined: Vec<bool>,
}

impl Expiry {
    pub(super) fn push(&mut self, deadline: Ticks, at: u32) {
        if deadline == NEVER {
            return;
        }
        if !self.is_settled() {
            self.line(at);
        }
        self.lines.push(Reverse(Due { deadline, at }));
    }

    pub(super) fn first(&self) -> Option<Due> {
        self.lines.peek().map(|Reverse(due)| *due)
    }

    pub(super) fn pop(&mut self) {
        self.lines.pop();
    }

    /// Begins to look lines through if there are far more than entries.
    pub(super) fn crowded(&mut self, entries: usize) {
        if self.is_settled() && self.lines.len() > 2 * entries + 64 {
            self.rest = std::mem::take(&mut self.lines).into_vec().into_iter();
        }
    }

    /// Looks through so many: keeps one per place, of those that `keep` wants.
    pub(super) fn look_through(&mut self, most: usize, keep: impl Fn(Due) -> bool) {
        if self.is_settled() {
            return;
        }
        // From the front, where the earliest are: one that comes after those goes into the heap without a move.
        for _ in 0..most {
            let Some(Reverse(due)) = self.rest.next() else { break };
            // A place that was left and taken again at one instant has several.
            if keep(due) && self.line(due.at) {
                self.lines.push(Reverse(due));
            }
        }
        if self.is_settled() {
            (self.rest, self.lined) = Default::default();
        }
    }

    /// Whether all lines are in the heap.
    pub(super) fn is_settled(&self) -> bool {
        self.rest.as_slice().is_empty()
    }

    /// False if the place had a line.
    fn line(&mut self, at: u32) -> bool {
        let at = at as usize;
        if at >= self.lined.len() {
            self.lined.resize(at + 1, false);
        }
        !std::mem::replace(&mut self.lined[at], true)
    }
}

#[cfg(all(test, not(cache_model)))]
mod tests {
    use super::*;

    fn all(expiry: &mut Expiry) -> Vec<(Ticks, u32)> {
        let mut all = Vec::new();
        while let Some(due) = expiry.first() {
            all.push((due.deadline, due.at));
            expiry.pop();
        }
        all
    }

    #[test]
    fn lines_of_those_who_went_are_dropped_some_at_a_time() {
        let mut expiry = Expiry::default();
        for at in 0..1_000 {
            expiry.push(Ticks::from(at), at);
        }
        expiry.push(7, 7);
        expiry.crowded(10);
        let stays = |due: Due| due.at < 10 && due.deadline == Ticks::from(due.at);
        let mut steps = 0;
        while !expiry.is_settled() {
            expiry.look_through(32, stays);
            // What comes meanwhile falls due at once.
            expiry.push(NEVER - 1, 2_000 + steps);
            steps += 1;
        }
        assert_eq!(steps, 1_001_u32.div_ceil(32));
        let lines = all(&mut expiry);
        assert_eq!(lines[..10], (0..10).map(|at| (Ticks::from(at), at)).collect::<Vec<_>>());
        assert_eq!(lines.len(), 10 + steps as usize);
    }

    #[test]
    fn few_lines_are_left_alone() {
        let mut expiry = Expiry::default();
        (0..64).for_each(|at| expiry.push(1, at));
        expiry.crowded(0);
        assert!(expiry.is_settled());
        expiry.push(1, 64);
        expiry.crowded(0);
        assert!(!expiry.is_settled() && expiry.first().is_none());
    }
}
