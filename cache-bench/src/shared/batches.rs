//! `get_many` beside a bare `MGET`, on one connection.

use std::time::{Duration, Instant};

use cache_core::{Cache, Ttl};
use cache_redis::RedisTier;
use cache_redis::redis::{Client, cmd};
use tokio::runtime::Runtime;

use super::functions::Artist;
use super::server::Server;
use super::{Failure, KEYS};
use crate::report::{Report, Target};
use crate::rounds::{Cell, Measured, Rounds, interleave};
use crate::subjects::OURS;

const MGET: &str = "bare MGET (a floor)";

/// How often the server was asked for values so far, in whatever way.
fn asked(server: &Server) -> Result<u64, Failure> {
    let info = server.info("commandstats")?;
    let calls = |command: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|rest| rest.split(',').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    Ok(["get", "mget", "eval", "evalsha"].into_iter().map(calls).sum())
}

pub(super) fn run(server: &Server, runtime: &Runtime, quick: bool, report: &mut Report) -> Result<(), Failure> {
    let client = Client::open(server.url())?;
    let manager = runtime.block_on(client.get_connection_manager())?;
    let cache =
        runtime.block_on(async { Cache::builder().shared(RedisTier::from_manager(manager.clone())).build() })?;
    let names: Vec<String> = (0..KEYS).map(|id| format!("batch:{id}")).collect();
    let values = names.iter().cloned().zip((0..KEYS).map(Artist::new));
    runtime.block_on(cache.set_many(values, Ttl::Default));
    let all: Vec<String> = cmd("KEYS").arg("cache:*").query(&mut server.connection()?)?;
    let record = |name: &String| all.iter().find(|key| key.ends_with(&format!(":{name}"))).cloned();
    let records: Vec<String> = names.iter().filter_map(record).collect();
    if records.len() != names.len() {
        return Err(format!("{} records of {}", records.len(), names.len()).into());
    }

    let calls = if quick { 20 } else { 100 };
    let ours = || {
        let mut took = Duration::ZERO;
        for _ in 0..calls {
            cache.local().clear();
            let (names, start) = (names.clone(), Instant::now());
            let found = runtime.block_on(cache.get_many::<Artist>(names));
            took += start.elapsed();
            assert!(found.iter().all(Option::is_some), "a batch has not found what was stored");
        }
        took.as_secs_f64() * 1e6 / f64::from(calls)
    };
    let bare = || {
        let mut took = Duration::ZERO;
        for _ in 0..calls {
            let (mut manager, start) = (manager.clone(), Instant::now());
            let found = runtime.block_on(cmd("MGET").arg(&records).query_async::<Vec<Vec<u8>>>(&mut manager));
            took += start.elapsed();
            assert!(found.is_ok_and(|found| found.len() == records.len()), "MGET has not found what was stored");
        }
        took.as_secs_f64() * 1e6 / f64::from(calls)
    };
    let before = asked(server)?;
    ours();
    let trips = (asked(server)? - before) as f64 / f64::from(calls);

    let measured = interleave(Rounds::new(quick), &mut [Cell::new(MGET, bare), Cell::new(OURS, ours)]);
    let case = "get_many(100) from Redis";
    report.add("shared", case, "µs", &measured);
    report.add("shared", "round trips of get_many(100)", "commands", &[Measured::once(OURS, trips)]);
    report.holds("round trips of get_many(100)", OURS, "one", trips, Target::AtMost(1.0));
    Ok(())
}
