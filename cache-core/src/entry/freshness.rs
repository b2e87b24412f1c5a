//! What a function says of the time around its TTL, and the life of an entry by it.

use std::time::Duration;

use super::terms::{Grace, Lifetime, Terms};
use super::trust::Copied;
use crate::clock::{NEVER, Ticks, ticks};
use crate::store::Carried;

/// What a function says of the time around its TTL, as the attribute says it.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// `stale_while_revalidate`
    pub stale_while_revalidate: Duration,
    /// `stale_if_error`
    pub stale_if_error: Duration,
    /// `retry_after`
    pub retry_after: Duration,
    /// `refresh_ahead`: a share of the TTL.
    pub refresh_ahead: Option<f64>,
    /// `jitter`: a share of the TTL.
    pub jitter: f64,
    /// `adaptive_ttl`: the bounds.
    pub adaptive: Option<(Duration, Duration)>,
    /// `soft_timeout`
    pub soft_timeout: Option<Duration>,
    /// `timeout`
    pub timeout: Option<Duration>,
}

impl Freshness {
    /// A TTL and nothing else.
    pub const PLAIN: Self = Self {
        stale_while_revalidate: Duration::ZERO,
        stale_if_error: Duration::ZERO,
        retry_after: Duration::from_secs(1),
        refresh_ahead: None,
        jitter: 0.0,
        adaptive: None,
        soft_timeout: None,
        timeout: None,
    };

    /// Whether entries need [`Terms`].
    pub(super) fn has_terms(&self) -> bool {
        self.keeps_stale() || self.refresh_ahead.is_some() || self.adaptive.is_some()
    }

    /// Whether values may be served past their time.
    pub(crate) fn keeps_stale(&self) -> bool {
        !self.stale_while_revalidate.is_zero() || !self.stale_if_error.is_zero()
    }

    /// Whether what a load gives is compared with what it takes the place of.
    pub(crate) fn compares(&self) -> bool {
        self.has_terms()
    }

    /// The life of an entry with that time to live from `made` on; [`NEVER`] for ever. `copied` where it is a copy of what
    /// other instances may change.
    pub(crate) fn lifetime(&self, made: Ticks, ttl: Ticks, tags: Box<[Carried]>, copied: Option<Copied>) -> Lifetime {
        let lived = if self.jitter > 0.0 && ttl != NEVER { shortened(ttl, self.jitter) } else { ttl };
        let fresh_until = if lived == NEVER { NEVER } else { made.saturating_add(lived).min(NEVER - 1) };
        let terms = ((self.has_terms() && fresh_until < NEVER) || !tags.is_empty() || copied.is_some()).then(|| {
            let due = self.refresh_ahead.map_or(NEVER, |share| made.saturating_add((lived as f64 * share) as Ticks));
            let grace = Grace {
                revalidate: ticks(self.stale_while_revalidate),
                error: ticks(self.stale_if_error),
                compare: if self.adaptive.is_some() { lived } else { 0 },
            };
            Box::new(Terms::new(fresh_until, due, grace, ttl, tags).copied(copied))
        });
        Lifetime { made, fresh_until, terms }
    }
}

/// Less by up to that share, at random.
fn shortened(ttl: Ticks, share: f64) -> Ticks {
    let cut = ttl as f64 * share.min(1.0) * fastrand::f64();
    // Never to nothing: a value that is to be stored is.
    ttl.saturating_sub(cut as Ticks).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Ticks = 1_000;

    #[test]
    fn jitter_shortens_and_never_by_more_than_its_share() {
        let freshness = Freshness { jitter: 0.25, ..Freshness::PLAIN };
        let ends: Vec<_> =
            (0..1_000).map(|_| freshness.lifetime(MADE, 10_000, Box::default(), None).fresh_until - MADE).collect();
        assert!(ends.iter().all(|lived| (7_500..=10_000).contains(lived)));
        let spread = ends.iter().max().unwrap() - ends.iter().min().unwrap();
        assert!(spread > 2_000, "{spread} of 2,500 that are possible");
        assert_eq!(freshness.lifetime(MADE, NEVER, Box::default(), None).fresh_until, NEVER);
    }

    #[test]
    fn a_plain_function_gives_no_terms() {
        assert!(Freshness::PLAIN.lifetime(MADE, 10, Box::default(), None).terms.is_none());
    }
}
