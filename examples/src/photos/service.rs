//! One instance of the service.

use std::path::Path;

use cache_core::{Cache, CacheBuilder, EventRules, HealthThresholds};

use super::database::Database;
use super::downloads::Downloads;
use super::events;
use crate::sqlite::OpenError;

/// What a request works on.
///
/// The cache is part of it because two instances live in one process on the tour: `cache = on.cache` says whose. A service of
/// one cache leaves that out of its attributes.
#[derive(Debug)]
pub struct Service {
    /// What it is called in the tables.
    pub name: &'static str,
    /// Its memory, over what all instances share.
    pub cache: Cache,
    /// Its connections.
    pub db: Database,
    /// Downloads on their way to the database.
    pub downloads: Downloads,
    /// What deletions take with them.
    pub rules: EventRules,
}

impl Service {
    /// An instance with that cache.
    ///
    /// # Errors
    ///
    /// When the database cannot be used.
    pub async fn start(name: &'static str, file: &Path, cache: Cache) -> Result<Self, OpenError> {
        let db = Database::open(file).await?;
        let downloads = Downloads::new(&cache, &db);
        Ok(Self { name, cache, db, downloads, rules: events::rules() })
    }

    /// Advice from a hit rate of 70 % down, and at any error.
    pub fn settings(builder: CacheBuilder) -> CacheBuilder {
        let mut thresholds = HealthThresholds::default();
        (thresholds.healthy_hit_rate, thresholds.hit_rate, thresholds.errors) = (0.7, 0.7, 0.0);
        builder.health_thresholds(thresholds).cluster_flight(true)
    }
}
