use cache_core::cached;

#[cached(tags = ["artist:{id}"], tags_with = |v| vec![v], cluster_flight = true, batch = ids)]
fn keys(id: i64) -> i64 {
    id
}

#[cached(stale_while_revalidate = "1m", stale_if_error = "1h", retry_after = "1s", refresh_ahead = 0.8)]
fn staleness(id: i64) -> i64 {
    id
}

#[cached(soft_timeout = "1s", timeout = "2s", jitter = 0.1, adaptive_ttl = "30s..1h")]
fn times(id: i64) -> i64 {
    id
}

fn main() {}
