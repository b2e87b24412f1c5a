use cache_core::cached;

#[cached(ttl_with = |v| Duration::from_secs(*v), ttl_none = "5s", ttl_err = "1s")]
fn ttls(id: i64) -> i64 {
    id
}

#[cached(key_with = build, tags = ["artist:{id}"], tags_with = |v| vec![v], version = 2)]
fn keys(id: i64) -> i64 {
    id
}

#[cached(tier = "both", cluster_flight = true, batch = ids, weight = |v| 5, share_err = copy, companion = false)]
fn places(id: i64) -> i64 {
    id
}

#[cached(when = id > 5, refresh_when = false, cache_if = |v| true, validate = |v| true)]
fn conditions(id: i64) -> i64 {
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
