//! How long a value has lived and how long it may, on its way to another process and back.

use std::time::Duration;

use super::terms::{Grace, Lifetime, Standing, Terms};
use super::trust::Copied;
use super::{Entry, Freshness};
use crate::clock::{NEVER, Ticks, span, ticks};
use crate::store::Carried;

/// How old a value is, and what was said of its time when it was made. All of it counts from then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lived {
    pub(crate) age: Duration,
    /// How long it is fresh; `None` for ever.
    pub(crate) fresh: Option<Duration>,
    /// What that was reckoned from, before it was shortened at random.
    pub(crate) ttl: Option<Duration>,
    /// How long past its freshness it may be served while it is made anew.
    pub(crate) revalidate: Duration,
    /// And where making it anew has failed.
    pub(crate) error: Duration,
    /// How long past it it is kept to be compared with what takes its place.
    pub(crate) compare: Duration,
}

impl Lived {
    /// Of a new value with that time to live and nothing else.
    #[cfg_attr(not(feature = "shared"), allow(dead_code))]
    pub(crate) fn plain(ttl: Option<Duration>) -> Self {
        Self { fresh: ttl, ttl, ..Self::default() }
    }

    /// How much longer it is of use; `None` for ever.
    #[cfg_attr(not(feature = "shared"), allow(dead_code))]
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let longest = self.revalidate.max(self.error).max(self.compare);
        Some(self.fresh?.saturating_add(longest).saturating_sub(self.age))
    }

    /// How long it has been past its time; `None` while it is fresh.
    fn over(&self) -> Option<Duration> {
        self.age.checked_sub(self.fresh?)
    }

    /// Whether it is fresh.
    #[cfg_attr(not(feature = "shared"), allow(dead_code))]
    pub(crate) fn is_fresh(&self) -> bool {
        self.over().is_none()
    }
}

impl Entry {
    /// Its time, as another process is told of it.
    pub(crate) fn lived(&self, now: Ticks) -> Lived {
        let finite = |end: Ticks, from: Ticks| (end != NEVER).then(|| span(end.saturating_sub(from)));
        let fresh = finite(self.fresh_until(), self.made);
        let Some(terms) = &self.terms else {
            return Lived { age: span(now.saturating_sub(self.made)), ..Lived::plain(fresh) };
        };
        let grace = terms.grace();
        Lived {
            age: span(now.saturating_sub(self.made)),
            fresh,
            ttl: finite(terms.ttl, 0),
            revalidate: span(grace.revalidate),
            error: span(grace.error),
            compare: span(grace.compare),
        }
    }
}

impl Freshness {
    /// What a value that comes from elsewhere is good for here: no longer than either side says.
    pub(crate) fn standing_of(&self, lived: &Lived) -> Standing {
        let Some(over) = lived.over() else {
            let due = self.refresh_ahead.zip(lived.fresh).map(|(share, fresh)| fresh.mul_f64(share.clamp(0.0, 1.0)));
            return if due.is_some_and(|due| lived.age >= due) { Standing::Due } else { Standing::Fresh };
        };
        if over < self.stale_while_revalidate.min(lived.revalidate) {
            Standing::Stale
        } else if over < self.stale_if_error.min(lived.error) {
            Standing::Spare
        } else {
            Standing::Gone
        }
    }

    /// The life of an entry that comes from elsewhere: it goes on where it is, with the same ends as there.
    pub(crate) fn resumed(&self, lived: &Lived, now: Ticks, tags: Box<[Carried]>, copied: Option<Copied>) -> Lifetime {
        let made = now.saturating_sub(ticks(lived.age));
        let Some(fresh) = lived.fresh else {
            let terms = (!tags.is_empty() || copied.is_some())
                .then(|| Box::new(Terms::new(NEVER, NEVER, Grace::default(), NEVER, tags).copied(copied)));
            return Lifetime { made, fresh_until: NEVER, terms };
        };
        let over = ticks(lived.over().unwrap_or_default());
        let left = ticks(fresh.saturating_sub(lived.age));
        // A clock that has not run for as long: what is missing of the past is taken from the grace.
        let missing = over.saturating_sub(now);
        let fresh_until = now.saturating_add(left).saturating_sub(over).min(NEVER - 1);
        let lived_ticks = ticks(fresh);
        let terms = (self.has_terms() || !tags.is_empty() || copied.is_some()).then(|| {
            let due = self.refresh_ahead.map_or(NEVER, |share| {
                let ahead = lived_ticks - ((lived_ticks as f64 * share) as Ticks).min(lived_ticks);
                fresh_until.saturating_sub(ahead)
            });
            let grace = Grace {
                revalidate: ticks(self.stale_while_revalidate.min(lived.revalidate)).saturating_sub(missing),
                error: ticks(self.stale_if_error.min(lived.error)).saturating_sub(missing),
                compare: if self.adaptive.is_some() { lived_ticks.saturating_sub(missing) } else { 0 },
            };
            Box::new(Terms::new(fresh_until, due, grace, lived.ttl.map_or(NEVER, ticks), tags).copied(copied))
        });
        Lifetime { made, fresh_until, terms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn function() -> Freshness {
        Freshness {
            stale_while_revalidate: 5 * SECOND,
            stale_if_error: 60 * SECOND,
            refresh_ahead: Some(0.8),
            ..Freshness::PLAIN
        }
    }

    fn at(age: Duration) -> Lived {
        Lived { age, revalidate: 5 * SECOND, error: 30 * SECOND, ..Lived::plain(Some(10 * SECOND)) }
    }

    #[test]
    fn each_side_has_its_say() {
        let standing = |seconds: u32| function().standing_of(&at(seconds * SECOND));
        assert_eq!((standing(7), standing(8), standing(9)), (Standing::Fresh, Standing::Due, Standing::Due));
        assert_eq!((standing(10), standing(14), standing(15)), (Standing::Stale, Standing::Stale, Standing::Spare));
        assert_eq!((standing(39), standing(40)), (Standing::Spare, Standing::Gone));
        assert_eq!(Freshness::PLAIN.standing_of(&at(10 * SECOND)), Standing::Gone);
        assert_eq!(at(10 * SECOND).remaining(), Some(30 * SECOND));
    }

    #[test]
    fn a_life_goes_on_with_the_same_ends() {
        let now = ticks(1_000 * SECOND);
        for age in [0, 3, 8, 9, 10, 12, 20, 39, 40] {
            let lived = at(age * SECOND);
            let life = function().resumed(&lived, now, Box::default(), None);
            assert_eq!(life.made, now - ticks(age * SECOND));
            assert_eq!(life.fresh_until, now + ticks(10 * SECOND) - ticks(age * SECOND));
            let terms = life.terms.unwrap();
            assert_eq!(terms.standing(now), function().standing_of(&lived), "at {age}");
            assert_eq!(terms.standing(now + ticks(40 * SECOND) - ticks(age * SECOND)), Standing::Gone);
        }
    }

    #[test]
    fn a_clock_that_has_hardly_run_revives_nothing() {
        let now = ticks(SECOND);
        let lived = at(39 * SECOND);
        let terms = function().resumed(&lived, now, Box::default(), None).terms.unwrap();
        assert_eq!(terms.standing(now), Standing::Spare);
        assert_eq!(terms.standing(now + ticks(SECOND)), Standing::Gone);
        let fresh = function().resumed(&at(9 * SECOND), now, Box::default(), None);
        assert_eq!((fresh.made, fresh.fresh_until), (0, now + ticks(SECOND)));
    }
}
