//! A server that is away, full, or has something else under our keys.

use std::time::Duration;

use cache_core::{Cache, Change, Fetched, Shared, SharedTier, Stamp, Ttl};
use cache_redis::RedisTier;
use cache_redis::redis::cmd;

use crate::contract::{SPACE, missing, record, set, store};
use crate::proxy::{Harm, Proxy};
use crate::server::{Nobody, Server, hears, until};

#[tokio::test]
async fn without_a_server_a_cache_serves_from_memory_and_loads() {
    let nobody = Nobody::there();
    let tier = RedisTier::connect(format!("redis://127.0.0.1:{}", nobody.port)).await.unwrap();
    let cache = Cache::builder().shared(tier).build().unwrap();
    assert_eq!(cache.get_or_set("a", Ttl::Default, async || 1).await, 1);
    assert_eq!(cache.get_or_set("a", Ttl::Default, async || 2).await, 1, "from memory");
    assert_eq!(cache.invalidate("a").await.shared, Shared::Queued);
    assert_eq!(cache.get_or_set("a", Ttl::Default, async || 3).await, 3);
    let error = cache.increment("n", 1).await.unwrap_err();
    assert!(error.to_string().contains("increment"), "{error}");
}

#[tokio::test]
async fn an_error_names_the_operation_the_server_and_the_cause() {
    let nobody = Nobody::there();
    let port = nobody.port;
    let tier = RedisTier::connect(format!("redis://127.0.0.1:{port}")).await.unwrap();
    let error = tier.get(SPACE, "a").await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("`get` on Redis at 127.0.0.1:{port}: ")), "{error}");
    assert!(error.to_lowercase().contains("refused"), "{error}");
    let error = tier.apply(SPACE, &[Change::remove("a")]).await.unwrap_err().to_string();
    assert!(error.starts_with("`apply` on Redis at "), "{error}");
}

#[tokio::test]
async fn a_server_that_was_killed_and_is_back_is_told_what_it_missed_and_used_again() {
    let mut server = Server::start();
    let cache = server.cache().await;
    assert_eq!(cache.set("a", 1, Ttl::Default).await.shared, Shared::Applied);
    server.kill();
    assert_eq!(cache.get_or_set("b", Ttl::Default, async || 2).await, 2);
    assert_eq!(cache.get::<i32>("a").await, Some(1), "from memory");
    assert_eq!(cache.set("c", 3, Ttl::Default).await.shared, Shared::Queued);
    server.restart();
    until("it is told", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0 && !stats.open)).await;
    let other = Cache::builder().shared(server.tier().await).build().unwrap();
    assert_eq!(other.get::<i32>("c").await, Some(3));
    assert_eq!(cache.set("d", 4, Ttl::Default).await.shared, Shared::Applied);
}

#[tokio::test]
async fn a_server_that_stands_still_fails_no_call_and_is_used_again() {
    let server = Server::start();
    let cache = Cache::builder().shared(server.tier().await).build().unwrap();
    cache.set("a", 1, Ttl::Default).await;
    server.pause(true);
    for name in ["b", "c"] {
        assert_eq!(cache.get_or_set(name, Ttl::Default, async || 2).await, 2);
    }
    assert_eq!(cache.invalidate("a").await.shared, Shared::Queued);
    assert_eq!(cache.get_or_set("a", Ttl::Default, async || 3).await, 3, "what is owed is not read");
    server.pause(false);
    until("it is told", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0 && !stats.open)).await;
    assert_eq!(cache.set("d", 4, Ttl::Default).await.shared, Shared::Applied);
    let other = Cache::builder().shared(server.tier().await).build().unwrap();
    assert_eq!(other.get::<i32>("d").await, Some(4));
}

#[tokio::test]
async fn a_key_of_another_type_is_a_miss_that_the_next_result_replaces() {
    let server = Server::start();
    let tier = server.tier().await;
    for name in ["one", "many", "set", "count"] {
        cmd("RPUSH").arg(format!("cache:{name}")).arg("planted").query::<()>(&mut server.connection()).unwrap();
    }
    store(&tier, "one").await;
    assert_eq!(record(&tier, "one").await.unwrap(), b"stored");
    let many = tier.get_many(SPACE, &["one".to_owned(), "many".to_owned()]).await.unwrap();
    assert!(matches!(many.as_slice(), [Fetched::Found(_), Fetched::Missing(_)]));
    assert!(!tier.set_if_absent(SPACE, "set", b"1", None).await.unwrap(), "there is something");
    assert!(tier.increment(SPACE, "count", 1, None).await.unwrap_err().to_string().contains("a count"));
    tier.apply(SPACE, &[set("set", b"2"), Change::remove("count")]).await.unwrap();
    assert_eq!(record(&tier, "set").await.unwrap(), b"2");
    missing(&tier, "count").await;
}

