//! The applications' binaries as child processes.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

const LIBRARY: &str = env!("CARGO_BIN_EXE_library");
const FINGERPRINTS: &str = env!("CARGO_BIN_EXE_fingerprints");

const INFRASTRUCTURE: &str = env!("CARGO_BIN_EXE_infrastructure");
const PHOTOS: &str = env!("CARGO_BIN_EXE_photos");

/// `infrastructure` in an environment that names no Redis.
pub fn infrastructure() -> Command {
    alone(INFRASTRUCTURE)
}

/// `photos` in such an environment.
pub fn photos() -> Command {
    alone(PHOTOS)
}

/// What `library --serve` says before and when it listens, with a Redis under that URL: on its output, and beside.
pub fn library_begins(redis: &str) -> (String, String) {
    let mut command = alone(LIBRARY);
    command.args(["--serve", "127.0.0.1:0"]).env("CACHE_REDIS_URL", redis);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut said = String::new();
    BufReader::new(child.stdout.take().expect("its output is read")).read_line(&mut said).expect("it is text");
    child.kill().expect("it can be ended");
    let beside = child.wait_with_output().expect("it ends").stderr;
    (said, String::from_utf8_lossy(&beside).into_owned())
}

fn alone(binary: &str) -> Command {
    let mut command = Command::new(binary);
    for variable in ["CACHE_REDIS_URL", "REDIS_URL", "REDIS_HOST", "REDIS_PORT", "ENVIRONMENT"] {
        command.env_remove(variable);
    }
    command
}

/// What a tour with `--json` says.
pub fn tour(command: &mut Command) -> Value {
    let run = command.arg("--json").output().expect("the binary runs");
    let (out, complaint) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!((run.status.code(), complaint.as_ref()), (Some(0), ""), "{out}");
    serde_json::from_str(&out).expect("the output is one JSON object")
}

/// Runs `library` to its end.
pub fn library(arguments: &[&str]) -> Output {
    Command::new(LIBRARY).args(arguments).output().expect("the binary runs")
}

/// Runs `fingerprints` to its end.
pub fn fingerprints(arguments: &[&str]) -> Output {
    Command::new(FINGERPRINTS).args(arguments).output().expect("the binary runs")
}

/// Asserts that a run ended with exit code 2 and one line, which says `mention`.
pub fn refused(run: &Output, mention: &str) {
    let (out, complaint) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!(run.status.code(), Some(2), "{complaint}");
    assert_eq!((out.as_ref(), complaint.lines().count()), ("", 1), "{complaint}");
    assert!(complaint.contains(mention), "{complaint}");
}

/// The test's own directory: a killed server cannot remove its.
fn scratch() -> TempDir {
    tempfile::tempdir().expect("a directory is made")
}

/// A binary with `--serve` on a free port, killed when dropped.
#[derive(Debug)]
pub struct Serving {
    pub child: Child,
    pub base: String,
    pub token: String,
    _scratch: Option<TempDir>,
    client: reqwest::Client,
}

impl Serving {
    pub fn start() -> Self {
        let scratch = scratch();
        let mut command = Command::new(LIBRARY);
        command.arg("--db").arg(scratch.path().join("served.db"));
        Self::of(command, Some(scratch))
    }

    /// `library` on a database that outlives it, and on the Redis of that URL.
    pub fn library_on(database: &Path, redis: &str) -> Self {
        let mut command = alone(LIBRARY);
        command.arg("--db").arg(database).env("CACHE_REDIS_URL", redis);
        Self::of(command, None)
    }

    /// `fingerprints` with a small library.
    pub fn fingerprints(arguments: &[&str]) -> Self {
        let scratch = scratch();
        let mut command = Command::new(FINGERPRINTS);
        command.arg("--database").arg(scratch.path().join("served.db")).args(["--tracks", "60"]).args(arguments);
        Self::of(command, Some(scratch))
    }

    /// `photos` on a database that outlives it, and on the Redis of that URL.
    pub fn photos(database: &Path, redis: Option<&str>) -> Self {
        let mut command = photos();
        command.arg("--database").arg(database).envs(redis.map(|url| ("REDIS_URL", url)));
        if redis.is_none() {
            command.env("ENVIRONMENT", "development");
        }
        Self::of(command, None)
    }

    fn of(mut command: Command, scratch: Option<TempDir>) -> Self {
        command.args(["--serve", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
        let mut after = |words: &str| {
            let line = lines.next().expect("two lines are printed").expect("they are text");
            line.strip_prefix(words).expect("the line says what it shows").to_owned()
        };
        let (base, token) = (after("listening on "), after("admin token "));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client is made");
        Self { child, base, token, _scratch: scratch, client }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub fn as_admin(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(&self.token)
    }

    /// Status and JSON body of a GET.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and JSON body; a body that is not JSON fails the test.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("the server answers");
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().expect("ASCII").to_owned());
    assert_eq!(kind.as_deref(), Some("application/json"), "status {status}");
    (status, response.json().await.expect("the body parses"))
}
