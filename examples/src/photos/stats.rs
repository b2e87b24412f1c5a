//! The cache's figures, under the names that dashboards know.

use cache_core::{Cache, Stats};
use serde::Serialize;

/// What the statistics route answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CacheStats {
    /// Calls answered from the cache.
    pub hits: u64,
    /// Calls that were not.
    pub misses: u64,
    /// Both.
    pub total_requests: u64,
    /// Hits per request, as people write it: `86.05%`.
    pub hit_rate: String,
    /// Values that were stored: by hand, and by loads.
    pub sets: u64,
    /// Entries that were removed, by whatever means but time and want of room.
    pub deletes: u64,
    /// Calls that had to do without Redis, and write-backs that failed.
    pub errors: u64,
    /// Keys: in Redis where that was asked, else in this instance's memory.
    pub db_size: u64,
}

impl CacheStats {
    /// Of a cache, with the number of Redis' keys, if it is known.
    #[must_use]
    pub fn of(cache: &Cache, keys: Option<u64>) -> Self {
        Self::from(&cache.stats(), keys)
    }

    fn from(stats: &Stats, keys: Option<u64>) -> Self {
        Self {
            hits: stats.hits,
            misses: stats.misses,
            total_requests: stats.requests,
            hit_rate: percent(stats.hits, stats.requests),
            sets: stats.sets + stats.loads - stats.load_errors,
            deletes: stats.invalidations,
            errors: stats.errors,
            db_size: keys.unwrap_or(stats.entries as u64),
        }
    }
}

fn percent(hits: u64, requests: u64) -> String {
    let share = if requests == 0 { 0.0 } else { 100.0 * hits as f64 / requests as f64 };
    format!("{share:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_rate_is_written_with_two_digits() {
        assert_eq!(percent(1_523, 1_770), "86.05%");
        assert_eq!((percent(0, 0), percent(7, 7)), ("0.00%".to_owned(), "100.00%".to_owned()));
    }
}
