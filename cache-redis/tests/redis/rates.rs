//! How many commands what costs: the figures of docs/scaling.md.

use std::time::Duration;

use cache_core::{Cache, Change, SharedTier, Ttl};

use crate::caches::commands;
use crate::server::{Server, hears, until};

/// Nothing but messages wakes who listens.
const EVER: Duration = Duration::MAX;
const NAMES: u64 = 50;

async fn instances(server: &Server, count: usize) -> Vec<Cache> {
    let mut all = Vec::new();
    for _ in 0..count {
        let cache = Cache::builder().shared(server.tier().await).backplane_patience(EVER).build().unwrap();
        hears(&cache).await;
        all.push(cache);
    }
    all
}

#[tokio::test]
async fn a_load_is_three_steps_a_hit_one_and_a_hit_in_memory_none() {
    let server = Server::start();
    let all = instances(&server, 2).await;
    let [one, two] = all.as_slice() else { unreachable!() };
    let load = async |on: &Cache, from: u64| {
        for name in from..from + NAMES {
            on.get_or_set(format!("item:{name}"), Ttl::Default, async || name).await;
        }
    };
    // The scripts are sent with their first use.
    load(one, 1_000).await;
    commands(&server);
    load(one, 0).await;
    let ran = commands(&server);
    assert_eq!((ran["get"] - 2 * NAMES, ran["evalsha"]), (NAMES * 2, 2 * NAMES), "{ran:?}");
    load(two, 0).await;
    let ran = commands(&server);
    assert_eq!(ran.get("get"), Some(&NAMES), "{ran:?}");
    assert!(!ran.contains_key("evalsha"), "{ran:?}");
    load(two, 0).await;
    let ran = commands(&server);
    assert!(!ran.contains_key("get") && !ran.contains_key("evalsha"), "{ran:?}");
}

#[tokio::test]
async fn a_change_is_two_steps_and_a_message_that_each_other_reads_once() {
    let server = Server::start();
    let all = instances(&server, 4).await;
    let heard = |cache: &Cache| cache.shared_stats().unwrap().heard;
    all[0].invalidate("first").await;
    until("the scripts are known, and all have heard", async || all[1..].iter().all(|cache| heard(cache) == 1)).await;
    commands(&server);
    for name in 0..NAMES {
        all[0].invalidate(format!("item:{name}")).await;
        until("all have heard", async || all[1..].iter().all(|cache| heard(cache) == name + 2)).await;
    }
    let ran = commands(&server);
    assert_eq!((ran["unlink"], ran["evalsha"], ran["xadd"]), (NAMES, NAMES, NAMES), "{ran:?}");
    // Each instance, the one that told among them, asks again once it was answered; some answers may be under way.
    let reads = NAMES * all.len() as u64;
    assert!((reads - 4..=reads + 4).contains(&ran["xread"]), "{ran:?}");
}

#[tokio::test]
async fn tags_and_removals_of_many_names_take_as_many_steps_as_the_table_says() {
    let server = Server::start();
    let tier = server.tier().await;
    let all = instances(&server, 2).await;
    let heard = |count| {
        let there = &all[1];
        until("it is heard", async move || there.shared_stats().unwrap().heard == count)
    };
    let tagged =
        |n: u64| Change::Set { name: format!("item:{n}"), record: vec![0xCA], ttl: None, tags: vec!["t".to_owned()] };
    // The scripts are sent with their first use.
    all[0].invalidate_tag("t").await;
    all[0].clear().await;
    heard(2).await;
    tier.apply("cache", &(0..NAMES).map(tagged).collect::<Vec<_>>()).await.unwrap();
    commands(&server);
    tier.get("cache", "item:1").await.unwrap();
    let ran = commands(&server);
    assert_eq!((ran["get"], ran["mget"]), (1, 1), "{ran:?}");
    all[0].invalidate_tag("t").await;
    heard(3).await;
    let ran = commands(&server);
    assert_eq!(ran["evalsha"], 2, "however many carry it: {ran:?}");
    all[0].invalidate_prefix("item").await.unwrap();
    until("all is freed", async || all[0].shared_stats().unwrap().owed == 0).await;
    let ran = commands(&server);
    assert_eq!((ran["evalsha"], ran["hdel"], ran["xadd"], ran["scan"]), (5, 1, 2, 2), "{ran:?}");
}
