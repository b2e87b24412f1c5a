//! A source that is slow: callers are answered in time, with what there is or with an error of their own, and what it says in
//! the end is there for the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, TimedOut, cached, init_cache};
use tokio::sync::Notify;

#[derive(Debug, Clone, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Slow(#[from] TimedOut),
}

/// It begins a forecast, and is done with it when it is let through.
#[derive(Default)]
struct Station {
    forecasts: AtomicU32,
    begun: Notify,
    let_through: Notify,
}

impl Station {
    async fn compute(&self, city: &str) -> String {
        self.begun.notify_one();
        self.let_through.notified().await;
        format!("forecast {} of {city}", self.forecasts.fetch_add(1, SeqCst) + 1)
    }
}

#[cached(ttl = "1m", stale_if_error = "1h", soft_timeout = "200ms", timeout = "2s", skip(station))]
async fn forecast(station: &Arc<Station>, city: &str) -> Result<String, Trouble> {
    Ok(station.compute(city).await)
}

/// A call, and beside it the clock, which goes on once the station has begun.
async fn call(station: &Arc<Station>, clock: &ManualClock, steps: &[u64]) {
    let began = clock.elapsed();
    let called = async { (forecast(station, "Rome").await, clock.elapsed() - began) };
    let time = async {
        if !steps.is_empty() {
            station.begun.notified().await;
        }
        for step in steps {
            clock.advance(Duration::from_millis(*step));
            tokio::task::yield_now().await;
        }
    };
    let ((answer, after), ()) = tokio::join!(called, time);
    println!("  after {after:?}: {}", answer.unwrap_or_else(|trouble| trouble.to_string()));
}

/// Lets the load that is under way come to its end.
async fn let_through(station: &Station, loads: u64) {
    station.let_through.notify_one();
    while forecast::stats().loads < loads {
        tokio::task::yield_now().await;
    }
}

// One thread: the load beside a caller runs where this one yields.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::new();
    init_cache(Cache::builder().clock(&clock).build()?)?;
    let station = &Arc::new(Station::default());

    println!("nothing is there:");
    call(station, &clock, &[200, 1_800]).await;
    println!("the load went on:");
    let_through(station, 1).await;
    call(station, &clock, &[]).await;

    clock.advance(Duration::from_secs(61));
    println!("past its time:");
    call(station, &clock, &[200]).await;
    println!("that load went on, too:");
    let_through(station, 2).await;
    call(station, &clock, &[]).await;

    let stats = forecast::stats();
    println!("{} timed out, {} past its time, {} loads", stats.timeouts, stats.stale_served, stats.loads);
    Ok(())
}
