//! One instance of the service.

use std::path::Path;
use std::time::Duration;

use cache_core::{Cache, CacheBuilder, HealthThresholds};

use super::database::Database;
use crate::cluster::{Behind, ClusterError};
use crate::sqlite::OpenError;

/// What stands in the way of an instance.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// The cache.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
}

/// What its functions work on. A service that is one process, and has one cache, leaves the cache out of it: see
/// [`cache_core::init_cache`].
#[derive(Debug)]
pub struct Instance {
    /// What it is called in the tables.
    pub name: &'static str,
    /// Its memory, over what all instances share.
    pub cache: Cache,
    /// Its connections.
    pub db: Database,
}

impl Instance {
    /// Memory for 1,000 entries, an hour for what says nothing else, and a warning from a hit rate of 50 % down. The client is
    /// the cache's own.
    ///
    /// # Errors
    ///
    /// When the database cannot be used, or Redis refuses.
    pub async fn start(name: &'static str, file: &Path, behind: &Behind) -> Result<Self, StartError> {
        Ok(Self { name, db: Database::open(file).await?, cache: behind.cache(Self::settings()).await? })
    }

    /// The same over a Redis client that the application has made and hands in.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn start_on_client(name: &'static str, file: &Path, behind: &Behind) -> Result<Self, StartError> {
        Ok(Self { name, db: Database::open(file).await?, cache: behind.cache_on_client(Self::settings()).await? })
    }

    fn settings() -> CacheBuilder {
        let mut thresholds = HealthThresholds::default();
        thresholds.hit_rate = 0.5;
        Cache::builder()
            .max_entries(1_000)
            .max_entry_bytes(64 << 10)
            .default_ttl(Duration::from_secs(3_600))
            .health_thresholds(thresholds)
            .cluster_flight(true)
    }
}
