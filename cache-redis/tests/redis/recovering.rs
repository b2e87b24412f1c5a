//! A server that answers, and for a while lets nobody in.

use cache_core::{Cache, SharedTier, Ttl};
use cache_redis::RedisTier;
use cache_redis::redis::{self, cmd};

use crate::contract::{SPACE, store};
use crate::nodes::Nodes;
use crate::server::{Server, Setting, hears, until};

type Says<'s> = &'s mut dyn FnMut(&[&str]);

/// A cache that is refused from one moment on and let in again from another. It and its backplane recover by themselves.
async fn recovers(url: String, connections: &mut [redis::Connection], refuse: &[&str], mend: &[&str], why: &str) {
    let tier = RedisTier::connect(&url).await.unwrap();
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    hears(&cache).await;
    store(&tier, "before").await;
    let say: Says<'_> = &mut |command| {
        for connection in &mut *connections {
            cmd(command[0]).arg(&command[1..]).query::<redis::Value>(connection).unwrap();
        }
    };
    say(refuse);
    say(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    // It is told so more than once, so what it was told first is not all that it will ever be told.
    let mut told = 0;
    until("it is refused, and again", async || {
        let error = tier.get(SPACE, "before").await.err().map(|error| error.to_string());
        told += usize::from(error.is_some_and(|error| error.contains(why)));
        told > 3
    })
    .await;
    cache.set("while", 1, Ttl::Default).await;
    say(mend);
    until("it is let in", async || tier.get(SPACE, "before").await.is_ok()).await;
    until("it is told", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0 && !stats.open)).await;
    hears(&cache).await;
    store(&tier, "after").await;
}

/// The test's own connection takes the only place there is.
#[tokio::test]
async fn a_server_that_has_no_room_for_connections_is_used_again_once_it_has() {
    for (database, password) in [("", ""), ("/3", ""), ("", "hunter2")] {
        let server = Server::start();
        let mut connections = [server.connection()];
        let credentials = if password.is_empty() { String::new() } else { format!(":{password}@") };
        if !password.is_empty() {
            let mut config = cmd("CONFIG");
            config.arg("SET").arg("requirepass").arg(password).query::<()>(&mut connections[0]).unwrap();
        }
        let url = format!("redis://{credentials}127.0.0.1:{}{database}", server.port);
        let (none, many) = (["CONFIG", "SET", "maxclients", "1"], ["CONFIG", "SET", "maxclients", "100"]);
        recovers(url, &mut connections, &none, &many, "").await;
    }
}

#[tokio::test]
async fn a_user_that_may_not_choose_the_database_for_a_while_is_let_in_once_it_may() {
    let server = Server::start();
    let mut connections = [server.connection()];
    let user = ["SETUSER", "cache", "on", "nopass", "~*", "+@all"];
    cmd("ACL").arg(&user).query::<()>(&mut connections[0]).unwrap();
    let url = format!("redis://cache:x@127.0.0.1:{}/3", server.port);
    let (refuse, mend) = (["ACL", "SETUSER", "cache", "-select"], ["ACL", "SETUSER", "cache", "+select"]);
    recovers(url, &mut connections, &refuse, &mend, "refused to switch database").await;
}

#[tokio::test]
async fn a_password_that_is_another_for_a_while_is_no_end() {
    let server = Server::start();
    let mut connections = [server.connection()];
    cmd("ACL").arg(&["SETUSER", "cache", "on", ">right", "~*", "+@all"]).query::<()>(&mut connections[0]).unwrap();
    let (refuse, mend) =
        (["ACL", "SETUSER", "cache", "resetpass", ">wrong"], ["ACL", "SETUSER", "cache", "resetpass", ">right"]);
    let url = format!("redis://cache:right@127.0.0.1:{}", server.port);
    recovers(url, &mut connections, &refuse, &mend, "authentication").await;
}

#[tokio::test]
async fn nodes_that_have_no_room_are_used_again_once_they_have() {
    let nodes = <Nodes as Setting>::start().await;
    let mut connections: Vec<_> = nodes.servers.iter().map(Server::connection).collect();
    // The two other nodes take two places each.
    let (none, many) = (["CONFIG", "SET", "maxclients", "5"], ["CONFIG", "SET", "maxclients", "100"]);
    recovers(nodes.url(), &mut connections, &none, &many, "").await;
}
