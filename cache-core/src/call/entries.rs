//! The entries that a call stores: of values that were made now, of values that the shared tier had, of absences and errors.

use super::negative::Negative;
use super::plan::Plan;
use crate::clock::{self, NEVER, Ticks};
use crate::entry::{Copied, Entry, Freshness, Lifetime, Lived};
use crate::lookup::Ttl;
use crate::store::{Carried, NewEntry};

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
        let mut new = self.entry_anywhere(now, value, heap, ttl, &freshness);
        new.keep &= self.in_memory();
        new
    }

    /// The entry of an absence or an error, which memory keeps for every function.
    pub(super) fn negative(&mut self, negative: Negative, ttl: Ttl) -> NewEntry {
        let freshness = match negative {
            Negative::Absent(_) => self.function.freshness,
            // No error is served past its time, and none is made anew for its own sake.
            Negative::Failed(_) => Freshness { jitter: self.function.freshness.jitter, ..Freshness::PLAIN },
        };
        self.entry_anywhere(self.now(), negative, 0, ttl, &freshness)
    }

    /// The entry of a value of the shared tier's: it goes on with its life, and keeps no longer than it would there.
    pub(super) fn entry_of_record<T: Send + Sync + 'static>(
        &mut self,
        value: T,
        heap: usize,
        lived: &Lived,
    ) -> NewEntry {
        let (now, freshness) = (self.now(), self.function.freshness);
        let mut new =
            self.entry_with(now, value, heap, true, |tags, copied| freshness.resumed(lived, now, tags, copied));
        new.keep &= self.in_memory();
        new
    }

    /// The same of an absence.
    pub(super) fn absence_of_record(&mut self, depth: u8, lived: &Lived) -> NewEntry {
        let (now, freshness) = (self.now(), self.function.freshness);
        self.entry_with(now, Negative::Absent(depth), 0, true, |tags, copied| {
            freshness.resumed(lived, now, tags, copied)
        })
    }

    fn entry_anywhere<T: Send + Sync + 'static>(
        &mut self,
        now: Ticks,
        value: T,
        heap: usize,
        ttl: Ttl,
        freshness: &Freshness,
    ) -> NewEntry {
        let lived = self.cache.span(ttl).map(|span| span.map_or(NEVER, clock::ticks));
        self.entry_with(now, value, heap, lived.is_some(), |tags, copied| {
            freshness.lifetime(now, lived.unwrap_or(0), tags, copied)
        })
    }

    fn entry_with<T: Send + Sync + 'static>(
        &mut self,
        now: Ticks,
        value: T,
        heap: usize,
        lives: bool,
        lifetime: impl FnOnce(Box<[Carried]>, Option<Copied>) -> Lifetime,
    ) -> NewEntry {
        let typed = self.typed.take();
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
        let entry = Entry::of(value, heap, &self.name, typed, self.function.clone(), lifetime);
        NewEntry { entry, keep, leave: false, at: now }
    }
}
