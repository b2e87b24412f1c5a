//! Ten thousand tasks that want one value, which takes 20 ms to load.

use std::cell::Cell as Mutable;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::keys::Fresh;
use crate::report::{Report, Target};
use crate::rounds::{Cell, Measured, Rounds, interleave};
use crate::subjects::{OURS, ROOM, peers};

const TASKS: usize = 10_000;
const LOAD: Duration = Duration::from_millis(20);
/// One subject runs at a time, so all of them count here.
static LOADS: AtomicU64 = AtomicU64::new(0);

async fn load(id: u64) -> u64 {
    LOADS.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(LOAD).await;
    id
}

#[cache_core::cached(ttl = 300)]
async fn ours(id: u64) -> u64 {
    load(id).await
}

#[cached::macros::cached(max_size = 20_000, ttl_secs = 300, sync_writes = "by_key")]
async fn theirs(id: u64) -> u64 {
    load(id).await
}

/// Milliseconds until the last one has its answer.
async fn stampede<F: Future<Output = u64> + Send + 'static>(ask: impl Fn() -> F) -> f64 {
    let start = Instant::now();
    let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(ask())).collect();
    for task in tasks {
        // What panicked has said so; a time without it would be none.
        task.await.unwrap_or_else(|_| std::process::abort());
    }
    start.elapsed().as_secs_f64() * 1e3
}

pub(crate) fn run(quick: bool) -> io::Result<Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
    let fresh = Fresh::default();
    let (moka, quick_cache) = (peers::moka_future::<u64>(ROOM), peers::quick::<u64, u64>(ROOM));
    let quick_cache = std::sync::Arc::new(quick_cache);
    let foyer = peers::foyer::<u64>(ROOM);
    let names =
        [OURS, peers::MOKA_FUTURE, peers::QUICK_ASYNC, "foyer-memory get_or_fetch", "cached #[cached(sync_writes)]"];
    let most: [Mutable<u64>; 5] = Default::default();
    let samples: [Box<dyn Fn(u64) -> f64 + '_>; 5] = [
        Box::new(|key| runtime.block_on(stampede(|| ours(key)))),
        Box::new(|key| {
            runtime.block_on(stampede(|| {
                let moka = moka.clone();
                async move { moka.get_with(key, load(key)).await }
            }))
        }),
        Box::new(|key| {
            runtime.block_on(stampede(|| {
                let quick = quick_cache.clone();
                async move { quick.get_or_insert_async(&key, async { Ok::<_, ()>(load(key).await) }).await.unwrap_or(0) }
            }))
        }),
        Box::new(|key| {
            runtime.block_on(stampede(|| {
                let foyer = foyer.clone();
                async move {
                    let fetched = foyer.get_or_fetch(&key, move || async move { Ok::<_, io::Error>(load(key).await) });
                    fetched.await.map_or(0, |entry| *entry.value())
                }
            }))
        }),
        Box::new(|key| runtime.block_on(stampede(|| theirs(key)))),
    ];
    let mut cells: Vec<_> = names
        .iter()
        .zip(samples.iter().zip(&most))
        .map(|(name, (sample, most))| {
            Cell::new(*name, || {
                let millis = sample(fresh.one());
                most.set(most.get().max(LOADS.swap(0, Ordering::Relaxed)));
                millis
            })
        })
        .collect();
    let measured = interleave(Rounds::new(quick), &mut cells);

    let mut report = Report::default();
    report.add("stampede", "until the last is answered", "ms", &measured);
    let loads: Vec<_> = names.iter().zip(&most).map(|(name, most)| Measured::once(*name, most.get() as f64)).collect();
    report.add("stampede", "most loads in a round", "loads", &loads);
    report.holds("loads", OURS, "one", most[0].get() as f64, Target::AtMost(1.0));
    report.ratio("until the last is answered", &measured, OURS, peers::MOKA_FUTURE, Target::AtMost(1.5));
    Ok(report)
}
