//! Many callers who miss one key at the same time, on both instances.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde::Serialize;

use super::super::faces::similarity;
use super::super::service::Service;

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

pub(super) async fn all(one: &Service, two: &Service, callers: usize) -> Result<Vec<Stampede>, sqlx::Error> {
    let queries = || one.db.queries() + two.db.queries();
    let of = |number: usize| if number.is_multiple_of(2) { one } else { two };
    let (before, begun) = (queries(), Instant::now());
    try_join_all((0..2 * callers).map(|number| similarity(of(number)))).await?;
    let decorated =
        Stampede { by: "similarity", callers: 2 * callers, loads: queries() - before, took_ms: millis(begun) };

    // What `cache_with_lock(key, compute, ttl)` is elsewhere.
    let (before, begun) = (queries(), Instant::now());
    let hour = Duration::from_secs(3_600);
    try_join_all((0..2 * callers).map(|number| {
        let on = of(number);
        on.cache.get_or_try_set("expensive_result:by_hand", hour, async || similarity::uncached(on).await)
    }))
    .await?;
    let by_hand =
        Stampede { by: "get_or_set", callers: 2 * callers, loads: queries() - before, took_ms: millis(begun) };
    Ok(vec![decorated, by_hand])
}

fn millis(begun: Instant) -> f64 {
    1e3 * begun.elapsed().as_secs_f64()
}
