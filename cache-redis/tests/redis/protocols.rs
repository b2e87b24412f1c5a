//! The newer protocol where the server speaks it, and the older one where it does not, or where the URL says so.

use std::net::SocketAddr;

use cache_core::{Cache, SharedTier, Ttl};
use cache_redis::{RedisTier, redis};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

use crate::contract::{SPACE, each_promise, store};
use crate::nodes::Nodes;
use crate::sentinels::Sentinels;
use crate::server::{Server, Setting, hears, until};

/// Servers whose URL has something behind it.
struct Asked<S>(S, &'static str);

impl<S: Setting> Setting for Asked<S> {
    async fn start() -> Self {
        Self(S::start().await, "")
    }

    fn url(&self) -> String {
        self.0.url() + self.1
    }

    fn each<T: redis::FromRedisValue>(&self, command: &[&str]) -> Vec<T> {
        self.0.each(command)
    }

    fn connection_for(&self, key: &str) -> redis::Connection {
        self.0.connection_for(key)
    }
}

/// Which protocols the tier's connections speak, those of listeners too, according to the servers.
async fn spoken(setting: &impl Setting) -> Vec<String> {
    let cache = Cache::builder().shared(setting.tier().await).build().unwrap();
    let beside = Cache::builder().shared(setting.tier().await).build().unwrap();
    hears(&cache).await;
    hears(&beside).await;
    beside.set("told", 1_u32, Ttl::Default).await;
    cache.invalidate("told").await;
    until("it is heard", async || beside.get::<u32>("told").await.is_none()).await;
    let clients: Vec<String> = setting.each(&["CLIENT", "LIST"]);
    let library = clients.iter().flat_map(|clients| clients.lines()).filter(|client| {
        // Neither the connections of nodes and sentinels, nor the one that asks.
        !client.contains("cmd=client|list")
            && ["evalsha", "xread", "exec", "get", "xrevrange", "unlink"]
                .iter()
                .any(|command| client.contains(&format!("cmd={command} ")))
    });
    let resp = |client: &str| client.split(' ').find_map(|word| word.strip_prefix("resp=")).unwrap().to_owned();
    let mut all: Vec<String> = library.map(resp).collect();
    assert!(all.len() > 2, "{clients:?}");
    all.sort();
    all.dedup();
    all
}

#[tokio::test]
async fn a_server_is_spoken_to_in_the_newer_protocol() {
    assert_eq!(spoken(&Server::start()).await, ["3"]);
}

#[tokio::test]
async fn nodes_are_spoken_to_in_the_newer_protocol() {
    assert_eq!(spoken(&<Nodes as Setting>::start().await).await, ["3"]);
}

#[tokio::test]
async fn a_master_is_spoken_to_in_the_newer_protocol() {
    assert_eq!(spoken(&<Sentinels as Setting>::start().await).await, ["3"]);
}

#[tokio::test]
async fn the_older_protocol_keeps_each_promise() {
    let server = Asked(Server::start(), "?protocol=resp2");
    each_promise(&server).await;
    assert_eq!(spoken(&server).await, ["2"]);
}

#[tokio::test]
async fn nodes_keep_each_promise_in_the_older_protocol() {
    let nodes = Asked(<Nodes as Setting>::start().await, "?protocol=2");
    each_promise(&nodes).await;
    assert_eq!(spoken(&nodes).await, ["2"]);
}

#[tokio::test]
async fn a_server_that_does_not_know_the_newer_one_keeps_each_promise() {
    let server = Server::with(&["--rename-command", "HELLO", ""]);
    each_promise(&server).await;
    assert_eq!(spoken(&server).await, ["2"]);
    // Though the URL asks for it.
    assert_eq!(spoken(&Asked(server, "?protocol=resp3")).await, ["2"]);
}

#[tokio::test]
async fn a_manager_of_the_application_speaks_what_it_was_made_for() {
    let server = Server::start();
    for query in ["?protocol=resp2", "?protocol=resp3"] {
        let manager = redis::Client::open(server.url() + query).unwrap().get_connection_manager().await.unwrap();
        let cache = Cache::builder().shared(RedisTier::from_manager(manager)).build().unwrap();
        hears(&cache).await;
        let beside = server.cache().await;
        assert_eq!(cache.get_or_set("a", Ttl::Default, async || 1).await, 1);
        beside.invalidate_prefix("a").await.unwrap();
        until("it is heard", async || cache.get::<i32>("a").await.is_none()).await;
    }
}

/// A way to a server that breaks connections on which it reads that command.
async fn without(command: &'static [u8], server: u16) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut from, mut to) = client.into_split();
            let (mut answers, mut requests) = TcpStream::connect(("127.0.0.1", server)).await.unwrap().into_split();
            tokio::spawn(async move {
                let forward = async {
                    let mut room = [0; 4096];
                    loop {
                        match from.read(&mut room).await {
                            Ok(read)
                                if read > 0 && !room[..read].windows(command.len()).any(|bytes| bytes == command) =>
                            {
                                requests.write_all(&room[..read]).await.unwrap();
                            }
                            _ => return,
                        }
                    }
                };
                tokio::select! {
                    () = forward => {}
                    _ = copy(&mut answers, &mut to) => {}
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_proxy_that_breaks_off_over_the_newer_one_is_spoken_to_in_the_older() {
    let server = Server::start();
    let tier = RedisTier::connect(format!("redis://{}", without(b"HELLO", server.port).await)).await.unwrap();
    store(&tier, "a").await;
    assert!(tier.get(SPACE, "a").await.is_ok());
    assert_eq!(spoken(&server).await, ["2", "3"], "one of them goes through the proxy");
}
