//! The shared tier: hits from a real Redis beside a bare `GET`, batches beside a bare `MGET`, how long another instance has
//! what is invalidated, and what a hit in memory pays for a tier behind it.

mod batches;
mod cores;
mod functions;
mod hits;
mod server;

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cache_core::{Cache, Ttl};
use cache_redis::RedisTier;
use tokio::runtime::Runtime;

use crate::report::{Report, Target};
use crate::rounds::{Cell, Measured, Rounds, interleave};
use crate::subjects::{OURS, ready};
use functions::{Artist, LOADS, URL, alone, both};
use server::Server;

pub(crate) use hits::only;
pub(crate) use server::is_there;

type Failure = Box<dyn Error>;

/// As many as a batch asks for.
const KEYS: u64 = 100;
const CALLERS: usize = 32;

const WITHOUT: &str = "cache-core without a tier";

/// Longer than anything here takes.
const LONGEST: Duration = Duration::from_secs(10);

pub(crate) fn run(quick: bool) -> Result<Report, Failure> {
    // The last to go.
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let _ = URL.set(server.url());
    let mut report = Report::default();
    hits::run(&server, &runtime, quick, &mut report)?;
    batches::run(&server, &runtime, quick, &mut report)?;
    memory(&server, &runtime, quick, &mut report)?;
    delays(&server, &runtime, quick, &mut report)?;
    Ok(report)
}

fn only_hits(loads: u64) -> Result<(), Failure> {
    match LOADS.swap(0, Ordering::Relaxed) {
        counted if counted == loads => Ok(()),
        counted => Err(format!("{counted} loads where {loads} were due: what was timed were not only hits").into()),
    }
}

async fn hears(cache: &Cache) -> Result<(), Failure> {
    let start = Instant::now();
    while cache.shared_stats().is_none_or(|stats| stats.cut_off) {
        if start.elapsed() > LONGEST {
            return Err("the cache does not hear the others".into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Nanoseconds per hit.
fn nanos(calls: u64, ask: impl Fn(u64) -> Artist) -> f64 {
    let start = Instant::now();
    for call in 0..calls {
        black_box(ask(black_box(call % KEYS)));
    }
    start.elapsed().as_nanos() as f64 / calls as f64
}

fn memory(server: &Server, runtime: &Runtime, quick: bool, report: &mut Report) -> Result<(), Failure> {
    let with = runtime.block_on(async {
        let cache = Cache::builder().shared(RedisTier::connect(server.url()).await?).build()?;
        hears(&cache).await?;
        Ok::<_, Failure>(cache)
    })?;
    let without = Cache::builder().build()?;
    runtime.block_on(async {
        for id in 0..KEYS {
            both(&with, id).await;
            alone(&without, id).await;
        }
    });
    only_hits(2 * KEYS)?;
    let calls = if quick { 100_000 } else { 500_000 };
    let mut cells = [
        Cell::new(OURS, || nanos(calls, |id| ready(both(&with, id)))),
        Cell::new(WITHOUT, || nanos(calls, |id| ready(alone(&without, id)))),
    ];
    let measured = interleave(Rounds::new(quick), &mut cells);
    let case = "hit in memory, a tier behind it";
    report.add("shared", case, "ns", &measured);
    report.ratio(case, &measured, OURS, WITHOUT, Target::AtMost(1.05));
    only_hits(0)
}

fn delays(server: &Server, runtime: &Runtime, quick: bool, report: &mut Report) -> Result<(), Failure> {
    let (mut made, mut gone) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        let here = Cache::builder().shared(RedisTier::connect(server.url()).await?).build()?;
        let there = Cache::builder().shared(RedisTier::connect(server.url()).await?).build()?;
        hears(&here).await?;
        hears(&there).await?;
        for sample in 0..if quick { 100 } else { 1_000 } {
            let name = format!("told:{sample}");
            there.get_or_set(&name, Ttl::Default, async || sample).await;
            let start = Instant::now();
            here.invalidate(&name).await;
            made.push(start.elapsed().as_secs_f64() * 1e3);
            while there.local().contains(&name) {
                if start.elapsed() > LONGEST {
                    return Err(Failure::from("another instance has not heard of an invalidation"));
                }
                // This thread is none of the runtime's workers, and a spinning one would take a processor from them.
                std::thread::sleep(Duration::from_micros(20));
            }
            gone.push(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(())
    })?;
    for (case, samples) in [("until `invalidate` returns", made), ("until another instance's copy is gone", gone)] {
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(f64::NAN);
        let case = format!("{case} (two instances in one process)");
        let subjects = [Measured::new("cache-core, p50", samples), Measured::once("cache-core, p99", last)];
        report.add("shared", &case, "ms", &subjects);
    }
    Ok(())
}
