//! Hits from a real Redis, beside a bare `GET` and what else there is.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cache_core::Cache;
use cache_redis::RedisTier;
use cache_redis::redis::aio::ConnectionManager;
use cache_redis::redis::{Client, cmd};
use parking_lot::Mutex;
use tokio::runtime::Runtime;

use super::cores::OneCore;
use super::functions::{Artist, remote, theirs};
use super::server::Server;
use super::{CALLERS, Failure, KEYS, LONGEST, only_hits};
use crate::report::{Report, Target};
use crate::rounds::{Cell, Rounds, interleave};
use crate::subjects::OURS;

const GET: &str = "bare GET (a floor)";
const PARSED: &str = "GET and serde_json (a floor)";
const SKETCH: &str = "sketch of a hit's parts (a floor)";
const THEIRS: &str = "cached AsyncRedisCache";

/// All of them ask one server, and all but the last over one connection.
const SUBJECTS: [&str; 5] = [GET, PARSED, SKETCH, OURS, THEIRS];

/// What is asked for is there.
struct Filled {
    manager: ConnectionManager,
    cache: Cache,
    /// Where our records are.
    records: Arc<[String]>,
}

impl Filled {
    fn new(server: &Server, runtime: &Runtime) -> Result<Self, Failure> {
        let client = Client::open(server.url())?;
        let manager = runtime.block_on(client.get_connection_manager())?;
        // A tier must be made inside of the runtime.
        let cache =
            runtime.block_on(async { Cache::builder().shared(RedisTier::from_manager(manager.clone())).build() })?;
        runtime.block_on(async {
            for id in 0..KEYS {
                remote(&cache, id).await;
                theirs(id).await?;
                let json = serde_json::to_vec(&Artist::new(id))?;
                cmd("SET").arg(plain(id)).arg(json).exec_async(&mut manager.clone()).await?;
            }
            Ok::<_, Failure>(())
        })?;
        only_hits(2 * KEYS)?;
        let all: Vec<String> = cmd("KEYS").arg("cache:*").query(&mut server.connection()?)?;
        let record = |id| {
            let ending = format!(":{}", remote::key(&cache, id));
            let found = all.iter().find(|key| key.ends_with(&ending)).cloned();
            found.ok_or_else(|| Failure::from(format!("no record ends in `{ending}`")))
        };
        let records = (0..KEYS).map(record).collect::<Result<Vec<_>, _>>()?.into();
        Ok(Self { manager, cache, records })
    }

    /// Microseconds per hit.
    fn time(&self, subject: &str, runtime: &Runtime, callers: usize, each: usize) -> f64 {
        match subject {
            GET => {
                let (manager, records) = (self.manager.clone(), self.records.clone());
                micros(runtime, callers, each, move |id| bare(manager.clone(), records.clone(), id))
            }
            PARSED => {
                let manager = self.manager.clone();
                micros(runtime, callers, each, move |id| parsed(manager.clone(), id))
            }
            SKETCH => {
                let (manager, parts) = (self.manager.clone(), Arc::<Parts>::default());
                micros(runtime, callers, each, move |id| sketched(manager.clone(), parts.clone(), id))
            }
            THEIRS => {
                micros(
                    runtime,
                    callers,
                    each,
                    |id| async move { theirs(id).await.map_or(u64::MAX, |artist| artist.id) },
                )
            }
            _ => {
                let cache = self.cache.clone();
                micros(runtime, callers, each, move |id| {
                    let cache = cache.clone();
                    async move { remote(&cache, id).await.id }
                })
            }
        }
    }
}

/// What a cache has besides the connection.
#[derive(Default)]
struct Parts {
    /// Loads under way.
    loads: Mutex<HashMap<String, Arc<str>>>,
    hits: AtomicU64,
}