#[tokio::test]
async fn a_full_server_is_read_and_takes_removals() {
    let server = Server::start();
    let tier = server.tier().await;
    tier.apply(SPACE, &[set("a", b"1"), set("b:1", b"1"), set("c", b"1")]).await.unwrap();
    let (older, other) = (missing(&tier, "old").await, missing(&tier, "b:2").await);
    let limit = |bytes: &str| {
        let mut command = cmd("CONFIG");
        command.arg("SET").arg("maxmemory").arg(bytes);
        command.query::<()>(&mut server.connection()).unwrap();
    };
    limit("1");
    assert_eq!(record(&tier, "a").await.unwrap(), b"1");
    let stamp = missing(&tier, "new").await;
    assert!(!tier.put(SPACE, "new", b"2", None, stamp, &[]).await.unwrap());
    assert!(!tier.put(SPACE, "old", b"2", None, older, &[]).await.unwrap());
    tier.apply(SPACE, &[set("a", b"2"), Change::remove("c")]).await.unwrap();
    assert_eq!(record(&tier, "a").await, None, "it has no room for the new value, and does not keep the old one");
    assert_eq!(record(&tier, "c").await, None);
    tier.apply(SPACE, &[Change::remove_prefix("b").unwrap()]).await.unwrap();
    assert_eq!(record(&tier, "b:1").await, None);
    let never = tier.renew(SPACE, "old").await.unwrap();
    limit("0");
    assert!(!tier.put(SPACE, "b:2", b"old", None, other, &[]).await.unwrap(), "removed meanwhile");
    assert!(!tier.put(SPACE, "old", b"old", None, older, &[]).await.unwrap(), "renewed meanwhile");
    assert!(!tier.put(SPACE, "old", b"old", None, never, &[]).await.unwrap());
    assert!(!tier.put(SPACE, "x", b"old", None, Stamp(0), &[]).await.unwrap());
    store(&tier, "new").await;
}

#[tokio::test]
async fn a_removal_may_take_longer_than_a_call() {
    let server = Server::start();
    let plant = "for n = 1, 50000 do redis.call('SET', 'elsewhere:' .. n, '') end";
    cmd("EVAL").arg(plant).arg(0).query::<()>(&mut server.connection()).unwrap();
    // However fast the server: a hundred answers, each of them late, take a second.
    let proxy = Proxy::before(server.port, 1).await;
    let tier = RedisTier::connect(&proxy.url()).await.unwrap();
    let cache = Cache::builder().shared(tier).build().unwrap();
    let there = Cache::builder().shared(server.tier().await).build().unwrap();
    hears(&cache).await;
    hears(&there).await;
    cache.set("list:1", 1, Ttl::Default).await;
    until("it is stored", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0)).await;
    let errors = cache.shared_stats().unwrap().errors;
    proxy.harm(Harm::Late(Duration::from_millis(10)));
    assert_eq!(cache.invalidate_prefix("list").await.unwrap().shared, Shared::Queued, "nobody waits for all of it");
    assert!(cache.shared_stats().unwrap().owed > 0);
    assert_eq!(cache.get::<i32>("list:1").await, None, "and nobody reads what is to be removed");
    until("the other has heard of it", async || there.shared_stats().is_some_and(|stats| stats.heard > 1)).await;
    until("it is done", async || {
        assert_eq!(there.get::<i32>("list:1").await, None, "it is there, for however long, and nobody reads it");
        cache.shared_stats().is_some_and(|stats| stats.owed == 0)
    })
    .await;
    assert_eq!(cache.shared_stats().unwrap().errors, errors, "it was not given up");
    assert!(!server.keys().contains(&"cache:list:1".to_owned()));
}

#[tokio::test]
async fn closing_ends_the_connection_of_the_one_that_is_closed() {
    let server = Server::start();
    let tier = server.tier().await;
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    cache.set("a", 1, Ttl::Default).await;
    cache.close().await;
    store(&tier, "b").await;
    tier.close().await.unwrap();
    let error = tier.get(SPACE, "a").await.unwrap_err().to_string();
    assert!(error.contains("closed"), "{error}");
    drop(cache);
    let mut connection = server.connection();
    until("the connection has ended", async || {
        let clients: String = cmd("CLIENT").arg("LIST").query(&mut connection).unwrap();
        clients.lines().count() == 1
    })
    .await;
}
