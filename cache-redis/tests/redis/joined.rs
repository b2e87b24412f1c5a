//! Servers that are a cluster almost as soon as they answer; the behaviour suite of `cache-tests` takes this too.
//!
//! A master that has just started serves nobody for two seconds, in case that it is out of date. So nodes start as replicas
//! of masters that there are not, which their files say, and take over from those at once.

use std::net::TcpListener;

use cache_redis::redis::{Connection, RedisResult, cmd};

/// How many slots there are.
pub(crate) const SLOTS: u16 = 16_384;

/// Where other nodes are told that a node is.
pub(crate) struct Place {
    pub(crate) port: u16,
    pub(crate) bus: u16,
}

/// Free ports, each another one.
pub(crate) fn free_ports(count: usize) -> Vec<u16> {
    let taken: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    taken.iter().map(|taken| taken.local_addr().unwrap().port()).collect()
}

/// What every node is started with. Who is not heard for so many milliseconds is away.
pub(crate) fn arguments(bus: u16, timeout: u32) -> Vec<String> {
    let (bus, timeout) = (bus.to_string(), timeout.to_string());
    let all = [
        ["--cluster-enabled", "yes"],
        ["--cluster-port", &bus],
        ["--cluster-node-timeout", &timeout],
        ["--cluster-require-full-coverage", "no"],
        ["--cluster-allow-replica-migration", "no"],
        ["--repl-diskless-sync-delay", "0"],
    ];
    all.as_flattened().iter().map(|argument| (*argument).to_owned()).collect()
}

fn id(number: usize) -> String {
    format!("{number:040x}")
}

/// The master that a node takes over from, which is nowhere.
fn before(at: usize) -> String {
    id(0xB000 + at)
}

/// What a node finds in its folder, as `nodes.conf`: all nodes, with equal shares of the slots.
pub(crate) fn file(places: &[Place], at: usize) -> String {
    let share = |at: usize| at * usize::from(SLOTS) / places.len();
    let mut text = String::new();
    for (other, Place { port, bus }) in places.iter().enumerate() {
        let flags = if other == at { "myself,slave" } else { "slave" };
        let (first, last, epoch) = (share(other), share(other + 1) - 1, other + 1);
        text += &format!("{} 127.0.0.1:{port}@{bus} {flags} {} 0 0 0 connected\n", id(other + 1), before(other));
        text += &format!("{} :0@0 master,noaddr - 0 0 {epoch} disconnected {first}-{last}\n", before(other));
    }
    // Each is given the next epoch when it takes over, so each has to begin with another one.
    text + &format!("vars currentEpoch {} lastVoteEpoch 0\n", places.len() + at)
}

/// Makes masters of nodes that have started with such files; soon they know of each other, and [agree](agrees).
pub(crate) fn take_over(nodes: &mut [Connection]) -> RedisResult<()> {
    for node in &mut *nodes {
        cmd("CLUSTER").arg("FAILOVER").arg("TAKEOVER").query::<()>(node)?;
    }
    let count = nodes.len();
    for node in nodes {
        for at in 0..count {
            cmd("CLUSTER").arg("FORGET").arg(before(at)).query::<()>(node)?;
        }
    }
    Ok(())
}

/// Whether a node sees so many, itself among them, and an owner of each slot.
pub(crate) fn agrees(node: &mut Connection, count: usize) -> RedisResult<bool> {
    let info: String = cmd("CLUSTER").arg("INFO").query(node)?;
    let nodes: String = cmd("CLUSTER").arg("NODES").query(node)?;
    let connected = nodes.lines().filter(|line| line.contains(" connected") && !line.contains("handshake"));
    let serves = info.contains("cluster_state:ok") && info.contains(&format!("cluster_slots_assigned:{SLOTS}\r"));
    Ok(serves && connected.count() == count)
}
