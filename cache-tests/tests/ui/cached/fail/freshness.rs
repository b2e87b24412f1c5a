//! Options about the time around a TTL: their values, and what they need of each other.

use cache_core::cached;
use std::time::Duration;

type Answer = Result<u64, cache_core::TimedOut>;

#[cached(stale_while_revalidate = "never", jitter = 2, refresh_ahead = 1.0, adaptive_ttl = "1h")]
async fn values(id: u64) -> Answer {
    Ok(id)
}

#[cached(adaptive_ttl = "1h..30s", stale_if_error = "soon", timeout = 0)]
async fn more_values(id: u64) -> Answer {
    Ok(id)
}

#[cached(stale_if_error = Duration::from_secs(id))]
async fn over_arguments(id: u64) -> Answer {
    Ok(id)
}

#[cached(ttl = "never", stale_while_revalidate = "1m", stale_if_error = "1m", jitter = 0.1)]
async fn never_stale(id: u64) -> Answer {
    Ok(id)
}

#[cached(retry_after = "1s")]
async fn nothing_to_retry(id: u64) -> Answer {
    Ok(id)
}

#[cached(soft_timeout = "1s")]
async fn nothing_to_serve(id: u64) -> Answer {
    Ok(id)
}

#[cached(stale_if_error = "1h", soft_timeout = "2s", timeout = "1s")]
async fn too_soft(id: u64) -> Answer {
    Ok(id)
}

#[cached(timeout = "1s")]
fn of_a_thread(id: u64) -> Answer {
    Ok(id)
}

fn main() {}
