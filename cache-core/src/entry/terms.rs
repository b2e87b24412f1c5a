//! The terms of an entry that has more than one deadline: when it is to be made anew, and how long it may be served past
//! its time.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Entry;
use super::trust::Copied;
use crate::clock::{Clock, NEVER, Ticks};
use crate::store::Carried;

/// From when to when an entry is fresh, and on which terms it is served otherwise.
#[derive(Debug)]
pub(crate) struct Lifetime {
    pub(crate) made: Ticks,
    pub(crate) fresh_until: Ticks,
    pub(crate) terms: Option<Box<Terms>>,
}

impl Lifetime {
    /// Of an entry with nothing but a deadline.
    pub(crate) fn plain(made: Ticks, fresh_until: Ticks) -> Self {
        Self { made, fresh_until, terms: None }
    }
}

/// What an entry is good for at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Fresh.
    Fresh,
    /// Fresh, and to be made anew.
    Due,
    /// Past its time; served while it is made anew.
    Stale,
    /// Served only where making it anew has failed.
    Spare,
    /// Served no more.
    Gone,
}

impl Standing {
    pub(crate) fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh | Self::Due)
    }
}

/// How long an entry stays of use once it is no longer fresh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Grace {
    /// Served while a refresh runs.
    pub(crate) revalidate: Ticks,
    /// Served where a refresh fails.
    pub(crate) error: Ticks,
    /// Kept to be compared with what comes after it.
    pub(crate) compare: Ticks,
}

impl Grace {
    fn longest(self) -> Ticks {
        self.revalidate.max(self.error).max(self.compare)
    }
}

#[derive(Debug)]
pub(crate) struct Terms {
    fresh_until: AtomicU64,
    /// From then on, while it is fresh, it is to be made anew.
    due: Ticks,
    grace: Grace,
    /// Before then nobody makes it anew; [`NEVER`] while somebody does.
    next_try: AtomicU64,
    /// The time to live that `fresh_until` was reckoned from; [`NEVER`] for ever.
    pub(crate) ttl: Ticks,
    /// It is gone once one of them is dead.
    tags: Box<[Carried]>,
    /// Of a copy of what other instances may change.
    copied: Option<Copied>,
}

impl Terms {
    pub(super) fn new(fresh_until: Ticks, due: Ticks, grace: Grace, ttl: Ticks, tags: Box<[Carried]>) -> Self {
        let (fresh_until, next_try) = (AtomicU64::new(fresh_until), AtomicU64::new(0));
        Self { fresh_until, due, grace, next_try, ttl, tags, copied: None }
    }

    /// Of a copy of what other instances may change.
    pub(super) fn copied(self, copied: Option<Copied>) -> Self {
        Self { copied, ..self }
    }

    pub(crate) fn is_copy(&self) -> bool {
        self.copied.is_some()
    }

    /// Until when nothing but time speaks against it.
    fn trusted_until(&self) -> Ticks {
        self.copied.as_ref().map_or(NEVER, Copied::until)
    }

    pub(super) fn grace(&self) -> Grace {
        self.grace
    }

    fn is_dead(&self) -> bool {
        self.tags.iter().any(Carried::is_dead)
    }

    /// Bytes that it counts for.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.tags)
    }

    /// Whether it is plainly fresh, by a cheap reading of the clock.
    pub(crate) fn is_fresh_and_not_due(&self, clock: &Clock) -> bool {
        clock.is_before(self.fresh_until().min(self.due).min(self.trusted_until())) && !self.is_dead()
    }

    fn fresh_until(&self) -> Ticks {
        self.fresh_until.load(Ordering::Relaxed)
    }

    /// When the entry is of no use any more.
    fn gone_at(&self) -> Ticks {
        self.fresh_until().saturating_add(self.grace.longest())
    }

    pub(super) fn standing(&self, now: Ticks) -> Standing {
        if self.is_dead() {
            return Standing::Gone;
        }
        let until = self.fresh_until();
        if now >= self.trusted_until() {
            // It may have been changed elsewhere: better than an error at most.
            return if self.grace.error > 0 && self.bridges_error(now) { Standing::Spare } else { Standing::Gone };
        }
        if now < until {
            return if now >= self.due { Standing::Due } else { Standing::Fresh };
        }
        let over = now - until;
        if over < self.grace.revalidate {
            Standing::Stale
        } else if over < self.grace.error {
            Standing::Spare
        } else {
            Standing::Gone
        }
    }

    /// What a hit without a second look may go by.
    pub(super) fn quick_until(&self) -> Ticks {
        // Whether a tag is dead takes a second look.
        if self.tags.is_empty() { self.fresh_until().min(self.due).min(self.trusted_until()) } else { 0 }
    }

    /// Whether somebody may try to make it anew. Under the shard's lock: one does.
    pub(crate) fn may_try(&self, now: Ticks) -> bool {
        now >= self.next_try()
    }

    pub(crate) fn next_try(&self) -> Ticks {
        self.next_try.load(Ordering::Acquire)
    }

    /// Whether it may stand in for a load that failed.
    pub(crate) fn bridges_error(&self, now: Ticks) -> bool {
        !self.is_dead() && now < self.fresh_until().saturating_add(self.grace.error)
    }

    /// Somebody makes it anew.
    pub(crate) fn begin_try(&self) {
        self.next_try.store(NEVER, Ordering::Release);
    }

    /// That came to nothing: not again before then.
    pub(crate) fn end_try(&self, next: Ticks) {
        self.next_try.store(next, Ordering::Release);
    }
}

