//! The tiers that the behaviour suite runs on: memory alone, memory and a shared tier, or a shared tier alone; the shared tier is
//! one in memory, or a real server, or a cluster of them.

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
    /// Memory, and a Redis Cluster behind it.
    Cluster,
}

/// As `CACHE_TESTS_TIERS` says: `memory` (default), `both`, `shared`, and with the feature `redis` `redis`, `redis-alone` and `cluster`.
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
        Ok("cluster") => Setup::Cluster,
        Ok(other) => {
            panic!("CACHE_TESTS_TIERS={other:?}: write `memory`, `both`, `shared`, `redis`, `redis-alone` or `cluster`")
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
        Setup::Redis | Setup::Cluster => on_real_ones(builder),
        Setup::RedisAlone => on_real_ones(builder).__memory(false),
    }
}

/// The servers' time goes on by itself, and the test's by leaps.
#[cfg(feature = "redis")]
fn on_real_ones(builder: CacheBuilder) -> CacheBuilder {
    let builder = match setup() {
        Setup::Cluster => crate::server::on_a_cluster(builder),
        _ => crate::server::on_a_server(builder),
    };
    let (ever, hour) = (std::time::Duration::MAX, std::time::Duration::from_secs(60 * 60));
    builder.backplane_patience(ever).shared_timeout(hour)
}

#[cfg(not(feature = "redis"))]
fn on_real_ones(_: CacheBuilder) -> CacheBuilder {
    panic!("on real servers: `cargo nextest run -p cache-tests --features redis`")
}
