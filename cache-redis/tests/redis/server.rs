//! A server of a test's own.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_redis::redis::FromRedisValue;
use cache_redis::redis::io::tcp::socket2::{Domain, Socket, Type};
use cache_redis::{RedisTier, redis};
use tempfile::TempDir;

/// Far more than any test needs.
pub(crate) const LONGEST: Duration = Duration::from_secs(120);

/// Of which make servers are: `CACHE_TESTS_SERVER` in the environment names another one.
pub(crate) fn program() -> &'static str {
    static PROGRAM: LazyLock<String> =
        LazyLock::new(|| std::env::var("CACHE_TESTS_SERVER").unwrap_or_else(|_| "redis-server".to_owned()));
    &PROGRAM
}

/// What a test's tier is on.
pub(crate) trait Setting {
    fn start() -> impl Future<Output = Self>;

    fn url(&self) -> String;

    async fn tier(&self) -> RedisTier {
        RedisTier::connect(self.url()).await.unwrap()
    }

    /// Asks each server that has keys.
    fn each<T: FromRedisValue>(&self, command: &[&str]) -> Vec<T>;

    /// A connection to the server that has a key.
    fn connection_for(&self, key: &str) -> redis::Connection;

    /// The key of a record.
    fn key(&self, name: &str) -> String {
        let keys: Vec<Vec<String>> = self.each(&["KEYS", "cache*"]);
        keys.into_iter().flatten().find(|key| key.ends_with(&format!(":{name}")) && !key.contains("%lease")).unwrap()
    }
}

impl Setting for Server {
    async fn start() -> Self {
        Self::start()
    }

    fn url(&self) -> String {
        self.url()
    }

    fn each<T: FromRedisValue>(&self, command: &[&str]) -> Vec<T> {
        vec![redis::cmd(command[0]).arg(&command[1..]).query(&mut self.connection()).unwrap()]
    }

    fn connection_for(&self, _: &str) -> redis::Connection {
        self.connection()
    }
}

/// Tests that are run on one server, on a cluster, and on a master that sentinels name.
macro_rules! on_each_setting {
    ($($test:ident),* $(,)?) => {
        $(mod $test {
            use crate::server::Setting;

            #[tokio::test]
            async fn on_a_server() {
                super::$test(&<crate::server::Server as Setting>::start().await).await;
            }

            #[tokio::test]
            async fn on_a_cluster() {
                super::$test(&crate::nodes::Nodes::start().await).await;
            }

            #[tokio::test]
            async fn behind_sentinels() {
                super::$test(&crate::sentinels::Sentinels::start().await).await;
            }
        })*
    };
}

pub(crate) use on_each_setting;

/// A `redis-server` on a free port, which keeps nothing. It ends with the test.
pub(crate) struct Server {
    child: Child,
    program: &'static str,
    pub(crate) port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        Self::of(program(), |_, _| arguments.iter().map(|argument| (*argument).to_owned()).collect())
    }

    /// A server of another make, or whose arguments have its port or its folder in them.
    pub(crate) fn of(program: &'static str, arguments: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        // Between the moment a port is found free and the moment the server takes it, another may.
        let start = |_| {
            let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
            let arguments = arguments(port, folder.path());
            Self::on(program, port, folder, arguments)
        };
        (0..10).find_map(start).expect("no free port for a server")
    }

    /// One on that port; none where another has it.
    pub(crate) fn on(program: &'static str, port: u16, folder: TempDir, arguments: Vec<String>) -> Option<Self> {
        let child = spawn(program, port, &arguments, &folder);
        let mut server = Self { child, program, port, arguments, folder };
        server.answers().then_some(server)
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
        let signalled = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(signalled.success(), "{signal} does not reach {:?} on {}", self.child, self.port);
    }

    /// Kills it, and starts an empty one in its place.
    pub(crate) fn restart(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.kill();
        }
        self.child = spawn(self.program, self.port, &self.arguments, &self.folder);
        assert!(self.answers(), "it does not start again");
    }

    /// False if it has ended instead. Another server may have its port, so it has to say which process it is.
    fn answers(&mut self) -> bool {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < LONGEST, "the server does not answer");
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            let asked = || {
                let mut connection = redis::Client::open(self.url())?.get_connection()?;
                redis::cmd("INFO").arg("server").query::<String>(&mut connection)
            };
            match asked() {
                Ok(info) if info.contains(&format!("process_id:{}\r", self.child.id())) => return true,
                // One that asks for a password says nothing of itself.
                Err(error) if error.code() == Some("NOAUTH") => return true,
                _ => std::thread::yield_now(),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
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

fn spawn(program: &str, port: u16, arguments: &[String], folder: &TempDir) -> Child {
    let mut server = Command::new(program);
    // A sentinel's are all in its file, which stands first.
    if !arguments.iter().any(|argument| argument == "--sentinel") {
        server.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]).arg(port.to_string());
        server.arg("--dir").arg(folder.path());
    }
    server
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
