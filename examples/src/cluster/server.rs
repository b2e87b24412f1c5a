//! A Redis server of a run's own.

use std::io;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than a server takes to start on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);
/// Between the moment a port is found free and the moment the server takes it, another program may.
const TRIES: u32 = 5;

/// A `redis-server` on a free port of this machine, which keeps nothing on disk. It ends with this.
#[derive(Debug)]
pub struct OwnServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl OwnServer {
    /// Starts one; none where there is no `redis-server` on the `PATH`.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start() -> io::Result<Option<Self>> {
        for _ in 0..TRIES {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let folder = tempfile::tempdir()?;
            let child = match spawn(port, &folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                child => child?,
            };
            let mut server = Self { child, port, folder };
            if server.answers().await? {
                return Ok(Some(server));
            }
        }
        Err(io::Error::other("redis-server ends as soon as it is started"))
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    ///
    /// When the process cannot be ended.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Starts an empty one in its place.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.child = spawn(self.port, &self.folder)?;
        if self.answers().await? { Ok(()) } else { Err(io::Error::other("redis-server does not start again")) }
    }

    /// False if it has ended instead.
    async fn answers(&mut self) -> io::Result<bool> {
        let begun = Instant::now();
        loop {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(true);
            }
            if begun.elapsed() > LONGEST {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "redis-server was started and does not answer"));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, folder: &TempDir) -> io::Result<Child> {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
        .arg(port.to_string())
        .arg("--dir")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
