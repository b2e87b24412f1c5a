//! A clock that a test moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Ticks, Timers, span, ticks};

/// A clock that stands still until [`advance`](Self::advance) moves it. Clones show the same time.
///
/// ```
/// use cache_core::{Cache, testing::ManualClock};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), cache_core::Error> {
/// let clock = ManualClock::new();
/// let cache = Cache::builder().clock(&clock).build()?;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// cache.set("greeting", "hello", Duration::from_secs(60)).await;
/// clock.advance(Duration::from_secs(59));
/// assert_eq!(cache.get::<&str>("greeting").await, Some("hello"));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(cache.get::<&str>("greeting").await, None);
/// # });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ManualClock(Arc<Inner>);

struct Inner {
    now: AtomicU64,
    timers: Timers,
}

impl Default for Inner {
    fn default() -> Self {
        // Not zero: an instant of zero stands for "never happened".
        Self { now: AtomicU64::new(ticks(Duration::from_secs(1))), timers: Timers::default() }
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
        let now = self.0.now.fetch_add(ticks(by), Ordering::SeqCst) + ticks(by);
        self.0.timers.fire(now);
    }

    /// The time that has passed since the clock was made.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        span(self.now() - ticks(Duration::from_secs(1)))
    }

    #[inline]
    pub(crate) fn now(&self) -> Ticks {
        self.0.now.load(Ordering::Acquire)
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
