//! A clock that a test moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Ticks, Timers, ticks};

/// A clock that stands still until [`advance`](Self::advance) moves it. Clones show the same time.
///
/// ```
/// use cache_core::{Cache, testing::ManualClock};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), cache_core::Error> {
/// let clock = ManualClock::new();
/// let cache = Cache::builder().clock(&clock).build()?;
/// cache.local().set("greeting", "hello", Duration::from_secs(60));
/// clock.advance(Duration::from_secs(59));
/// assert_eq!(cache.local().get::<&str>("greeting"), Some("hello"));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(cache.local().get::<&str>("greeting"), None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ManualClock(Arc<Inner>);

/// What a new clock shows. Not zero: an instant of zero stands for "never happened".
const START: Duration = Duration::from_secs(1);

struct Inner {
    /// In nanoseconds: ticks are not exact, and steps have to add up.
    now: AtomicU64,
    timers: Timers,
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl Default for Inner {
    fn default() -> Self {
        Self { now: AtomicU64::new(nanos(START)), timers: Timers::default() }
    }
}

impl ManualClock {
    /// A clock of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves time forward and fires what falls due, on this thread.
    pub fn advance(&self, by: Duration) {
        let _ = self.0.now.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| Some(now.saturating_add(nanos(by))));
        self.0.timers.fire(self.now());
    }

    /// The time that has passed since the clock was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.0.now.load(Ordering::Acquire)) - START
    }

    #[inline]
    pub(crate) fn now(&self) -> Ticks {
        ticks(Duration::from_nanos(self.0.now.load(Ordering::Acquire)))
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.0.timers
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.elapsed()).finish()
    }
}
