use std::collections::HashMap;

use cache_core::cached;

#[cached(cluster_flight = true)]
fn in_a_sync_function(id: i64) -> i64 {
    id
}

#[cached(cluster_flight = true, single_flight = false)]
async fn against_single_flight(id: i64) -> i64 {
    id
}

#[cached(cluster_flight = true, tier = "local")]
async fn against_local(id: i64) -> i64 {
    id
}

#[cached(cluster_flight = true, batch = ids)]
async fn of_a_batch(ids: &[i64]) -> HashMap<i64, i64> {
    ids.iter().map(|id| (*id, *id)).collect()
}

#[cached(cluster_flight = "yes")]
async fn of_another_type(id: i64) -> i64 {
    id
}

#[cached(cluster_flight)]
async fn of_no_value(id: i64) -> i64 {
    id
}

fn main() {
    drop(in_a_sync_function(1));
    drop((against_single_flight(1), against_local(1), of_a_batch(&[1])));
}
