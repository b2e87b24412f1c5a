//! Cached fingerprints against fresh ones, after some recordings were changed without a word.

use serde::Serialize;

use super::super::features::{DIMENSIONS, Features};
use super::super::repository::{popular_tracks, record_anew};
use super::super::server::Service;
use super::super::validator::Validation;

/// So many tracks are compared.
const CHECKED: u32 = 40;
/// Of these every so many-th was recorded anew behind the cache's back.
const CHANGED_EVERY: usize = 13;

/// The mean of a few comparisons.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// How many.
    pub tracks: usize,
    /// The mean cosine.
    pub similarity: f64,
    /// The mean accuracy of each feature.
    pub accuracy: Features,
}

impl Group {
    fn of<'a>(validations: impl Iterator<Item = &'a Validation>) -> Option<Self> {
        let (mut tracks, mut similarity, mut accuracy) = (0, 0.0, [0.0; DIMENSIONS]);
        for validation in validations {
            tracks += 1;
            similarity += validation.similarity;
            for (sum, accuracy) in accuracy.iter_mut().zip(validation.accuracy.0) {
                *sum += accuracy;
            }
        }
        let count = tracks as f64;
        let accuracy = Features(accuracy.map(|sum| sum / count));
        (tracks > 0).then_some(Self { tracks, similarity: similarity / count, accuracy })
    }
}

/// What the comparisons came to.
#[derive(Clone, Debug, Serialize)]
pub struct Checks {
    /// The tracks that were changed without a word.
    pub changed: Vec<i64>,
    /// How many tracks were compared.
    pub checked: usize,
    /// Those whose cached fingerprint is not good enough.
    pub failed: Vec<i64>,
    /// As a share.
    pub error_rate: f64,
    /// The good ones.
    pub right: Option<Group>,
    /// The others.
    pub wrong: Option<Group>,
    /// Those that failed, measured anew and compared again: how many are good now.
    pub mended: usize,
}

pub(super) async fn check(service: &Service) -> Result<Checks, sqlx::Error> {
    let db = &service.db;
    let ids = popular_tracks(db, CHECKED).await?;
    service.optimizer.find_many(db, &ids, service.least).await?;
    let mut changed = Vec::new();
    for id in ids.iter().skip(1).step_by(CHANGED_EVERY) {
        changed.extend(record_anew(db, *id).await?.map(|()| *id));
    }
    let mut validations = Vec::new();
    for id in ids.iter() {
        validations.extend(service.validator.validate(db, *id).await?);
    }
    let failed: Vec<i64> = validations.iter().filter(|one| !one.passed).map(|one| one.track_id).collect();
    service.optimizer.find_many(db, &failed, service.least).await?;
    let mut mended = 0;
    for id in &failed {
        mended += usize::from(service.validator.validate(db, *id).await?.is_some_and(|again| again.passed));
    }
    Ok(Checks {
        changed,
        checked: validations.len(),
        error_rate: failed.len() as f64 / validations.len().max(1) as f64,
        failed,
        right: Group::of(validations.iter().filter(|one| one.passed)),
        wrong: Group::of(validations.iter().filter(|one| !one.passed)),
        mended,
    })
}
