//! The tiers of a round, and how an operation that changes them is begun by whoever cannot wait for it.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Waker};
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, MemoryTier};
use cache_core::{Cache, CacheBuilder};

use super::record::Value;
use crate::random::Random;

/// What stands behind a round's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tiers {
    /// Memory alone.
    Memory,
    /// And a shared tier.
    Both,
    /// And a shared tier of which one operation in so many fails, carried out or not.
    Faulty(u64),
    /// A shared tier alone.
    Shared,
}

impl Tiers {
    pub(super) fn any(random: &mut Random) -> Self {
        match random.below(6) {
            0 => Self::Both,
            1 => Self::Faulty(2 + random.below(8)),
            2 => Self::Shared,
            _ => Self::Memory,
        }
    }

    pub(super) fn behind(self, cache: CacheBuilder) -> CacheBuilder {
        match self {
            Self::Memory => cache,
            Self::Both => cache.shared(MemoryTier::new()),
            Self::Shared => cache.shared(MemoryTier::new()).__memory(false),
            Self::Faulty(every) => {
                let tier = FaultyTier::new(MemoryTier::new());
                let operations = AtomicU64::new(0);
                tier.decide(move |_| match operations.fetch_add(1, Relaxed) {
                    at if at % every != 0 => Fault::None,
                    at if at / every % 2 == 0 => Fault::Error,
                    _ => Fault::Lost,
                });
                cache.shared(tier)
            }
        }
    }

    pub(super) fn delete(self, cache: &Cache, name: String) {
        match self {
            Self::Memory => drop(cache.local().delete(name)),
            _ => self.invalidate(cache, name),
        }
    }

    pub(super) fn invalidate(self, cache: &Cache, name: String) {
        match self {
            Self::Memory => drop(cache.local().invalidate(name)),
            _ => begun(cache.invalidate(name)),
        }
    }

    pub(super) fn tag(self, cache: &Cache, tag: String) {
        match self {
            Self::Memory => drop(cache.local().invalidate_tag(tag)),
            _ => begun(cache.invalidate_tag(tag)),
        }
    }

    pub(super) fn pattern(self, cache: &Cache, pattern: &str) {
        match self {
            Self::Memory => drop(cache.local().invalidate_pattern(pattern)),
            _ => begun(cache.invalidate_pattern(pattern)),
        }
    }

    pub(super) fn prefix(self, cache: &Cache, prefix: &str) {
        match self {
            Self::Memory => drop(cache.local().invalidate_prefix(prefix)),
            _ => begun(cache.invalidate_prefix(prefix)),
        }
    }

    pub(super) fn clear(self, cache: &Cache) {
        match self {
            Self::Memory => drop(cache.local().clear()),
            _ => begun(cache.clear()),
        }
    }

    pub(super) fn set(self, cache: &Cache, name: String, value: Value) {
        match self {
            Self::Memory => drop(cache.local().set(name, value, Duration::from_secs(60))),
            _ => begun(cache.set(name, value, Duration::from_secs(60))),
        }
    }
}

/// Polls once and drops: memory is done then, and what the shared tier owes is kept.
pub(super) fn begun<F: Future>(operation: F) {
    let _ = pin!(operation).poll(&mut Context::from_waker(Waker::noop()));
}
