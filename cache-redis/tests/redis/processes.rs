//! Several processes on one server, of which one is killed and one stands still: what each was answered, against what was
//! invalidated.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cache_core::{Cache, Fetched, Shared, SharedTier, Ttl, cached};
use cache_redis::RedisTier;
use cache_redis::redis::aio::MultiplexedConnection;
use cache_redis::redis::{AsyncConnectionConfig, Client};

use crate::history::{By, Call, History, Kind, Removal, Writer, now};
use crate::proxy::Random;
use crate::server::{LONGEST, Server, hears};

/// What a process is told by its environment: the server, its file, and its seed.
const SERVER: &str = "CACHE_HISTORY_SERVER";
const FILE: &str = "CACHE_HISTORY_FILE";
const SEED: &str = "CACHE_HISTORY_SEED";

pub(crate) const PATIENCE: Duration = Duration::from_millis(300);
const NAMES: usize = 6;
const TASKS: u64 = 4;
const ROUNDS: usize = 250;
const SPACE: &str = "cache";

const GROUPS: [&str; 2] = ["a", "b"];

fn name(id: usize) -> String {
    format!("{}:{id}", GROUPS[id % 2])
}

/// Asked by processes that stand still in between.
async fn clock(url: &str) -> MultiplexedConnection {
    let patient = AsyncConnectionConfig::new().set_response_timeout(Some(LONGEST));
    Client::open(url).unwrap().get_multiplexed_async_connection_with_config(&patient).await.unwrap()
}

/// The moment at which a load began is its value: the truth changes all the time.
async fn moment(mut clock: MultiplexedConnection, reads: u64) -> u64 {
    let (began, _) = now(&mut clock).await;
    // The time that an invalidation has to come in between.
    for _ in 0..reads {
        now(&mut clock).await;
    }
    began
}

/// In no memory: what is answered comes from the server, or is loaded.
#[cached(ttl = "5m", tier = "shared", cache = cache, skip(cache, clock, reads), key = "{group}:{id}")]
async fn far(cache: &Cache, clock: MultiplexedConnection, reads: u64, group: &str, id: usize) -> u64 {
    let _ = (cache, group, id);
    moment(clock, reads).await
}

async fn invalidate(cache: &Cache, random: &mut Random) -> (Kind, bool) {
    let kind = match random.below(10) {
        0..6 => Kind::Name(name(random.below(NAMES))),
        6 | 7 => Kind::Prefix(GROUPS[random.below(2)].to_owned()),
        8 => Kind::Pattern(["*:1", "a:*", "?:[23]"][random.below(3)].to_owned()),
        _ => Kind::Clear,
    };
    let removed = match &kind {
        Kind::Name(name) => cache.invalidate(name.as_str()).await,
        Kind::Prefix(prefix) => cache.invalidate_prefix(prefix).await.unwrap(),
        Kind::Pattern(pattern) => cache.invalidate_pattern(pattern).await.unwrap(),
        Kind::Clear => cache.clear().await,
    };
    (kind, removed.shared == Shared::Applied)
}

/// One task's calls and invalidations. The first uses the cache that has nothing in memory, alone: so it waits for no load but
/// its own.
async fn work(number: u64, cache: Cache, mut clock: MultiplexedConnection, writer: Writer, seed: u64) {
    let mut random = Random::new(seed << 8 | number);
    let by = if number == 0 { By::Server } else { By::Memory };
    // What the server answers is rarely from before the question where the machine is busy.
    let rounds = if by == By::Server { 3 * ROUNDS } else { ROUNDS };
    for _ in 0..rounds {
        let (began, at) = now(&mut clock).await;
        if random.below(12) == 0 {
            let (kind, applied) = invalidate(&cache, &mut random).await;
            if applied {
                let (ended, at) = now(&mut clock).await;
                writer.removed(&Removal { by, began, ended, at, kind });
            }
            continue;
        }
        let (id, reads) = (random.below(NAMES), random.below(6) as u64);
        let name = name(id);
        let connection = clock.clone();
        let loaded = match by {
            By::Server => far(&cache, connection, reads, GROUPS[id % 2], id).await,
            By::Memory => cache.get_or_set(name.as_str(), Ttl::Default, async || moment(connection, reads).await).await,
        };
        writer.called(&Call { by, began, at, name, loaded });
    }
}

/// No test: what the one below runs as other processes.
#[ignore = "a process of the test below"]
#[test]
fn one_of_several() {
    let Ok(url) = std::env::var(SERVER) else { return };
    let (file, seed) = (std::env::var(FILE).unwrap(), std::env::var(SEED).unwrap().parse::<u64>().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let writer = Writer::to(Path::new(&file));
        let clock = clock(&url).await;
        let mut tasks = tokio::task::JoinSet::new();
        let cache = async || {
            let tier = RedisTier::connect(&url).await.unwrap();
            let cache = Cache::builder().shared(tier).backplane_patience(PATIENCE).build().unwrap();
            hears(&cache).await;
            cache
        };
        let (from_server, from_memory) = (cache().await, cache().await);
        for number in 0..TASKS {
            let cache = if number == 0 { &from_server } else { &from_memory };
            tasks.spawn(work(number, cache.clone(), clock.clone(), writer.clone(), seed));
        }
        tasks.join_all().await;
        writer.finished();
    });
}

struct Process(Child);

impl Process {
    fn start(server: &Server, file: &Path, seed: u64) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::one_of_several", "--ignored", "--nocapture"])
            .env(SERVER, server.url())
            .env(FILE, file)
            .env(SEED, seed.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap().success());
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_process_is_answered_what_another_has_invalidated() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let file = |number: u64| folder.path().join(number.to_string());
    let mut processes: Vec<Process> = (0..3).map(|number| Process::start(&server, &file(number), number)).collect();
    let writer = Writer::to(&file(9));
    let tier = server.tier().await;
    let mut clock = clock(&server.url()).await;
    let (mut random, mut ended, mut step, mut paused) = (Random::new(9), [false; 3], 0, Instant::now());
    let start = Instant::now();
    // Meanwhile it looks at what is stored itself.
    while ended != [true; 3] {
        assert!(start.elapsed() < LONGEST, "they do not end: {ended:?}");
        let (began, at) = now(&mut clock).await;
        let name = name(random.below(NAMES));
        // As whoever is told nothing does.
        let unswept = tier.unswept(SPACE).await.unwrap();
        let removed = unswept.iter().any(|(_, reaches)| reaches.iter().any(|reach| reach.contains(&name)));
        if let Fetched::Found(record) = tier.get(SPACE, &name).await.unwrap()
            && !removed
        {
            let loaded = std::str::from_utf8(&record[56..]).unwrap().parse().unwrap();
            writer.called(&Call { by: By::Server, began, at, name, loaded });
        }
        match step {
            0 if began > 1_500 => {
                processes[0].kill();
                processes[0] = Process::start(&server, &file(3), 3);
                step = 1;
            }
            1 if began > 3_000 => {
                processes[1].signal("-STOP");
                (step, paused) = (2, Instant::now());
            }
            // Its copies are to end meanwhile.
            2 if paused.elapsed() > PATIENCE * 3 => {
                processes[1].signal("-CONT");
                step = 3;
            }
            _ => {}
        }
        for (process, ended) in processes.iter_mut().zip(&mut ended) {
            if let Some(status) = process.0.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                *ended = true;
            }
        }
    }
    assert_eq!(step, 3, "nobody was killed, or stood still");
    History::read((0..4).chain([9]).map(file), 3).check();
}
