//! Which entry goes when a shard is full: the clock, or second chance.
//!
//! A hand goes round the slots. An entry that was read since the hand's last visit is passed over once; the first one
//! that was not, or that has expired, goes. New entries take the slot that was just freed, behind the hand, so each
//! has a full round to be read in.

use super::slots::Slots;
use crate::clock::Clock;

#[derive(Debug, Default)]
pub(super) struct Hand(usize);

impl Hand {
    /// The next entry to go.
    pub(super) fn victim(&mut self, slots: &Slots, clock: &Clock) -> Option<u32> {
        // Two rounds: the first takes away every second chance.
        for _ in 0..=2 * slots.len() {
            let at = self.0 % slots.len().max(1);
            self.0 = at + 1;
            if let Some(entry) = slots.entry(at as u32)
                && !(entry.pinned && entry.is_fresh(clock))
                && (!entry.take_visit() || !entry.is_fresh(clock))
            {
                return Some(at as u32);
            }
        }
        None
    }
}
