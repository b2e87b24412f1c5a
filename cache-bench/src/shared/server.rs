//! A `redis-server` of the bench's own.

use std::error::Error;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cache_redis::redis::{Client, Connection, RedisResult, cmd};
use tempfile::TempDir;

const PROGRAM: &str = "redis-server";
const STARTING: Duration = Duration::from_secs(10);

/// Whether there is one to be started.
pub(crate) fn is_there() -> bool {
    let asked = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// On a free port of the loopback, keeps nothing, and ends with this.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    pub(super) fn start() -> Result<Self, Box<dyn Error>> {
        // Between the moment a port is found free and the moment the server takes it, another may.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let folder = tempfile::tempdir()?;
            let spawned = Command::new(PROGRAM)
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string(), "--dir"])
                .arg(folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let child = spawned.map_err(|error| match error.kind() {
                ErrorKind::NotFound => format!("`shared` needs `{PROGRAM}`, which is not on the PATH"),
                _ => format!("`{PROGRAM}` does not start: {error}"),
            })?;
            let mut server = Self { child, port, _folder: folder };
            if server.answers()? {
                return Ok(server);
            }
        }
        Err(format!("no free port for `{PROGRAM}`").into())
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection beside those that are measured.
    pub(super) fn connection(&self) -> RedisResult<Connection> {
        Client::open(self.url())?.get_connection()
    }

    /// What it says of itself.
    pub(super) fn info(&self, section: &str) -> RedisResult<String> {
        cmd("INFO").arg(section).query(&mut self.connection()?)
    }

    /// False if it has ended. Another server may have its port, so it has to say which process it is.
    fn answers(&mut self) -> Result<bool, Box<dyn Error>> {
        let start = Instant::now();
        let process = format!("process_id:{}\r", self.child.id());
        while start.elapsed() < STARTING {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            if self.info("server").is_ok_and(|info| info.contains(&process)) {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(format!("`{PROGRAM}` does not answer").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to lose, and if it has ended already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
