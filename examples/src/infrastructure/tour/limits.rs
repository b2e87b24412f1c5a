//! Objects that are too large, and keys that are too many.

use cache_core::get_cache;
use serde::Serialize;

use super::super::instance::Instance;
use super::super::repository::{describe_request, get_attachment};

/// Files that are larger than an entry may be.
const LARGE: i64 = 10;
/// More than the entries that there may be.
const KEYS: u64 = 1_500;

/// What became of them.
#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    /// Values that were too large for memory.
    pub oversized: u64,
    /// Keys of which each is asked for once.
    pub keys: u64,
    /// Entries that went for want of room.
    pub evictions: u64,
    /// Entries that there may be.
    pub max_entries: usize,
    /// What the report on the cache's health says then.
    pub warnings: Vec<String>,
    /// And recommends.
    pub recommendations: Vec<String>,
}

pub(super) async fn meet(on: &Instance) -> Result<Limits, sqlx::Error> {
    for id in 0..LARGE {
        get_attachment(on, id).await?;
    }
    for number in 0..KEYS {
        describe_request(on, number);
    }
    // The instance's cache is the process-wide one: whoever reports need not be handed it.
    let (health, stats) = (get_cache().health(), on.cache.stats());
    let messages = |findings: Vec<cache_core::Finding>| findings.into_iter().map(|finding| finding.message).collect();
    Ok(Limits {
        oversized: stats.oversized,
        keys: KEYS,
        evictions: stats.evictions,
        max_entries: stats.max_entries,
        warnings: messages(health.warnings),
        recommendations: messages(health.recommendations),
    })
}
