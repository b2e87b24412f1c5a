//! Values that are made anew before anybody waits for them, that do not end together, and whose TTL finds itself.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached, init_cache, observe};

/// What the source says now.
static EDITION: AtomicU64 = AtomicU64::new(1);

/// The first hit in the last fifth of the minute begins the next load.
#[cached(ttl = "1m", refresh_ahead = 0.8)]
async fn headlines(page: u64) -> String {
    format!("edition {}, page {page}", EDITION.load(SeqCst))
}

/// Up to three tenths shorter, each by another part.
#[cached(ttl = "100s", jitter = 0.3)]
async fn price(product: u64) -> u64 {
    product * 100
}

/// Ten seconds to begin with.
#[cached(ttl = "10s", adaptive_ttl = "5s..40s")]
async fn edition(paper: &str) -> u64 {
    paper.len() as u64 + EDITION.load(SeqCst)
}

fn remaining(cache: &Cache, key: String) -> f64 {
    cache.entry(key).and_then(|entry| entry.remaining).map_or(0.0, |left| left.as_secs_f64())
}

async fn ahead(clock: &ManualClock) {
    println!("refresh_ahead = 0.8, of a minute:");
    for step in [0, 30, 20, 5, 20] {
        clock.advance(Duration::from_secs(step));
        let (text, calls) = observe(headlines(1)).await;
        // The load beside the caller comes to its end before the next one asks.
        while headlines::stats().loads < headlines::stats().misses + headlines::stats().refreshes {
            tokio::task::yield_now().await;
        }
        println!("  {text}: {}, loads so far: {}", calls[0].outcome, headlines::stats().loads);
        EDITION.store(2, SeqCst);
    }
}

async fn spread(cache: &Cache) {
    println!("jitter = 0.3, of 100 s:");
    for product in 0..1_000 {
        price(product).await;
    }
    let ends: Vec<_> = (0..1_000).map(|product| remaining(cache, price::key(product))).collect();
    let (first, last) = ends.iter().fold((f64::MAX, 0.0_f64), |(least, most), end| (least.min(*end), most.max(*end)));
    println!("  {} entries of one moment", ends.len());
    println!("  none ends before 70 s: {}, none after 100 s: {}", first > 69.999, last < 100.001);
    println!("  the first and the last are more than 20 s apart: {}", last - first > 20.0);
}

async fn adaptive(cache: &Cache, clock: &ManualClock) {
    println!("adaptive_ttl = \"5s..40s\", from 10 s on:");
    let news = ["the first", "the same", "the same", "the same", "changed", "changed", "changed", "changed"];
    for news in news {
        if news == "changed" {
            EDITION.fetch_add(1, SeqCst);
        }
        edition("Times").await;
        let ttl = remaining(cache, edition::key("Times"));
        println!("  {news}: {ttl:.0} s");
        edition("Times").await; // read: what nobody reads would not live longer
        clock.advance(Duration::from_secs_f64(ttl + 0.5));
    }
    println!("  {} loads", edition::stats().loads);
}

// One thread: the load beside a caller runs where this one yields.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).build()?;
    init_cache(cache.clone())?;
    ahead(&clock).await;
    spread(&cache).await;
    adaptive(&cache, &clock).await;
    Ok(())
}
