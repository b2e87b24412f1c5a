//! A server of a test's own.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_redis::redis::io::tcp::socket2::{Domain, Socket, Type};
use cache_redis::{RedisTier, redis};
use tempfile::TempDir;

/// Far more than any test needs.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// A `redis-server` on a free port, which keeps nothing. It ends with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        // Between the moment a port is found free and the moment the server takes it, another may.
        for _ in 0..10 {
            let port = free_port();
            let child = spawn(port, &arguments, &folder);
            let mut server = Self { child, port, arguments: arguments.clone(), folder: tempfile::tempdir().unwrap() };
            if server.answers() {
                server.folder = folder;
                return server;
            }
        }
        panic!("no free port for a server");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) async fn tier(&self) -> RedisTier {
        RedisTier::connect(self.url()).await.unwrap()
    }

    /// A cache on it, once it hears the others.
    pub(crate) async fn cache(&self) -> Cache {
        let cache = Cache::builder().shared(self.tier().await).build().unwrap();
        hears(&cache).await;
        cache
    }

    /// A connection beside the tier's, to look at keys and to plant them.
    pub(crate) fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut self.connection()).unwrap();
        keys.sort();
        keys
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it stand still, with its connections, or go on.
    pub(crate) fn pause(&self, pause: bool) {
        let signal = if pause { "-STOP" } else { "-CONT" };
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Kills it, and starts an empty one in its place.
    pub(crate) fn restart(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.kill();
        }
        self.child = spawn(self.port, &self.arguments, &self.folder);
        assert!(self.answers(), "it does not start again");
    }

    /// False if it has ended instead.
    fn answers(&mut self) -> bool {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < LONGEST, "the server does not answer");
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A port where nobody answers, for as long as this lives: taken, and not listened on.
pub(crate) struct Nobody {
    pub(crate) port: u16,
    _taken: Socket,
}

impl Nobody {
    pub(crate) fn there() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let port = socket.local_addr().unwrap().as_socket().unwrap().port();
        Self { port, _taken: socket }
    }
}

fn spawn(port: u16, arguments: &[String], folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder.path())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("these tests need `redis-server`: scripts/test installs it")
}

/// Waits until an instance hears the others.
pub(crate) async fn hears(cache: &Cache) {
    until("it hears the others", async || !cache.shared_stats().unwrap().cut_off).await;
}

/// Asks until the answer is yes.
pub(crate) async fn until(what: &str, mut ask: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !ask().await {
        assert!(start.elapsed() < LONGEST, "never: {what}");
        tokio::task::yield_now().await;
    }
}
