//! A cluster of a test's own.

use std::collections::BTreeSet;
use std::time::Instant;

use cache_redis::redis::{self, FromRedisValue, cmd};

use crate::joined::{self, Place};
use crate::server::{LONGEST, Server, Setting, free_port, program, until};

/// Who is not heard for so many milliseconds is away.
const AWAY: u32 = 2_000;

/// Servers that form a cluster.
pub(crate) struct Nodes {
    pub(crate) servers: Vec<Server>,
}

impl Nodes {
    /// One that knows of no other.
    pub(crate) fn node(arguments: &[&str]) -> Server {
        Server::of(program(), |_, _| {
            let own = arguments.iter().map(|argument| (*argument).to_owned());
            joined::arguments(free_port(), AWAY).into_iter().chain(own).collect()
        })
    }

    pub(crate) async fn with(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self::joined(&arguments, false).await
    }

    /// Nodes that are reached encrypted, by each other and by the tier; and their ports for that.
    #[cfg(feature = "tls")]
    pub(crate) async fn encrypted(arguments: &[String]) -> (Self, Vec<u16>) {
        let nodes = Self::joined(arguments, true).await;
        let ports = nodes.servers.iter().map(|server| setting(server, "tls-port")).collect();
        (nodes, ports)
    }

    async fn joined(arguments: &[String], encrypted: bool) -> Self {
        let started = (0..10).find_map(|_| Self::try_start(arguments, encrypted));
        let nodes = Self { servers: started.expect("no free ports for a cluster") };
        let mut connections: Vec<_> = nodes.servers.iter().map(Server::connection).collect();
        joined::take_over(&mut connections).unwrap();
        nodes.agree().await;
        nodes
    }

    fn try_start(arguments: &[String], encrypted: bool) -> Option<Vec<Server>> {
        let ports = joined::free_ports(9);
        let places = [0, 3, 6].map(|at| Place { port: ports[at + usize::from(encrypted)], bus: ports[at + 2] });
        let start = |at: usize| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("nodes.conf"), joined::file(&places, at)).unwrap();
            let mut all = joined::arguments(places[at].bus, AWAY);
            if encrypted {
                all.extend(["--tls-cluster", "yes", "--tls-port", &places[at].port.to_string()].map(str::to_owned));
            }
            all.extend_from_slice(arguments);
            Server::on(program(), ports[3 * at], folder, all)
        };
        (0..3).map(start).collect()
    }

    pub(crate) fn meet(&self, server: &Server) {
        let mut meet = cmd("CLUSTER");
        let encrypted = setting(server, "tls-port");
        let port = if encrypted == 0 { server.port } else { encrypted };
        meet.arg("MEET").arg("127.0.0.1").arg(port).arg(setting(server, "cluster-port"));
        meet.query::<()>(&mut self.servers[0].connection()).unwrap();
    }

    /// Waits until each node sees all the others and serves.
    pub(crate) async fn agree(&self) {
        until("the nodes agree", async || {
            let sees = |server: &Server| joined::agrees(&mut server.connection(), self.servers.len()).unwrap();
            self.servers.iter().all(sees)
        })
        .await;
    }

    /// What the servers have, all together.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.each::<Vec<String>>(&["KEYS", "*"]).into_iter().flatten().collect()
    }

    /// The server that has a slot, and another one, by their numbers. Waits until all say the same of it, and of each
    /// other's epochs: whoever takes a slot without knowing the latest one may lose it again.
    pub(crate) fn owner(&self, slot: u16) -> (usize, usize) {
        let start = Instant::now();
        loop {
            let views: Vec<_> = self.servers.iter().map(|server| self.view_of(server, slot)).collect();
            if let [(Some(owner), epochs), rest @ ..] = views.as_slice()
                && rest.iter().all(|(other, others)| *other == Some(*owner) && others == epochs)
            {
                return (*owner, (owner + 1) % self.servers.len());
            }
            assert!(start.elapsed() < LONGEST, "the nodes do not agree on slot {slot}: {views:?}");
        }
    }

    /// The same, according to one of them, and the epoch of each.
    fn view_of(&self, server: &Server, slot: u16) -> (Option<usize>, Vec<(String, String)>) {
        let nodes: String = cmd("CLUSTER").arg("NODES").query(&mut server.connection()).unwrap();
        let has = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            matches!((first.parse::<u16>(), last.parse::<u16>()), (Ok(first), Ok(last)) if (first..=last).contains(&slot))
        };
        let lines: Vec<Vec<&str>> = nodes.lines().map(|line| line.split(' ').collect()).collect();
        let line = lines.iter().find(|words| words.iter().skip(8).any(|range| has(range)));
        let is =
            |words: &Vec<&str>| self.servers.iter().position(|server| words[1].contains(&format!(":{}@", server.port)));
        let mut epochs: Vec<_> = lines.iter().map(|words| (words[0].to_owned(), words[6].to_owned())).collect();
        epochs.sort();
        (line.and_then(is), epochs)
    }
}

fn setting(server: &Server, name: &str) -> u16 {
    let (_, value): (String, u16) = cmd("CONFIG").arg("GET").arg(name).query(&mut server.connection()).unwrap();
    value
}

pub(crate) fn id(server: &Server) -> String {
    cmd("CLUSTER").arg("MYID").query(&mut server.connection()).unwrap()
}

pub(crate) fn slot(key: &str, server: &Server) -> u16 {
    cmd("CLUSTER").arg("KEYSLOT").arg(key).query(&mut server.connection()).unwrap()
}

/// A slot on its way from one server to another.
pub(crate) struct Migration<'s> {
    pub(crate) slot: u16,
    pub(crate) from: &'s Server,
    pub(crate) to: &'s Server,
}

impl Migration<'_> {
    fn set(&self, server: &Server, what: &str, node: &Server) {
        let mut command = cmd("CLUSTER");
        command.arg("SETSLOT").arg(self.slot).arg(what).arg(id(node));
        command.query::<()>(&mut server.connection()).unwrap();
    }

    pub(crate) fn begin(&self) {
        self.set(self.to, "IMPORTING", self.from);
        self.set(self.from, "MIGRATING", self.to);
    }

    /// Moves up to so many keys. Whether there were any.
    pub(crate) fn move_some(&self, count: usize) -> bool {
        let mut connection = self.from.connection();
        let keys: Vec<Vec<u8>> =
            cmd("CLUSTER").arg("GETKEYSINSLOT").arg(self.slot).arg(count).query(&mut connection).unwrap();
        if !keys.is_empty() {
            let mut migrate = cmd("MIGRATE");
            migrate.arg("127.0.0.1").arg(self.to.port).arg("").arg(0).arg(5_000).arg("KEYS").arg(&keys);
            migrate.query::<redis::Value>(&mut connection).unwrap();
        }
        !keys.is_empty()
    }

    pub(crate) fn end(&self) {
        while self.move_some(100) {}
        self.set(self.to, "NODE", self.to);
        self.set(self.from, "NODE", self.to);
    }
}

impl Setting for Nodes {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    fn url(&self) -> String {
        let hosts: Vec<String> = self.servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        format!("redis-cluster://{}", hosts.join(","))
    }

    fn each<T: FromRedisValue>(&self, command: &[&str]) -> Vec<T> {
        let ask = |server: &Server| cmd(command[0]).arg(&command[1..]).query(&mut server.connection()).unwrap();
        self.servers.iter().map(ask).collect()
    }

    fn connection_for(&self, key: &str) -> redis::Connection {
        self.servers[self.owner(slot(key, &self.servers[0])).0].connection()
    }
}