impl Entry {
    #[inline]
    pub(crate) fn is_fresh_at_a_glance(&self, clock: &Clock) -> bool {
        clock.is_before(self.quick_until.load(Ordering::Relaxed))
    }

    /// Whether it is fresh.
    #[inline]
    pub(crate) fn is_fresh(&self, clock: &Clock) -> bool {
        self.is_fresh_at_a_glance(clock) || self.is_fresh_by_its_terms(clock)
    }

    #[cold]
    fn is_fresh_by_its_terms(&self, clock: &Clock) -> bool {
        let fresh = self.terms.is_some() && self.standing(clock).is_fresh();
        if fresh {
            self.trust_again();
        }
        fresh
    }

    /// A copy that was found to be trusted still is a quick hit again, for as long as it is known to be.
    pub(crate) fn trust_again(&self) {
        let Some(terms) = self.terms.as_ref().filter(|terms| terms.is_copy()) else { return };
        // Acquire, and before the rest is read: who takes its freshness writes this last.
        let before = self.quick_until.load(Ordering::Acquire);
        let after = terms.quick_until();
        if before != 0 && before < after {
            // In vain where its freshness was taken meanwhile.
            let _ = self.quick_until.compare_exchange(before, after, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether it is a copy of what other instances may change.
    #[cfg(feature = "shared")]
    pub(crate) fn is_copy(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.is_copy())
    }

    /// What it is good for at that moment.
    pub(crate) fn standing_at(&self, now: Ticks) -> Standing {
        match &self.terms {
            Some(terms) => terms.standing(now),
            None if now < self.quick_until.load(Ordering::Relaxed) => Standing::Fresh,
            None => Standing::Gone,
        }
    }

    /// What it is good for.
    pub(crate) fn standing(&self, clock: &Clock) -> Standing {
        match &self.terms {
            Some(terms) => terms.standing(clock.now()),
            None if self.is_fresh_at_a_glance(clock) => Standing::Fresh,
            None => Standing::Gone,
        }
    }

    /// Whether one of its tags was invalidated.
    pub(crate) fn is_dead(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.is_dead())
    }

    /// When it is fresh no more.
    pub(crate) fn fresh_until(&self) -> Ticks {
        match &self.terms {
            Some(terms) => terms.fresh_until(),
            None => self.quick_until.load(Ordering::Relaxed),
        }
    }

    /// When it is of no use any more. Earlier than it was, at most.
    pub(crate) fn gone_at(&self) -> Ticks {
        match &self.terms {
            Some(terms) => terms.gone_at(),
            None => self.quick_until.load(Ordering::Relaxed),
        }
    }

    /// Takes its freshness. Under its shard's lock. What remains is its grace, counted from now.
    pub(crate) fn expire(&self, now: Ticks) {
        if let Some(terms) = &self.terms {
            terms.fresh_until.store(now.min(terms.fresh_until()), Ordering::Relaxed);
        }
        // Release, and last: see `trust_again`.
        self.quick_until.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Ticks = 1_000;

    #[test]
    fn each_term_ends_when_it_says() {
        let terms = Terms::new(2_000, 1_800, Grace { revalidate: 500, error: 900, compare: 0 }, 1_000, Box::default());
        let at = |now| terms.standing(now);
        assert_eq!((at(MADE), at(1_799)), (Standing::Fresh, Standing::Fresh));
        assert_eq!((at(1_800), at(1_999)), (Standing::Due, Standing::Due));
        assert_eq!((at(2_000), at(2_499)), (Standing::Stale, Standing::Stale));
        assert_eq!((at(2_500), at(2_899)), (Standing::Spare, Standing::Spare));
        assert_eq!(at(2_900), Standing::Gone);
        assert_eq!((terms.quick_until(), terms.gone_at()), (1_800, 2_900));
    }
}
