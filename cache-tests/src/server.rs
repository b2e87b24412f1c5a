//! A real server for the behaviour suite: one per test process, with a database for each cache.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use cache_redis::RedisTier;
use tokio::runtime::Runtime;

/// Far more than a server needs to start.
const LONGEST: Duration = Duration::from_secs(30);
/// More than any test has caches.
const DATABASES: usize = 1_000;

/// A tier of a cache's own.
pub(crate) fn tier() -> RedisTier {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let database = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = format!("redis://127.0.0.1:{}/{database}", port());
    // A test may be inside of a runtime of its own, which ends with it.
    let connected = thread::spawn(move || runtime().block_on(RedisTier::connect(url))).join();
    connected.expect("connecting does not panic").expect("the server is there")
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("threads for a runtime"))
}

/// The server's, which is started for the first who asks and ends with this process.
fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let (sender, receiver) = channel();
        // The server lives as long as the thread that started it: this one never ends by itself.
        thread::spawn(move || {
            let _ = sender.send(start());
            loop {
                thread::park();
            }
        });
        receiver.recv().expect("the server starts")
    })
}

fn start() -> u16 {
    // Between the moment a port is found free and the moment the server takes it, another may.
    (0..10).find_map(|_| try_start()).expect("no free port for a server")
}

fn try_start() -> Option<u16> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    // Killed by the system when this process ends, however it does.
    let mut child = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--databases", &DATABASES.to_string(), "--port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect(
            "these tests need `redis-server` and `setpriv`: scripts/test installs the first, util-linux has the second",
        );
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < LONGEST, "the server does not answer");
        if child.try_wait().expect("it is a child").is_some() {
            return None;
        }
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(port);
        }
        thread::yield_now();
    }
}
