//! What a subscriber of `tracing` collects of a cache: a span for each load, with how it ended and without anybody's data.

use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached, init_cache};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

#[cached(ttl = "1m", key_prefix = "artist", skip(clock))]
async fn get_artist(clock: &ManualClock, id: u64) -> Result<Option<String>, String> {
    clock.advance(Duration::from_millis(250)); // the time that it takes
    match id {
        0 => Ok(None),
        13 => Err("no connection".to_owned()),
        id => Ok(Some(format!("artist {id}"))),
    }
}

/// A page is made of its artists.
#[cached(ttl = "5m", skip(clock))]
async fn page(clock: &ManualClock, number: u64) -> Result<usize, String> {
    Ok(get_artist(clock, number).await?.map_or(0, |name| name.len()) + get_artist(clock, 0).await?.map_or(0, |_| 1))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A line for each span that ends. In a service the time stands before it, and mostly the filter says `cache=debug`.
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_span_events(FmtSpan::CLOSE);
    log.without_time().with_ansi(false).init();
    let clock = &ManualClock::new();
    init_cache(Cache::builder().clock(clock).build()?)?;

    println!("a miss:");
    get_artist(clock, 42).await?;
    println!("a hit, which is no load:");
    get_artist(clock, 42).await?;
    println!("a page with loads inside of its own:");
    page(clock, 7).await?;
    println!("an error:");
    println!("{:?}", get_artist(clock, 13).await);
    Ok(())
}
