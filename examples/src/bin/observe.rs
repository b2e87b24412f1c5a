//! Which cached calls a request made, and how each was answered.

use cache_core::testing::ManualClock;
use cache_core::{Cache, CallOutcome, Observer, cached, init_cache, observe, observe_blocking};
use std::time::Duration;

#[cached(ttl = "1m", key_prefix = "artist")]
async fn get_artist(id: u64) -> Result<Option<String>, String> {
    Ok((id < 100).then(|| format!("artist {id}")))
}

/// A page is made of its artists.
#[cached(ttl = "5m")]
async fn page(number: u64) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for id in [number, number + 1] {
        names.extend(get_artist(id).await?);
    }
    Ok(names)
}

#[cached(ttl = "1h")]
fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::new();
    init_cache(Cache::builder().clock(&clock).build()?)?;

    get_artist(2).await?;
    clock.advance(Duration::from_secs(20));
    let (names, calls) = observe(page(1)).await;
    println!("{:?}, of {} calls", names?, calls.len());
    for call in &calls {
        println!("  {call}");
    }

    clock.advance(Duration::from_secs(41));
    let (answers, calls) = observe(async {
        let spawned = tokio::spawn(Observer::current().wrap(async { get_artist(100).await }));
        let joined = tokio::join!(page(1), get_artist(2));
        (joined, spawned.await)
    })
    .await;
    let ((page, artist), spawned) = answers;
    println!("{} names, {:?}, {:?}", page?.len(), artist?, spawned??);
    let mut lines: Vec<_> = calls.iter().map(ToString::to_string).collect();
    lines.sort(); // two tasks: either may end first
    for line in lines {
        println!("  {line}");
    }

    let (slug, calls) = observe_blocking(|| [slug("Nina Simone"), slug("Nina Simone")].concat().len());
    let count = |outcome| calls.count(outcome);
    println!("{slug} letters: {} hit, {} miss", count(CallOutcome::Hit), count(CallOutcome::Miss));
    Ok(())
}