/// Microseconds per call of so many callers, each of which asks for one key after the other.
fn micros<F>(runtime: &Runtime, callers: usize, each: usize, ask: impl Fn(u64) -> F + Clone + Send + 'static) -> f64
where
    F: Future<Output = u64> + Send,
{
    let ask_all = async move || {
        let start = Instant::now();
        let callers: Vec<_> = (0..callers)
            .map(|caller| {
                let ask = ask.clone();
                tokio::spawn(async move {
                    for call in 0..each {
                        let id = (caller * 7 + call) as u64 % KEYS;
                        assert_eq!(ask(id).await, id, "another value than was stored");
                    }
                })
            })
            .collect();
        for caller in callers {
            // What panicked has said so. Unwinding ends the server.
            caller.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        }
        start.elapsed()
    };
    runtime.block_on(ask_all()).as_secs_f64() * 1e6 / (callers * each) as f64
}

pub(super) fn run(server: &Server, runtime: &Runtime, quick: bool, report: &mut Report) -> Result<(), Failure> {
    let filled = Filled::new(server, runtime)?;
    for (case, callers, each) in [("one caller", 1, 1_000), ("32 callers", CALLERS, 100)] {
        let each = if quick { each / 4 } else { each };
        let measure = || {
            let mut cells = SUBJECTS.map(|subject| Cell::new(subject, || filled.time(subject, runtime, callers, each)));
            interleave(Rounds::new(quick), &mut cells)
        };
        let case = format!("hit from Redis, {case}");
        // Wherever the system puts them, and then on one core, which says more: see there.
        report.add("shared", &format!("{case}, any core"), "µs", &measure());
        let one_core = OneCore::with(server.process())?;
        let measured = measure();
        drop(one_core);
        report.add("shared", &case, "µs", &measured);
        report.ratio(&case, &measured, OURS, GET, Target::AtMost(1.15));
        if callers > 1 {
            report.ratio(&case, &measured, OURS, THEIRS, Target::AtMost(1.0));
        }
    }
    only_hits(0)
}

/// One subject and nothing else, for an instruction counter: so many calls by each of so many callers.
pub(crate) fn only(subject: &str, callers: usize, each: usize) -> Result<(), Failure> {
    if !SUBJECTS.contains(&subject) {
        return Err(format!("no subject is called {subject:?}: there are {SUBJECTS:?}").into());
    }
    let server = Server::start()?;
    // On one thread: how often several wake each other is no two times the same.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _ = super::URL.set(server.url());
    Filled::new(&server, &runtime)?.time(subject, &runtime, callers, each);
    only_hits(0)
}

fn plain(id: u64) -> String {
    format!("plain:{id}")
}

/// The record's bytes, as `remote` gets them.
async fn bare(mut manager: ConnectionManager, records: Arc<[String]>, id: u64) -> u64 {
    let key = records.get(id as usize).map(String::as_str).unwrap_or_default();
    let bytes = cmd("GET").arg(key).query_async::<Vec<u8>>(&mut manager).await;
    if bytes.is_ok_and(|bytes| !bytes.is_empty()) { id } else { u64::MAX }
}

/// What it takes to have the value, without anything around it.
async fn parsed(mut manager: ConnectionManager, id: u64) -> u64 {
    let bytes = cmd("GET").arg(plain(id)).query_async::<Vec<u8>>(&mut manager).await.unwrap_or_default();
    serde_json::from_slice::<Artist>(&bytes).map_or(u64::MAX, |artist| artist.id)
}

/// The same bounded in time, as one load of the name, and counted: what a hit needs whoever writes it.
async fn sketched(manager: ConnectionManager, parts: Arc<Parts>, id: u64) -> u64 {
    let name = format!("remote:{id}");
    parts.loads.lock().insert(name.clone(), Arc::from(name.as_str()));
    let answer = tokio::time::timeout(LONGEST, parsed(manager, id)).await;
    parts.loads.lock().remove(&name);
    parts.hits.fetch_add(1, Ordering::Relaxed);
    answer.unwrap_or(u64::MAX)
}
