//! How a cache is doing: its figures against thresholds, and what could be done about them.

mod advice;
mod report;
mod thresholds;
mod warn;

use std::sync::Arc;

pub use self::report::{Finding, Health, Topic};
pub use self::thresholds::HealthThresholds;
use crate::cache::{Cache, Conflict, StaysLocal};
use crate::registry::Function;
use crate::stats::{Stats, share};

/// What is judged.
struct Seen<'a> {
    thresholds: &'a HealthThresholds,
    whole: Stats,
    /// Those that were called, and the cache's own methods last.
    functions: Vec<(Arc<Function>, Stats)>,
    conflicts: Vec<Conflict>,
    stay_local: Vec<StaysLocal>,
    shared: Option<SharedFigures>,
    troubles: Vec<String>,
}

/// What is judged of a shared tier.
pub(crate) struct SharedFigures {
    pub(crate) operations: u64,
    pub(crate) errors: u64,
    /// It is left alone.
    pub(crate) open: bool,
    /// Changes that it is owed.
    pub(crate) owed: usize,
    /// Times that it was owed too much.
    pub(crate) overflows: u64,
}

impl Seen<'_> {
    /// Whether a figure stands on enough.
    fn enough(&self, sample: u64) -> bool {
        sample >= self.thresholds.min_sample.max(1)
    }

    /// The hit rate of memory, were there twice the room.
    fn with_twice_the_room(&self) -> f64 {
        let memory = self.whole.clone().in_memory();
        share(memory.hits + memory.capacity_misses.min(memory.misses), memory.requests)
    }
}

impl Cache {
    /// How the cache is doing since it was made, against the thresholds it was built with: whether it is healthy, what is
    /// worth a warning, and what could be done, with the figures that say so.
    ///
    /// # Performance
    /// Looks at every entry once, as [`stats`](Self::stats) does. For dashboards and logs, not for each request.
    ///
    /// ```standalone_crate
    /// use cache_core::testing::Scope;
    /// use cache_core::{Topic, cached};
    ///
    /// #[cached(ttl = "5m")]
    /// fn session_of(token: u64) -> u64 {
    ///     token
    /// }
    ///
    /// let scope = Scope::new();
    /// let _entered = scope.enter();
    /// for token in 0..200 {
    ///     session_of(token);
    /// }
    /// let health = scope.cache().health();
    /// assert!(!health.healthy);
    /// assert_eq!(health.warnings[0].topic, Topic::HitRate);
    /// let advice = &health.recommendations[0];
    /// assert_eq!((advice.topic, advice.function), (Topic::NeverHit, Some("session_of")));
    /// println!("{health}");
    /// ```
    #[must_use]
    pub fn health(&self) -> Health {
        self.health_by(&self.inner.thresholds)
    }

    /// [`health`](Self::health) against other thresholds.
    #[must_use]
    pub fn health_by(&self, thresholds: &HealthThresholds) -> Health {
        let seen = Seen {
            thresholds,
            whole: self.stats(),
            functions: self.functions_with_stats(),
            conflicts: self.conflicts(),
            stay_local: self.stay_local(),
            shared: self.shared_figures(),
            troubles: self.inner.endings.troubles(),
        };
        Health::new(&seen, warn::warnings(&seen), advice::recommendations(&seen))
    }

    #[cfg(feature = "shared")]
    fn shared_figures(&self) -> Option<SharedFigures> {
        let stats = self.shared_stats()?;
        let operations = stats.hits + stats.misses + stats.puts + stats.refused + stats.changes + stats.errors;
        let crate::TierStats { errors, open, owed, overflows, .. } = stats;
        Some(SharedFigures { operations, errors, open, owed, overflows })
    }

    #[cfg(not(feature = "shared"))]
    fn shared_figures(&self) -> Option<SharedFigures> {
        None
    }
}
