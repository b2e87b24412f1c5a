//! For how long memory's copies of shared keys are good without a word from other instances.

use crate::clock::Ticks;
use crate::sync::{AtomicU64, Ordering};

/// What the copies of one cache go by. Other instances change what they share, and tell it. A copy is trusted where it is
/// known that nothing was told in vain: up to a while after this instance has last heard everything, and for as long after
/// the copy was made.
#[derive(Debug)]
pub(crate) struct Trust {
    until: AtomicU64,
    patience: Ticks,
}

impl Trust {
    #[cfg(feature = "shared")]
    pub(crate) fn new(patience: Ticks) -> Self {
        Self { until: AtomicU64::new(0), patience }
    }

    /// Everything that was told before that moment has been heard, and memory has it no more.
    #[cfg(feature = "shared")]
    pub(crate) fn heard_all(&self, before: Ticks) {
        // Release: who finds its copy trusted again finds memory without what was told.
        self.until.fetch_max(before.saturating_add(self.patience), Ordering::Release);
    }

    /// Whether nothing was heard for longer than copies are trusted.
    #[cfg(feature = "shared")]
    pub(crate) fn is_over(&self, now: Ticks) -> bool {
        now >= self.until.load(Ordering::Acquire)
    }

    /// Until when a copy is trusted that was made then, as far as is known now.
    pub(crate) fn until(&self, made: Ticks) -> Ticks {
        self.until.load(Ordering::Acquire).max(made.saturating_add(self.patience))
    }
}
