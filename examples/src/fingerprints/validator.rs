//! Whether what is cached is still true: compared with what is measured afresh.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::database::Database;
use super::features::{DIMENSIONS, Features};
use super::model::{Ask, Depth, Fingerprint};
use super::optimizer::{peek, share};
use super::repository::get_fingerprint;

/// Less alike than this, a cached fingerprint is wrong.
pub const LEAST_SIMILARITY: f64 = 0.8;
/// And so it is where its features are less accurate than this on average.
pub const LEAST_ACCURACY: f64 = 0.7;

/// What came of one comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Validation {
    /// The track.
    pub track_id: i64,
    /// The cosine between the two; 0 where there is no such track any more.
    pub similarity: f64,
    /// How accurate each cached feature is.
    pub accuracy: Features,
    /// The mean of these.
    pub mean_accuracy: f64,
    /// How sure the cached fingerprint was.
    pub confidence: f64,
    /// It is good enough. One that is not was removed.
    pub passed: bool,
}

impl Validation {
    fn new(cached: &Fingerprint, fresh: Option<&Fingerprint>) -> Self {
        let nothing = Features([0.0; DIMENSIONS]);
        let similarity = fresh.map_or(0.0, |fresh| cached.features.cosine(&fresh.features));
        let accuracy = fresh.map_or(nothing, |fresh| cached.features.accuracy(&fresh.features));
        let mean_accuracy = accuracy.mean();
        let passed = similarity >= LEAST_SIMILARITY && mean_accuracy >= LEAST_ACCURACY;
        Self { track_id: cached.track_id, similarity, accuracy, mean_accuracy, confidence: cached.confidence, passed }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    checked: u64,
    failed: u64,
    similarity: f64,
    accuracy: [f64; DIMENSIONS],
}

/// What all comparisons came to.
#[derive(Clone, Debug, Serialize)]
pub struct ValidationStats {
    /// How many there were.
    pub checked: u64,
    /// How many failed.
    pub failed: u64,
    /// As a share, from 0 to 1.
    pub error_rate: f64,
    /// The mean cosine.
    pub mean_similarity: f64,
    /// The mean accuracy of each feature.
    pub mean_accuracy: Features,
}

/// Compares, and counts what failed.
#[derive(Debug, Default)]
pub struct Validator {
    sums: Mutex<Sums>,
}

impl Validator {
    /// Compares the cached fingerprint of a track with one that is measured now. One that fails is removed. `None` where
    /// nothing is cached.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn validate(&self, db: &Database, id: i64) -> Result<Option<Validation>, sqlx::Error> {
        let Some(cached) = peek(id).await else {
            return Ok(None);
        };
        let fresh = get_fingerprint::uncached(db, id, Ask::new(Depth::Full, 0.0)).await?;
        let validation = Validation::new(&cached, fresh.as_ref());
        if !validation.passed {
            get_fingerprint::invalidate(id).await;
        }
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.checked += 1;
        sums.failed += u64::from(!validation.passed);
        sums.similarity += validation.similarity;
        for (sum, accuracy) in sums.accuracy.iter_mut().zip(validation.accuracy.0) {
            *sum += accuracy;
        }
        Ok(Some(validation))
    }

    /// What all comparisons came to so far.
    #[must_use]
    pub fn stats(&self) -> ValidationStats {
        let Sums { checked, failed, similarity, accuracy } = *self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let count = checked.max(1) as f64;
        ValidationStats {
            checked,
            failed,
            error_rate: share(failed, checked),
            mean_similarity: similarity / count,
            mean_accuracy: Features(accuracy.map(|sum| sum / count)),
        }
    }
}
