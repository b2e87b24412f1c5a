//! Stamps, where only a server can go wrong.

use cache_core::{Change, Fetched, SharedTier};
use cache_redis::redis::cmd;

use crate::contract::{SPACE, missing, record, set, store};
use crate::server::{Server, Setting, on_each_setting};

on_each_setting!(
    a_server_that_forgot_its_scripts_is_sent_them_again,
    data_that_was_flushed_refuses_older_stamps,
    an_order_that_was_evicted_refuses_older_stamps,
);

async fn a_server_that_forgot_its_scripts_is_sent_them_again(server: &impl Setting) {
    let forget = || server.each::<()>(&["SCRIPT", "FLUSH"]);
    let tier = server.tier().await;
    store(&tier, "a").await;
    forget();
    store(&tier, "b").await;
    forget();
    let stamp = tier.renew(SPACE, "c").await.unwrap();
    forget();
    tier.apply(SPACE, &[Change::remove_all()]).await.unwrap();
    assert!(!tier.put(SPACE, "c", b"old", None, stamp, &[]).await.unwrap());
    forget();
    assert_eq!(tier.increment(SPACE, "n", 1, None).await.unwrap(), 1);
}

async fn data_that_was_flushed_refuses_older_stamps(server: &impl Setting) {
    let tier = server.tier().await;
    let a = missing(&tier, "a").await;
    server.each::<()>(&["FLUSHALL"]);
    assert!(!tier.put(SPACE, "a", b"old", None, a, &[]).await.unwrap());
    assert_eq!(record(&tier, "a").await, None);
    store(&tier, "a").await;
}

#[tokio::test]
async fn a_server_that_lost_its_data_refuses_the_stamps_it_gave() {
    let mut server = Server::start();
    let tier = server.tier().await;
    let (a, b) = (missing(&tier, "a").await, missing(&tier, "b").await);
    server.restart();
    // The first question may find the broken connection.
    let _ = tier.get(SPACE, "b").await;
    assert_ne!(missing(&tier, "b").await, b, "a new token");
    assert!(!tier.put(SPACE, "a", b"old", None, a, &[]).await.unwrap());
    assert!(!tier.put(SPACE, "b", b"old", None, b, &[]).await.unwrap());
    store(&tier, "a").await;
}

async fn an_order_that_was_evicted_refuses_older_stamps(server: &impl Setting) {
    let tier = server.tier().await;
    let stamp = missing(&tier, "a:1").await;
    tier.apply(SPACE, &[Change::remove_prefix("a").unwrap()]).await.unwrap();
    // The server makes room: the removal is forgotten, the token of the name is not.
    let orders = server.each::<Vec<String>>(&["KEYS", "cache*%order"]).into_iter().flatten();
    for order in orders {
        assert_eq!(cmd("DEL").arg(&order).query::<i64>(&mut server.connection_for(&order)), Ok(1));
    }
    assert!(!tier.put(SPACE, "a:1", b"old", None, stamp, &[]).await.unwrap());
    missing(&tier, "b").await;
    assert!(!tier.put(SPACE, "a:1", b"old", None, stamp, &[]).await.unwrap(), "the order may have begun anew since");
    store(&tier, "a:1").await;
}

#[tokio::test]
async fn more_removals_than_are_remembered_refuse_older_stamps() {
    let server = Server::start();
    let tier = server.tier().await;
    let other = missing(&tier, "other").await;
    let removals = |count: usize| -> Vec<Change> {
        (0..count).map(|n| Change::remove_prefix(&format!("name{n}")).unwrap()).collect()
    };
    tier.apply(SPACE, &removals(1_000)).await.unwrap();
    assert!(tier.put(SPACE, "other", b"1", None, other, &[]).await.unwrap(), "all of them are remembered");
    tier.apply(SPACE, &removals(1_000)).await.unwrap();
    assert!(tier.put(SPACE, "other", b"1", None, other, &[]).await.unwrap(), "the same ones take no more room");
    tier.apply(SPACE, &[Change::remove_prefix("one more").unwrap()]).await.unwrap();
    assert!(!tier.put(SPACE, "other", b"2", None, other, &[]).await.unwrap());
    tier.apply(SPACE, &removals(1_500)).await.unwrap();
    let size: usize = cmd("ZCARD").arg("cache%order").query(&mut server.connection()).unwrap();
    assert_eq!(size, 1_002);
    tier.apply(SPACE, &[Change::remove("other")]).await.unwrap();
    store(&tier, "other").await;
}

#[tokio::test]
async fn leases_are_shared_until_a_change_and_end_by_themselves() {
    let server = Server::start();
    let tier = server.tier().await;
    let first = missing(&tier, "a").await;
    assert_eq!(missing(&tier, "a").await, first);
    tier.apply(SPACE, &[Change::remove("a")]).await.unwrap();
    assert_ne!(missing(&tier, "a").await, first);
    let mut connection = server.connection();
    for (key, longest) in [("cache%lease:a", 60_000), ("cache%order", 120_000)] {
        let left: i64 = cmd("PTTL").arg(key).query(&mut connection).unwrap();
        assert!((1..=longest).contains(&left), "{key} has {left} ms");
    }
}

#[tokio::test]
async fn what_the_tier_keeps_for_itself_is_no_record() {
    let server = Server::start();
    let tier = server.tier().await;
    missing(&tier, "a").await;
    for name in ["%order", "%lease:a", "order", "lease:a"] {
        assert!(matches!(tier.get(SPACE, name).await.unwrap(), Fetched::Missing(_)), "{name}");
    }
    cmd("SET").arg("cached:elsewhere").arg("1").query::<()>(&mut server.connection()).unwrap();
    cmd("SET").arg("cache").arg("1").query::<()>(&mut server.connection()).unwrap();
    tier.apply(SPACE, &[set("b", b"1"), Change::remove_pattern("*").unwrap()]).await.unwrap();
    assert!(server.keys().contains(&"cache%lease:a".to_owned()), "a pattern is for records");
    tier.apply(SPACE, &[set("b", b"1"), Change::remove_all()]).await.unwrap();
    assert_eq!(server.keys(), ["cache", "cache%order", "cached:elsewhere"]);
}
