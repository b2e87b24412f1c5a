//! The `library` binary as a child process.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

/// Runs the binary to its end.
pub fn library(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_library")).args(arguments).output().expect("the binary runs")
}

/// `library --serve` on a free port, killed when dropped.
#[derive(Debug)]
pub struct Serving {
    pub child: Child,
    pub base: String,
    pub token: String,
    _scratch: TempDir,
    client: reqwest::Client,
}

impl Serving {
    pub fn start() -> Self {
        // The test's own directory: a killed server cannot remove its.
        let scratch = tempfile::tempdir().expect("a directory is made");
        let mut command = Command::new(env!("CARGO_BIN_EXE_library"));
        command.args(["--serve", "127.0.0.1:0", "--db"]).arg(scratch.path().join("library.db"));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
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
