//! Many callers who miss one key at the same time, on both instances.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde::Serialize;

use super::super::instance::Instance;
use super::super::repository::usage_report;

/// A key that many miss at once.
#[derive(Clone, Debug, Serialize)]
pub struct Stampede {
    /// How it is asked for.
    pub by: &'static str,
    /// All callers.
    pub callers: usize,
    /// How often the database was asked.
    pub loads: u64,
    /// Until all were answered.
    pub took_ms: f64,
}

const MONTH: u32 = 202_611;

pub(super) async fn all(one: &Instance, two: &Instance, callers: usize) -> Result<Vec<Stampede>, sqlx::Error> {
    let queries = || one.db.queries() + two.db.queries();
    let (before, begun) = (queries(), Instant::now());
    try_join_all((0..2 * callers).map(|n| usage_report(if n % 2 == 0 { one } else { two }, MONTH))).await?;
    let decorated =
        Stampede { by: "usage_report", callers: 2 * callers, loads: queries() - before, took_ms: millis(begun) };

    let (before, begun) = (queries(), Instant::now());
    let ten_minutes = Duration::from_secs(600);
    try_join_all((0..2 * callers).map(|n| {
        let on = if n % 2 == 0 { one } else { two };
        on.cache.get_or_try_set("report:totals", ten_minutes, async || usage_report::uncached(on, MONTH).await)
    }))
    .await?;
    let by_hand =
        Stampede { by: "get_or_set", callers: 2 * callers, loads: queries() - before, took_ms: millis(begun) };
    Ok(vec![decorated, by_hand])
}

fn millis(begun: Instant) -> f64 {
    1e3 * begun.elapsed().as_secs_f64()
}
