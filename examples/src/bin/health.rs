//! A cache that is too small, and a function whose key changes with every call: what `health()` says of them.

use cache_core::{Cache, Topic, cached, init_cache};

/// Asked for in turn, more of them than the cache holds.
#[cached(ttl = "5m", key_prefix = "track")]
async fn track(id: u64) -> u64 {
    id
}

/// The time of the request is in the key.
#[cached(ttl = "5m", key_prefix = "search")]
async fn search(query: &str, asked_at: u64) -> usize {
    query.len() + asked_at as usize % 2
}

#[tokio::main]
async fn main() -> Result<(), cache_core::Error> {
    let cache = Cache::builder().max_entries(200).build()?;
    init_cache(cache.clone())?;
    for call in 0..4_000 {
        track(call % 300).await;
        if call % 20 == 0 {
            search("nina", call).await;
        }
    }
    let before = cache.health();
    println!("{before}");

    // As it recommends.
    if before.recommendations.iter().any(|advice| advice.topic == Topic::MoreRoom) {
        cache.resize(400, before.max_bytes)?;
    }
    let counted = track::stats();
    for call in 0..4_000 {
        track(call % 300).await;
    }
    let after = track::stats();
    println!("with 400 entries {} of 4000 calls were hits", after.hits - counted.hits);
    Ok(())
}
