//! A master, its replica and a sentinel of a test's own.

use std::collections::HashMap;
use std::fs;

use cache_redis::redis::{self, FromRedisValue, cmd};

use crate::server::{Server, Setting, program, until};

pub(crate) const MASTER: &str = "main";

pub(crate) struct Sentinels {
    /// The first is the master at first.
    pub(crate) servers: Vec<Server>,
    pub(crate) sentinel: Server,
}

impl Sentinels {
    pub(crate) async fn with(arguments: &[&str]) -> Self {
        let quick = ["--repl-diskless-sync-delay", "0"];
        let first = Server::with(&[arguments, &quick].concat());
        let port = first.port.to_string();
        let second = Server::with(&[arguments, &quick, &["--replicaof", "127.0.0.1", &port]].concat());
        // Before a sentinel asks the master for the first time: it asks again ten seconds later.
        until("the replica is up to date", async || {
            let link: String = cmd("INFO").arg("replication").query(&mut second.connection()).unwrap();
            let seen: String = cmd("INFO").arg("replication").query(&mut first.connection()).unwrap();
            link.contains("master_link_status:up") && seen.contains("state=online")
        })
        .await;
        let sentinel = Server::of(program(), |port, folder| {
            let file = folder.join("sentinel.conf");
            let master = first.port;
            let lines = [
                format!("port {port}"),
                "bind 127.0.0.1".to_owned(),
                format!("dir {}", folder.display()),
                format!("sentinel monitor {MASTER} 127.0.0.1 {master} 1"),
                format!("sentinel down-after-milliseconds {MASTER} 500"),
                format!("sentinel failover-timeout {MASTER} 4000"),
            ];
            fs::write(&file, lines.join("\n")).unwrap();
            vec![file.display().to_string(), "--sentinel".to_owned()]
        });
        let this = Self { servers: vec![first, second], sentinel };
        until("the sentinel knows the replica", async || this.replica_is_known()).await;
        this
    }

    /// What the sentinel says about the master.
    pub(crate) fn master(&self) -> HashMap<String, String> {
        cmd("SENTINEL").arg("MASTER").arg(MASTER).query(&mut self.sentinel.connection()).unwrap()
    }

    fn replica_is_known(&self) -> bool {
        let replicas: Vec<HashMap<String, String>> =
            cmd("SENTINEL").arg("REPLICAS").arg(MASTER).query(&mut self.sentinel.connection()).unwrap();
        replicas.iter().any(|replica| replica["flags"] == "slave" && replica["master-link-status"] == "ok")
    }

    /// Where the master is, by the number of the server.
    pub(crate) fn master_at(&self) -> usize {
        let port = self.master()["port"].clone();
        self.servers.iter().position(|server| server.port.to_string() == port).unwrap()
    }

    /// Whether that server is the master, as the sentinel and it itself say.
    pub(crate) fn is_master(&self, at: usize) -> bool {
        // One that has just become one cuts its connections.
        let role = || {
            let mut connection = redis::Client::open(self.servers[at].url())?.get_connection()?;
            cmd("INFO").arg("replication").query::<String>(&mut connection)
        };
        self.master_at() == at && role().is_ok_and(|role| role.contains("role:master"))
    }
}

impl Setting for Sentinels {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    fn url(&self) -> String {
        format!("redis-sentinel://127.0.0.1:{}/{MASTER}", self.sentinel.port)
    }

    fn each<T: FromRedisValue>(&self, command: &[&str]) -> Vec<T> {
        let master = &self.servers[self.master_at()];
        vec![cmd(command[0]).arg(&command[1..]).query(&mut master.connection()).unwrap()]
    }

    fn connection_for(&self, _: &str) -> redis::Connection {
        self.servers[self.master_at()].connection()
    }
}
