//! Looking after a cache while it runs: what has expired is reclaimed, now and then or by hand, and its bounds are changed.

use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached, init_cache};

const SECOND: Duration = Duration::from_secs(1);

/// A guest's is kept for half a minute, a member's for an hour.
#[cached(ttl = if user.starts_with("guest") { 30 * SECOND } else { 3_600 * SECOND })]
async fn session(user: &str) -> String {
    format!("the session of {user}")
}

async fn visits(kind: &str, count: u32) {
    for number in 0..count {
        session(&format!("{kind} {number:03}")).await;
    }
}

fn show(what: &str, cache: &Cache) {
    let stats = cache.stats();
    let (fresh, expired) = (stats.active_entries, stats.expired_entries);
    println!(
        "{what}: {fresh} fresh, {expired} expired; {} expirations, {} evictions",
        stats.expirations, stats.evictions
    );
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).max_entries(1_000).build()?;
    init_cache(cache.clone())?;

    visits("guest", 200).await;
    visits("member", 300).await;
    show("500 visits", &cache);
    clock.advance(31 * SECOND);
    show("half a minute later", &cache);
    println!("cleanup_expired: {} entries", cache.cleanup_expired());
    show("after it", &cache);

    // Until it is dropped. By the machine's clock it is done on a thread of its own.
    let cleanup = cache.cleanup_every(60 * SECOND)?;
    visits("guest", 200).await;
    clock.advance(59 * SECOND);
    show("guests came back, and went", &cache);
    clock.advance(SECOND);
    show("cleanup_every(60 s)", &cache);
    drop(cleanup);
    visits("guest", 200).await;
    clock.advance(600 * SECOND);
    show("without it", &cache);

    let max_bytes = cache.stats().max_bytes;
    cache.resize(150, max_bytes)?;
    show("resize to 150 entries", &cache);
    let held = cache.stats().bytes;
    cache.resize(1_000, held / 2)?;
    let stats = cache.stats();
    let (fits, holds) = (stats.bytes <= held / 2, (1..150).contains(&stats.active_entries));
    println!("resize to half of its bytes: it fits: {fits}, it holds some of them still: {holds}");
    cache.resize(1_000, max_bytes)?;
    visits("member", 300).await;
    println!("there is room again: {} fresh", cache.stats().active_entries);
    match cache.resize(0, max_bytes) {
        Ok(()) => println!("it holds nothing"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
