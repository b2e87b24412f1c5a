//! Three ways to a fingerprint, the one chosen that fits, each counted and timed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_core::{CallOutcome, Source, observe};
use serde::{Deserialize, Serialize};

use super::database::Database;
use super::model::{Ask, Depth, Fingerprint};
use super::repository::{get_fingerprint, get_fingerprints};

/// A way to fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// The cache, or else a coarse look at the track.
    Fast,
    /// The whole track: whatever is cached where this is asked for, and where what is cached is too unsure. What is
    /// measured is stored.
    Accurate,
    /// The cache for those that it has, and one query for the rest.
    Batch,
}

impl Strategy {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Accurate, Self::Batch];

    /// As it is written in URLs and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Accurate => "accurate",
            Self::Batch => "batch",
        }
    }
}

/// Where a fingerprint came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It was cached.
    Cache,
    /// Another caller was measuring it.
    Coalesced,
    /// It was measured.
    Computed,
}

/// The answer for one track.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The track.
    pub track_id: i64,
    /// Its fingerprint; none if there is no such track.
    pub fingerprint: Option<Fingerprint>,
    /// Where it came from.
    pub source: Origin,
}

/// The answer to one query.
#[derive(Clone, Debug)]
pub struct Found {
    /// The way that was taken.
    pub strategy: Strategy,
    /// One for each track, in the order of the question.
    pub items: Vec<Item>,
    /// From the question to the answer.
    pub took: Duration,
}

impl Found {
    /// How many were cached.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.items.iter().filter(|item| item.source == Origin::Cache).count()
    }

    /// The share that was cached, from 0 to 1.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        share(self.hits() as u64, self.items.len() as u64)
    }
}

#[derive(Debug, Default)]
struct Tally {
    queries: AtomicU64,
    items: AtomicU64,
    hits: AtomicU64,
    nanoseconds: AtomicU64,
    slowest: AtomicU64,
}

/// What one strategy has done.
#[derive(Clone, Debug, Serialize)]
pub struct StrategyStats {
    /// Which.
    pub strategy: Strategy,
    /// Times it was taken.
    pub queries: u64,
    /// Fingerprints it gave.
    pub items: u64,
    /// Those of them that were cached.
    pub hits: u64,
    /// As a share, from 0 to 1.
    pub hit_rate: f64,
    /// What a query took on average.
    pub mean_ms: f64,
    /// The slowest.
    pub slowest_ms: f64,
    /// All of them.
    pub total_ms: f64,
}

/// Chooses a strategy for each query, and counts what they do.
#[derive(Debug, Default)]
pub struct Optimizer {
    tallies: [Tally; Strategy::ALL.len()],
}

impl Optimizer {
    /// The fingerprint of one track, by `strategy` or else by the one that fits.
    ///
    /// What is cached and sure enough is fast. What is cached and not sure enough is measured in full. What is not there
    /// is measured coarsely first.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn find(
        &self,
        db: &Database,
        id: i64,
        least: f64,
        strategy: Option<Strategy>,
    ) -> Result<Found, sqlx::Error> {
        if strategy == Some(Strategy::Batch) {
            return self.find_many(db, &[id], least).await;
        }
        let begun = Instant::now();
        let cached = peek(id).await;
        let known = cached.map(|cached| cached.confidence);
        let unsure = known.is_some_and(|known| known < least);
        let (chosen, depth) = match strategy {
            Some(Strategy::Fast) => (Strategy::Fast, Depth::Coarse),
            None if !unsure => (Strategy::Fast, Depth::Coarse),
            _ => (Strategy::Accurate, Depth::Full),
        };
        let ask = Ask { depth, least, known };
        let (fingerprint, source) = if strategy == Some(Strategy::Accurate) {
            (get_fingerprint::refresh(db, id, ask).await?, Origin::Computed)
        } else {
            // Whoever else finds the same fingerprint too unsure shares the load.
            let (found, calls) = observe(get_fingerprint(db, id, ask)).await;
            let source = match calls.last().map(|call| call.outcome) {
                Some(CallOutcome::Hit | CallOutcome::Stale) => Origin::Cache,
                Some(CallOutcome::Coalesced) => Origin::Coalesced,
                _ => Origin::Computed,
            };
            (found?, source)
        };
        Ok(self.count(chosen, vec![Item { track_id: id, fingerprint, source }], begun))
    }

    /// The fingerprints of many tracks, each once; those that are not cached or not sure enough are measured in full.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn find_many(&self, db: &Database, ids: &[i64], least: f64) -> Result<Found, sqlx::Error> {
        let begun = Instant::now();
        let outcomes = get_fingerprints::outcomes(db, ids, Ask::new(Depth::Full, least)).await?;
        let item = |outcome: &cache_core::BatchOutcome<i64, Fingerprint>| Item {
            track_id: outcome.key,
            fingerprint: outcome.value,
            source: match outcome.source {
                Source::Hit | Source::Stale => Origin::Cache,
                Source::Coalesced => Origin::Coalesced,
                _ => Origin::Computed,
            },
        };
        Ok(self.count(Strategy::Batch, outcomes.iter().map(item).collect(), begun))
    }

    /// The fingerprints of many tracks: one by one where `strategy` says so, or where there is one alone, and otherwise
    /// as a batch.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn find_all(
        &self,
        db: &Database,
        ids: &[i64],
        least: f64,
        strategy: Option<Strategy>,
    ) -> Result<Found, sqlx::Error> {
        let one_by_one = match strategy {
            None => ids.len() == 1,
            Some(strategy) => strategy != Strategy::Batch,
        };
        let (Some((first, rest)), true) = (ids.split_first(), one_by_one) else {
            return self.find_many(db, ids, least).await;
        };
        let mut found = self.find(db, *first, least, strategy).await?;
        for id in rest {
            let next = self.find(db, *id, least, strategy).await?;
            found.items.extend(next.items);
            found.took += next.took;
        }
        Ok(found)
    }

    fn count(&self, strategy: Strategy, items: Vec<Item>, begun: Instant) -> Found {
        let found = Found { strategy, items, took: begun.elapsed() };
        let nanoseconds = u64::try_from(found.took.as_nanos()).unwrap_or(u64::MAX);
        let tally = &self.tallies[strategy as usize];
        tally.queries.fetch_add(1, Ordering::Relaxed);
        tally.items.fetch_add(found.items.len() as u64, Ordering::Relaxed);
        tally.hits.fetch_add(found.hits() as u64, Ordering::Relaxed);
        tally.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        tally.slowest.fetch_max(nanoseconds, Ordering::Relaxed);
        found
    }

    /// What each strategy has done so far.
    #[must_use]
    pub fn stats(&self) -> [StrategyStats; Strategy::ALL.len()] {
        Strategy::ALL.map(|strategy| {
            let tally = &self.tallies[strategy as usize];
            let [queries, items, hits, nanoseconds, slowest] =
                [&tally.queries, &tally.items, &tally.hits, &tally.nanoseconds, &tally.slowest]
                    .map(|count| count.load(Ordering::Relaxed));
            let total_ms = nanoseconds as f64 / 1e6;
            StrategyStats {
                strategy,
                queries,
                items,
                hits,
                hit_rate: share(hits, items),
                mean_ms: if queries == 0 { 0.0 } else { total_ms / queries as f64 },
                slowest_ms: slowest as f64 / 1e6,
                total_ms,
            }
        })
    }
}

/// What is cached of a track, however sure it is. Counts as no request.
pub async fn peek(id: i64) -> Option<Fingerprint> {
    get_fingerprint::peek(id).await.and_then(Result::ok).flatten()
}

/// 0 of nothing.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
