//! A cache that is filled before anybody asks: by strategies, in batches, until the signal to stop.

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached, init_cache, observe};
use futures_util::{FutureExt, stream};
use tokio::sync::oneshot;

/// The database.
struct Db;

#[cached(ttl = "10m", key_prefix = "artist")]
async fn get_artist(db: &Db, id: u64) -> Result<Option<String>, String> {
    let Db = db;
    match id {
        0 => Ok(None),
        13 => Err("no connection".to_owned()),
        id => Ok(Some(format!("artist {id}"))),
    }
}

#[cached(ttl = "10m")]
async fn library(db: &Db, user: &str) -> Result<Vec<String>, String> {
    let Db = db;
    Ok(vec![format!("{user}'s first"), format!("{user}'s second")])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // By a clock that stands still, so that the times printed are the same in every run.
    let cache = Cache::builder().clock(ManualClock::new()).build()?;
    init_cache(cache.clone())?;
    let db = &Db;

    get_artist(db, 3).await?;
    let report = cache
        .warm()
        .strategy("popular", vec![1, 2, 3, 0, 13], |id| get_artist(db, id))
        .strategy("recent users", ["ann".to_owned(), "bob".to_owned()], |user| async move { library(db, &user).await })
        .batch(50)
        .concurrency(4)
        .run()
        .await;
    println!("{report}");
    let (artist, calls) = observe(get_artist(db, 1)).await;
    println!("{:?} was a {}", artist?, calls[0].outcome);

    // A stream without end, two keys at a time, until a service shuts down.
    let (shut_down, signal) = oneshot::channel::<()>();
    let mut shut_down = Some(shut_down);
    let report = cache
        .warm()
        .strategy("catalogue", stream::iter(100..), |id| get_artist(db, id))
        .batch(2)
        .progress(|so_far| {
            println!("{}: {} of {:?}", so_far.strategy, so_far.done, so_far.total);
            if so_far.done == 4 {
                shut_down.take();
            }
        })
        .stop_when(signal.map(drop))
        .run()
        .await;
    println!("stopped: {}, {} warmed", report.stopped, report.total.warmed);
    cache.close().await;
    Ok(())
}
