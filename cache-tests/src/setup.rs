//! The tiers that the behaviour suite runs on: memory alone, memory and a shared tier, or a shared tier alone; the shared tier is
//! one in memory, or a real server.

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
    /// Memory, and a Redis server behind it.
    Redis,
    /// A Redis server; values that can go there are nowhere else.
    RedisAlone,
}

/// As `CACHE_TESTS_TIERS` says: `memory` (default), `both`, `shared`, and with the feature `redis` `redis` and `redis-alone`.
///
/// # Panics
/// At any other word.
#[must_use]
pub fn setup() -> Setup {
    match std::env::var("CACHE_TESTS_TIERS").as_deref() {
        Err(_) | Ok("memory") => Setup::Memory,
        Ok("both") => Setup::Both,
        Ok("shared") => Setup::Shared,
        Ok("redis") => Setup::Redis,
        Ok("redis-alone") => Setup::RedisAlone,
        Ok(other) => {
            panic!("CACHE_TESTS_TIERS={other:?}: write `memory`, `both`, `shared`, `redis` or `redis-alone`")
        }
    }
}

/// Whether values live in memory, so that a test may ask what is there: where they do not, entries, bytes and the names
/// of [`Cache::keys`](cache_core::Cache::keys) say nothing about them, and what two loads under way do to one name is
/// decided by the shared tier.
#[must_use]
pub fn in_memory() -> bool {
    !matches!(setup(), Setup::Shared | Setup::RedisAlone)
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
        Setup::Redis => on_a_server(builder),
        Setup::RedisAlone => on_a_server(builder).__memory(false),
    }
}

/// The server's time goes on by itself, and the test's by leaps.
#[cfg(feature = "redis")]
fn on_a_server(builder: CacheBuilder) -> CacheBuilder {
    let ever = std::time::Duration::MAX;
    builder
        .shared(crate::server::tier())
        .backplane_patience(ever)
        .shared_timeout(std::time::Duration::from_secs(60 * 60))
}

#[cfg(not(feature = "redis"))]
fn on_a_server(_: CacheBuilder) -> CacheBuilder {
    panic!("on a server: `cargo nextest run -p cache-tests --features redis`")
}
