//! How long a batch takes.

use std::time::Duration;

use crate::cache::{CacheRef, chosen};
use crate::clock::{Clock, Ticks, span};

/// When a call began.
#[derive(Debug)]
pub struct Began {
    clock: Clock,
    at: Ticks,
}

/// Now, on the clock of the call's cache.
#[must_use]
pub fn began(cache: CacheRef<'_>) -> Began {
    let clock = chosen(cache).inner.store.clock.clone();
    Began { at: clock.now(), clock }
}

impl Began {
    pub(super) fn elapsed(&self) -> Duration {
        span(self.clock.now().saturating_sub(self.at))
    }
}
