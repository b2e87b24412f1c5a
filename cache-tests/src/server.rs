//! Real servers for the behaviour suite, of a test process's own: one with a database for each cache, or a cluster with a
//! namespace for each.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use cache_core::CacheBuilder;
use cache_redis::RedisTier;
use cache_redis::redis::{Client, Connection, RedisError, cmd};
use tokio::runtime::Runtime;

use crate::joined::{self, Place};

/// Far more than a server needs to start.
const LONGEST: Duration = Duration::from_secs(120);
/// More than any test has caches.
const DATABASES: usize = 1_000;
const NODES: usize = 3;
/// A busy machine is no reason to hold a node for dead.
const AWAY: u32 = 60_000;

/// What the caches of this process are on: the URL.
static SERVERS: OnceLock<String> = OnceLock::new();
/// How many caches there are.
static CACHES: AtomicUsize = AtomicUsize::new(0);

/// Puts a cache on a database of its own.
pub(crate) fn on_a_server(builder: CacheBuilder) -> CacheBuilder {
    let database = CACHES.fetch_add(1, Ordering::Relaxed);
    let url = SERVERS.get_or_init(|| started(server));
    builder.shared(tier(format!("{url}/{database}")))
}

/// Puts a cache on a cluster, in a namespace of its own.
pub(crate) fn on_a_cluster(builder: CacheBuilder) -> CacheBuilder {
    let namespace = CACHES.fetch_add(1, Ordering::Relaxed);
    let url = SERVERS.get_or_init(|| started(cluster));
    builder.namespace(format!("cache{namespace}")).shared(tier(url.clone()))
}

fn tier(url: String) -> RedisTier {
    // A test may be inside of a runtime of its own, which ends with it.
    let connected = thread::spawn(move || runtime().block_on(RedisTier::connect(url))).join();
    connected.expect("connecting does not panic").expect("the servers are there")
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("threads for a runtime"))
}

/// Starts what ends with this process.
fn started(start: fn() -> Option<String>) -> String {
    let (sender, receiver) = channel();
    // Servers live as long as the thread that started them: this one never ends by itself.
    thread::spawn(move || {
        // Between the moment a port is found free and the moment a server takes it, another may.
        let _ = sender.send((0..10).find_map(|_| start()).expect("no free ports for servers"));
        loop {
            thread::park();
        }
    });
    receiver.recv().expect("the servers start")
}

fn server() -> Option<String> {
    let port = joined::free_ports(1)[0];
    answers(&mut spawn(port, &["--databases".to_owned(), DATABASES.to_string()]), port)?;
    Some(format!("redis://127.0.0.1:{port}"))
}

fn cluster() -> Option<String> {
    let ports = joined::free_ports(2 * NODES);
    let places: Vec<Place> = ports.chunks(2).map(|pair| Place { port: pair[0], bus: pair[1] }).collect();
    let folder = folder();
    let start = |at: usize| {
        let Place { port, bus } = places[at];
        let own = folder.join(at.to_string());
        std::fs::create_dir(&own).expect("a folder for a node");
        std::fs::write(own.join("nodes.conf"), joined::file(&places, at)).expect("a file for a node");
        let mut arguments = joined::arguments(bus, AWAY);
        arguments.extend(["--dir".to_owned(), own.display().to_string()]);
        spawn(port, &arguments)
    };
    // All of them start at once.
    let mut children: Vec<Child> = (0..NODES).map(start).collect();
    if form(&mut children, &places).is_none() {
        for child in &mut children {
            let _ = child.kill();
            let _ = child.wait();
        }
        return None;
    }
    let hosts: Vec<String> = places.iter().map(|place| format!("127.0.0.1:{}", place.port)).collect();
    Some(format!("redis-cluster://{}", hosts.join(",")))
}

/// Makes a cluster of what has started. None where some of it has not.
fn form(children: &mut [Child], places: &[Place]) -> Option<()> {
    let nodes = children.iter_mut().zip(places).map(|(child, place)| answers(child, place.port));
    let mut nodes: Vec<Connection> = nodes.collect::<Option<_>>()?;
    joined::take_over(&mut nodes).ok()?;
    let start = Instant::now();
    while !nodes.iter_mut().try_fold(true, |all, node| Some(all & joined::agrees(node, NODES).ok()?))? {
        assert!(start.elapsed() < LONGEST, "the nodes do not agree");
        thread::yield_now();
    }
    Some(())
}

/// A folder that is removed once this process has ended, however it does: then the shell is told that nobody writes to
/// it any more.
fn folder() -> PathBuf {
    let made = Command::new("mktemp").args(["--directory", "--tmpdir", "cache-tests.XXXXXXXXXX"]).output();
    let made = String::from_utf8(made.expect("`mktemp` is there").stdout).expect("a path in UTF-8");
    let path = Path::new(made.trim_end());
    let waits = Command::new("sh")
        .args(["-c", "read -r _; rm -rf \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    std::mem::forget(waits.expect("`sh` is there"));
    path.to_owned()
}

fn spawn(port: u16, arguments: &[String]) -> Child {
    // Killed by the system when this process ends, however it does.
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--port", &port.to_string()])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect(
            "these tests need `redis-server` and `setpriv`: scripts/test installs the first, util-linux has the second",
        )
}

/// A connection to it; none if it has ended instead. Another server may have its port, so it has to say which process it is.
fn answers(child: &mut Child, port: u16) -> Option<Connection> {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < LONGEST, "the server does not answer");
        if child.try_wait().expect("it is a child").is_some() {
            return None;
        }
        let asked = || {
            let mut connection = Client::open(("127.0.0.1", port))?.get_connection()?;
            let info: String = cmd("INFO").arg("server").query(&mut connection)?;
            Ok::<_, RedisError>((connection, info))
        };
        match asked() {
            Ok((connection, info)) if info.contains(&format!("process_id:{}\r", child.id())) => {
                return Some(connection);
            }
            _ => thread::yield_now(),
        }
    }
}
