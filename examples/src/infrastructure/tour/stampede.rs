//! A report that many ask for at the same time, on both instances.

use std::time::Duration;

use super::super::instance::Instance;
use super::super::repository::usage_report;
use crate::cluster::Stampede;

const MONTH: u32 = 202_611;

pub(super) async fn all(one: &Instance, two: &Instance, callers: usize) -> Result<Vec<Stampede>, sqlx::Error> {
    let queries = || one.db.queries() + two.db.queries();
    let ten_minutes = Duration::from_secs(600);
    let decorated = |on| usage_report(on, MONTH);
    let by_hand = async |on: &Instance| {
        on.cache.get_or_try_set("report:totals", ten_minutes, async || usage_report::uncached(on, MONTH).await).await
    };
    Ok(vec![
        Stampede::on("usage_report", (one, two), callers, queries, decorated).await?,
        Stampede::on("get_or_set", (one, two), callers, queries, by_hand).await?,
    ])
}
