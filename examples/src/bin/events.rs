//! What happens in a cache, as a log: one subscriber, on a task of its own.

use cache_core::testing::ManualClock;
use cache_core::{Cache, CacheEvent, cached, init_cache, invalidates};
use std::time::Duration;

#[cached(ttl = "1m", key_prefix = "artist")]
async fn get_artist(id: u64) -> Result<Option<String>, String> {
    if id > 100 { Err(format!("no answer about {id}")) } else { Ok(Some(format!("artist {id}"))) }
}

#[invalidates(get_artist(id), pattern = "search:*")]
async fn rename_artist(id: u64, name: &str) -> Result<(), String> {
    if name.is_empty() { Err(format!("artist {id} needs a name")) } else { Ok(()) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).build()?;
    init_cache(cache.clone())?;

    let mut events = cache.events();
    let log = tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            let (function, key, cause) = (event.function(), event.key().unwrap_or("-"), event.cause());
            let function = function.map_or(String::new(), |function| format!(" of {function}"));
            match event {
                CacheEvent::Set { .. } => println!("+ {key}{function}: {cause}"),
                CacheEvent::Refreshed { .. } => println!("~ {key}{function}"),
                CacheEvent::Invalidated { entries, .. } => println!("- {key}{function}: {entries} by {cause}"),
                CacheEvent::Cleared { entries, .. } => println!("- everything: {entries}"),
                CacheEvent::Evicted { .. } | CacheEvent::Expired { .. } => println!("- {key}{function}: {cause}"),
                CacheEvent::LoadFailed { .. } => println!("! {key}{function}: {cause}"),
                CacheEvent::Lost { events, .. } => println!("! {events} events lost"),
                other => println!("! {other:?}"),
            }
        }
    });

    get_artist(42).await?;
    get_artist(42).await?; // a hit is no event
    get_artist::refresh(42).await?;
    let _ = get_artist(666).await;
    rename_artist(42, "Nina Simone").await?;
    let _ = rename_artist(42, "").await; // failed: nothing is invalidated
    get_artist(7).await?;
    clock.advance(Duration::from_secs(60));
    cache.cleanup_expired();
    cache.clear().await;
    cache.close().await; // ends the log
    log.await?;
    Ok(())
}
