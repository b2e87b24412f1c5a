//! The same batch three times: filled, with some of it invalidated, and as it then is.

use serde::Serialize;

use super::super::optimizer::{Found, Origin};
use super::super::repository::{get_fingerprint, popular_tracks};
use super::super::server::Service;
use super::millis;

const ASKED: u32 = 20;
/// Of these so many are invalidated before the batch is asked for again.
const INVALIDATED: usize = 8;
/// No library is as large.
const NOBODY: i64 = i64::MAX;

/// One time that a batch was asked for.
#[derive(Clone, Debug, Serialize)]
pub struct BatchStep {
    /// What was done before.
    pub step: &'static str,
    /// Tracks it asked for.
    pub asked: usize,
    /// Of these, those that were cached.
    pub cached: usize,
    /// And those that were not.
    pub computed: usize,
    /// Those that there are not.
    pub absent: usize,
    /// Tracks that were measured in the database for it.
    pub measured: u64,
    /// Queries that it made.
    pub queries: u64,
    /// The share that was cached.
    pub cache_hit_rate: f64,
    /// From the call to the answer.
    pub took_ms: f64,
}

async fn ask(service: &Service, step: &'static str, ids: &[i64]) -> Result<BatchStep, sqlx::Error> {
    let before = service.db.reads();
    let found: Found = service.optimizer.find_many(&service.db, ids, service.least).await?;
    let after = service.db.reads();
    Ok(BatchStep {
        step,
        asked: ids.len(),
        cached: found.hits(),
        computed: found.items.iter().filter(|item| item.source == Origin::Computed).count(),
        absent: found.items.iter().filter(|item| item.fingerprint.is_none()).count(),
        measured: after.measured - before.measured,
        queries: after.queries - before.queries,
        cache_hit_rate: found.hit_rate(),
        took_ms: millis(found.took),
    })
}

pub(super) async fn ask_thrice(service: &Service) -> Result<Vec<BatchStep>, sqlx::Error> {
    let mut ids = popular_tracks(&service.db, ASKED).await?.to_vec();
    let first = ask(service, "as the listeners left it", &ids).await?;
    for id in ids.iter().take(INVALIDATED) {
        get_fingerprint::invalidate(*id).await;
    }
    ids.push(NOBODY);
    let second = ask(service, "8 invalidated, 1 that there is not", &ids).await?;
    let third = ask(service, "nothing changed", &ids).await?;
    Ok(vec![first, second, third])
}
