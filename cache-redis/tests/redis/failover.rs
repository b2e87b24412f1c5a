//! A master that another one takes the place of.

use cache_core::{Cache, Change, Fetched, Shared, SharedTier, Ttl};
use cache_redis::RedisTier;
use cache_redis::redis::cmd;

use crate::contract::{SPACE, missing, record, set, store};
use crate::sentinels::{MASTER, Sentinels};
use crate::server::{Server, Setting, until};

/// Waits until the replica has what the master has.
fn replicated(master: &Server) {
    let mut connection = master.connection();
    // For what was written by others, too: replication is one stream.
    cmd("SET").arg("other").arg("1").query::<()>(&mut connection).unwrap();
    let replicas: i64 = cmd("WAIT").arg(1).arg(10_000).query(&mut connection).unwrap();
    assert_eq!(replicas, 1);
}

/// Reads until there is an answer that is right. No answer may be an older one.
async fn answers(tier: &RedisTier, now: &[u8]) {
    until("it answers", async || match tier.get(SPACE, "a").await {
        Ok(Fetched::Found(record)) => {
            assert_eq!(record, now);
            true
        }
        Ok(_) => panic!("the value is lost"),
        Err(_) => false,
    })
    .await;
}

/// Everything works, and goes to that server.
async fn works_on(server: &Server, tier: &RedisTier) {
    until("it is written", async || tier.apply(SPACE, &[set("a", b"3")]).await.is_ok()).await;
    assert_eq!(record(tier, "a").await.unwrap(), b"3");
    tier.apply(SPACE, &[Change::remove("a"), Change::remove_prefix("x").unwrap()]).await.unwrap();
    store(tier, "a").await;
    let there: bool = cmd("EXISTS").arg("cache:a").query(&mut server.connection()).unwrap();
    assert!(there, "another server was written to");
}

#[tokio::test]
async fn a_failover_that_is_asked_for_is_followed() {
    let servers = <Sentinels as Setting>::start().await;
    let tier = servers.tier().await;
    let stamp = missing(&tier, "a").await;
    tier.apply(SPACE, &[set("a", b"1"), set("a", b"2")]).await.unwrap();
    replicated(&servers.servers[0]);
    cmd("SENTINEL").arg("FAILOVER").arg(MASTER).query::<()>(&mut servers.sentinel.connection()).unwrap();
    until("the other one is the master", async || {
        // A connection that breaks is an error, and never an older value.
        if let Ok(Fetched::Found(record)) = tier.get(SPACE, "a").await {
            assert_eq!(record, b"2");
        }
        servers.is_master(1)
    })
    .await;
    answers(&tier, b"2").await;
    assert!(!tier.put(SPACE, "a", b"1", None, stamp, &[]).await.unwrap());
    until("the old one follows", async || !servers.is_master(0)).await;
    works_on(&servers.servers[1], &tier).await;
}

#[tokio::test]
async fn a_master_that_is_killed_is_replaced_and_told_what_it_missed() {
    let mut servers = <Sentinels as Setting>::start().await;
    let tier = servers.tier().await;
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    assert_eq!(cache.set("b", 1_u32, Ttl::Default).await.shared, Shared::Applied);
    tier.apply(SPACE, &[set("a", b"2")]).await.unwrap();
    replicated(&servers.servers[0]);
    servers.servers[0].kill();
    assert_eq!(cache.set("b", 2_u32, Ttl::Default).await.shared, Shared::Queued);
    assert_eq!(cache.get_or_set("c", Ttl::Default, async || 3_u32).await, 3);
    until("the other one is the master", async || servers.is_master(1)).await;
    answers(&tier, b"2").await;
    until("it is told", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0 && !stats.open)).await;
    let other = Cache::builder().shared(servers.tier().await).build().unwrap();
    assert_eq!(other.get::<u32>("b").await, Some(2));
    // It is back, empty, and believes itself a master until it is told otherwise.
    servers.servers[0].restart();
    answers(&tier, b"2").await;
    works_on(&servers.servers[1], &tier).await;
}

/// Its connections stay as they are, and tell nobody.
#[tokio::test]
async fn a_master_that_stands_still_is_left() {
    let servers = <Sentinels as Setting>::start().await;
    let tier = servers.tier().await;
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    tier.apply(SPACE, &[set("a", b"2")]).await.unwrap();
    replicated(&servers.servers[0]);
    servers.servers[0].pause(true);
    assert_eq!(cache.set("b", 1_u32, Ttl::Default).await.shared, Shared::Queued);
    until("the other one is the master", async || servers.is_master(1)).await;
    until("it is told", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0 && !stats.open)).await;
    answers(&tier, b"2").await;
    works_on(&servers.servers[1], &tier).await;
    servers.servers[0].pause(false);
}

/// A server that becomes a replica need not cut its connections.
#[tokio::test]
async fn a_master_that_became_a_replica_is_left_when_it_refuses_to_be_written() {
    let servers = <Sentinels as Setting>::start().await;
    let tier = servers.tier().await;
    tier.apply(SPACE, &[set("a", b"2")]).await.unwrap();
    replicated(&servers.servers[0]);
    let mut sentinel = servers.sentinel.connection();
    cmd("SENTINEL").arg("REMOVE").arg(MASTER).query::<()>(&mut sentinel).unwrap();
    let [first, second] = servers.servers.as_slice() else { panic!("there are two") };
    let role = |server: &Server, of: &[&str]| {
        cmd("REPLICAOF").arg(of).query::<()>(&mut server.connection()).unwrap();
    };
    role(second, &["NO", "ONE"]);
    role(first, &["127.0.0.1", &second.port.to_string()]);
    cmd("SENTINEL")
        .arg("MONITOR")
        .arg(MASTER)
        .arg("127.0.0.1")
        .arg(second.port)
        .arg(1)
        .query::<()>(&mut sentinel)
        .unwrap();
    let error = tier.apply(SPACE, &[set("a", b"3")]).await.unwrap_err().to_string();
    assert!(error.contains("read only replica") || error.contains("READONLY"), "{error}");
    works_on(second, &tier).await;
}
