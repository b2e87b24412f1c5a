//! The tiers that the behaviour suite runs on: memory alone, memory and a shared tier, or a shared tier alone.

use cache_core::CacheBuilder;
use cache_core::testing::{MemoryTier, Scope};

/// Which tiers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// Memory alone.
    Memory,
    /// Memory, and a shared tier behind it.
    Both,
    /// A shared tier; values that can go there are nowhere else.
    Shared,
}

/// As `CACHE_TESTS_TIERS` says: `memory` (default), `both` or `shared`.
///
/// # Panics
/// At any other word.
#[must_use]
pub fn setup() -> Setup {
    match std::env::var("CACHE_TESTS_TIERS").as_deref() {
        Err(_) | Ok("memory") => Setup::Memory,
        Ok("both") => Setup::Both,
        Ok("shared") => Setup::Shared,
        Ok(other) => panic!("CACHE_TESTS_TIERS={other:?}: write `memory`, `both` or `shared`"),
    }
}

/// Whether values live in memory, so that a test may ask what is there: where they do not, entries, bytes and the names
/// of [`Cache::keys`](cache_core::Cache::keys) say nothing about them, and what two loads under way do to one name is
/// decided by the shared tier.
#[must_use]
pub fn in_memory() -> bool {
    setup() != Setup::Shared
}

/// A scope with the tiers of this run.
#[must_use]
#[track_caller]
pub fn scope() -> Scope {
    scope_with(|builder| builder)
}

/// A scope with the tiers of this run, set up by `configure`.
#[must_use]
#[track_caller]
pub fn scope_with(configure: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Scope {
    Scope::with(|builder| configure(tiers(builder)))
}

/// The tiers of this run.
pub fn tiers(builder: CacheBuilder) -> CacheBuilder {
    match setup() {
        Setup::Memory => builder,
        Setup::Both => builder.shared(MemoryTier::new()),
        Setup::Shared => builder.shared(MemoryTier::new()).__memory(false),
    }
}
