//! The entries that a call stores: of values that were made now, of values that the shared tier had, of absences and errors.

use super::negative::Negative;
use super::plan::Plan;
use crate::clock::{self, NEVER, Ticks};
use crate::entry::{About, Copied, Entry, Freshness, Lifetime, Lived, TypedKey};
use crate::lookup::Ttl;
use crate::store::{Carried, NewEntry};

/// All of an entry but its value: what is the same of all types.
struct Blank {
    typed: Option<TypedKey>,
    lifetime: Lifetime,
    keep: bool,
    at: Ticks,
}

impl Plan {
    /// The entry to be stored; unfit for keeping where its time to live is zero.
    pub(super) fn entry<T: Send + Sync + 'static>(&mut self, value: T, heap: usize, ttl: Ttl) -> NewEntry {
        self.entry_made_at(self.now(), value, heap, ttl)
    }

    /// [`entry`](Self::entry) of a value that was made at that moment.
    pub(super) fn entry_made_at<T: Send + Sync + 'static>(
        &mut self,
        now: Ticks,
        value: T,
        heap: usize,
        ttl: Ttl,
    ) -> NewEntry {
        let freshness = self.function.freshness;
        let mut blank = self.blank(now, ttl, &freshness);
        blank.keep &= self.in_memory();
        self.filled(blank, value, heap)
    }

    /// The entry of an absence or an error, which memory keeps for every function.
    pub(super) fn negative(&mut self, negative: Negative, ttl: Ttl) -> NewEntry {
        let freshness = match negative {
            Negative::Absent(_) => self.function.freshness,
            // No error is served past its time, and none is made anew for its own sake.
            Negative::Failed(_) => Freshness { jitter: self.function.freshness.jitter, ..Freshness::PLAIN },
        };
        let blank = self.blank(self.now(), ttl, &freshness);
        self.filled(blank, negative, 0)
    }

    /// The entry of a value of the shared tier's: it goes on with its life, and keeps no longer than it would there.
    pub(super) fn entry_of_record<T: Send + Sync + 'static>(
        &mut self,
        value: T,
        heap: usize,
        lived: &Lived,
    ) -> NewEntry {
        let mut blank = self.blank_of_record(lived);
        blank.keep &= self.in_memory();
        self.filled(blank, value, heap)
    }

    /// The same of an absence.
    pub(super) fn absence_of_record(&mut self, depth: u8, lived: &Lived) -> NewEntry {
        let blank = self.blank_of_record(lived);
        self.filled(blank, Negative::Absent(depth), 0)
    }

    fn blank(&mut self, now: Ticks, ttl: Ttl, freshness: &Freshness) -> Blank {
        let lived = self.cache.span(ttl).map(|span| span.map_or(NEVER, clock::ticks));
        self.blank_with(now, lived.is_some(), |tags, copied| freshness.lifetime(now, lived.unwrap_or(0), tags, copied))
    }

    fn blank_of_record(&mut self, lived: &Lived) -> Blank {
        let (now, freshness) = (self.now(), self.function.freshness);
        self.blank_with(now, true, |tags, copied| freshness.resumed(lived, now, tags, copied))
    }

    fn blank_with(
        &mut self,
        now: Ticks,
        lives: bool,
        lifetime: impl FnOnce(Box<[Carried]>, Option<Copied>) -> Lifetime,
    ) -> Blank {
        // A function that another one met meanwhile runs uncached from now on.
        let keep = lives && !self.function.in_conflict() && self.cache.inner.enabled();
        let tags = match &self.tagging {
            Some(tagging) => tagging.carried(std::mem::take(&mut self.tags_of_value)),
            None => Some(Box::default()),
        };
        // One of its tags was invalidated since its load began.
        let keep = keep && tags.is_some();
        let copied = self.trust().map(|trust| trust.copy(self.began.unwrap_or(now)));
        let lifetime = lifetime(tags.unwrap_or_default(), copied);
        Blank { typed: self.typed.take(), lifetime, keep, at: now }
    }

    fn filled<T: Send + Sync + 'static>(&self, blank: Blank, value: T, heap: usize) -> NewEntry {
        let Blank { typed, lifetime, keep, at } = blank;
        let about = About { name: &self.name, typed, function: self.function.clone(), lifetime };
        NewEntry { entry: Entry::of(value, heap, about), keep, leave: false, at }
    }
}
