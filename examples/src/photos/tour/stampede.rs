//! What takes long to compute, and many ask for at the same time, on both instances.

use std::time::Duration;

use super::super::faces::similarity;
use super::super::service::Service;
use crate::cluster::Stampede;

pub(super) async fn all(one: &Service, two: &Service, callers: usize) -> Result<Vec<Stampede>, sqlx::Error> {
    let queries = || one.db.queries() + two.db.queries();
    let hour = Duration::from_secs(3_600);
    // What `cache_with_lock(key, compute, ttl)` is elsewhere.
    let by_hand = async |on: &Service| {
        on.cache.get_or_try_set("expensive_result:by_hand", hour, async || similarity::uncached(on).await).await
    };
    Ok(vec![
        Stampede::on("similarity", (one, two), callers, queries, similarity).await?,
        Stampede::on("get_or_set", (one, two), callers, queries, by_hand).await?,
    ])
}
