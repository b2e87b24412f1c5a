//! What only a cluster can do to a tier.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use cache_core::{Cache, Change, Fetched, Shared, SharedTier, Ttl};
use cache_redis::RedisTier;
use cache_redis::redis::cmd;

use crate::contract::{SPACE, missing, record, set, store};
use crate::nodes::{Migration, Nodes, slot};
use crate::server::{Setting, until};

/// Names in the same slot, the one that has most of them.
async fn neighbours(nodes: &Nodes, tier: &RedisTier) -> (u16, Vec<String>) {
    let names: Vec<String> = (0..400).map(|n| format!("item:{n}")).collect();
    let sets: Vec<Change> = names.iter().map(|name| set(name, name.as_bytes())).collect();
    tier.apply(SPACE, &sets).await.unwrap();
    let mut slots: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in nodes.keys() {
        if let Some((bucket, name)) = key.split_once(':') {
            slots.entry(bucket.to_owned()).or_default().push(name.to_owned());
        }
    }
    let (bucket, names) = slots.into_iter().max_by_key(|(_, names)| names.len()).unwrap();
    (slot(&bucket, &nodes.servers[0]), names)
}

#[tokio::test]
async fn keys_are_on_all_nodes_and_removals_of_many_names_reach_them() {
    let nodes = <Nodes as Setting>::start().await;
    let tier = nodes.tier().await;
    let sets: Vec<Change> = (0..600).map(|n| set(&format!("{}:{n}", ["a", "b"][n % 2]), b"1")).collect();
    tier.apply(SPACE, &sets).await.unwrap();
    missing(&tier, "lease").await;
    let sizes: Vec<usize> = nodes.each(&["DBSIZE"]);
    assert!(sizes.iter().all(|size| *size > 50), "{sizes:?}");
    for (at, foreign) in ["cache{99}:a", "cache:a:0", "cached{07}:a:0", "cache{07}x:a:0"].iter().enumerate() {
        let owner = nodes.owner(slot(foreign, &nodes.servers[0])).0;
        cmd("SET").arg(foreign).arg(at).query::<()>(&mut nodes.servers[owner].connection()).unwrap();
    }
    tier.apply(SPACE, &[Change::remove_prefix("a").unwrap()]).await.unwrap();
    let left = nodes.keys();
    assert!(!left.iter().any(|key| key.starts_with("cache{") && key.contains("}:a:")), "{left:?}");
    assert_eq!(left.iter().filter(|key| key.contains("}:b:")).count(), 300);
    tier.apply(SPACE, &[Change::remove_all()]).await.unwrap();
    let left: Vec<String> = nodes.keys().into_iter().filter(|key| !key.ends_with("%order")).collect();
    assert_eq!(left, ["cache:a:0", "cached{07}:a:0", "cache{07}x:a:0", "cache{99}:a"]);
}

#[tokio::test]
async fn many_names_are_one_command_for_each_bucket() {
    let nodes = <Nodes as Setting>::start().await;
    let tier = nodes.tier().await;
    let names: Vec<String> = (0..1_000).map(|n| format!("item:{n}")).collect();
    tier.apply(SPACE, &names.iter().map(|name| set(name, name.as_bytes())).collect::<Vec<_>>()).await.unwrap();
    nodes.each::<()>(&["CONFIG", "RESETSTAT"]);
    let all = tier.get_many(SPACE, &names).await.unwrap();
    assert!(names.iter().zip(all).all(|(name, found)| found == Fetched::Found(name.as_bytes().into())));
    let calls = |statistics: &String, command: &str| -> u64 {
        let line = statistics.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
    };
    let statistics: Vec<String> = nodes.each(&["INFO", "commandstats"]);
    assert_eq!(statistics.iter().map(|text| calls(text, "mget")).sum::<u64>(), 64);
    assert_eq!(statistics.iter().map(|text| calls(text, "get") + calls(text, "evalsha")).sum::<u64>(), 0);
}

/// A node that nobody has heard of takes over a slot, key by key.
#[tokio::test]
async fn a_slot_that_moves_answers_and_is_never_wrong() {
    let mut nodes = <Nodes as Setting>::start().await;
    let tier = nodes.tier().await;
    let (slot, names) = neighbours(&nodes, &tier).await;
    let fresh = Nodes::node(&[]);
    nodes.meet(&fresh);
    nodes.servers.push(fresh);
    nodes.agree().await;
    let (from, to) = (&nodes.servers[nodes.owner(slot).0], &nodes.servers[3]);
    let migration = Migration { slot, from, to };
    let [removed, changed, cleared, lost, many @ ..] = names.as_slice() else { panic!("too few") };
    // Stamps of before the move.
    tier.apply(SPACE, &[Change::remove(lost.as_str())]).await.unwrap();
    let stamp = missing(&tier, lost).await;
    migration.begin();
    assert!(migration.move_some(3));
    let found = tier.get_many(SPACE, many).await.unwrap();
    assert!(many.iter().zip(found).all(|(name, found)| found == Fetched::Found(name.as_bytes().into())));
    for name in many {
        assert_eq!(record(&tier, name).await.unwrap(), name.as_bytes());
    }
    // A removal is made, wherever the key is; a value that cannot be set in one step is removed.
    tier.apply(SPACE, &[Change::remove(removed.as_str()), set(changed, b"new")]).await.unwrap();
    assert_eq!(record(&tier, removed).await, None);
    assert!(record(&tier, changed).await.is_none_or(|record| record == b"new"));
    let before = missing(&tier, removed).await;
    tier.apply(SPACE, &[Change::remove(lost.as_str())]).await.unwrap();
    assert!(!tier.put(SPACE, lost, b"old", None, stamp, &[]).await.unwrap());
    tier.apply(SPACE, &[Change::remove_prefix(cleared).unwrap(), Change::remove_prefix(removed).unwrap()])
        .await
        .unwrap();
    assert_eq!(record(&tier, cleared).await, None);
    assert!(!tier.put(SPACE, removed, b"old", None, before, &[]).await.unwrap());
    migration.end();
    assert!(!tier.put(SPACE, lost, b"old", None, stamp, &[]).await.unwrap());
    assert_eq!(record(&tier, many.first().unwrap()).await.unwrap(), many[0].as_bytes());
    for name in [removed, changed, cleared, lost] {
        tier.apply(SPACE, &[Change::remove(name.as_str())]).await.unwrap();
        store(&tier, name).await;
    }
    assert_eq!(tier.increment(SPACE, "count", 1, None).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_of_many_names_misses_no_key_that_moves_meanwhile() {
    let nodes = <Nodes as Setting>::start().await;
    let tier = nodes.tier().await;
    let names: Vec<String> = (0..20_000).map(|n| format!("item:{n}")).collect();
    let slots: Vec<u16> = (0..64).map(|bucket| slot(&format!("{{{bucket:02}}}"), &nodes.servers[0])).collect();
    let (done, begun) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for slot in slots.iter().cycle() {
                let (from, to) = nodes.owner(*slot);
                let migration = Migration { slot: *slot, from: &nodes.servers[from], to: &nodes.servers[to] };
                migration.begin();
                migration.end();
                begun.store(true, Ordering::Relaxed);
                if done.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                until("slots move", async || begun.load(Ordering::Relaxed)).await;
                for round in 0..5 {
                    let sets: Vec<Change> = names.iter().map(|name| set(name, b"1")).collect();
                    for sets in sets.chunks(2_000) {
                        until("they are set", async || tier.apply(SPACE, sets).await.is_ok()).await;
                    }
                    let change = [Change::remove_prefix("item").unwrap()];
                    until("they are removed", async || tier.apply(SPACE, &change).await.is_ok()).await;
                    let left = nodes.keys().into_iter().filter(|key| key.contains("}:item:")).count();
                    assert_eq!(left, 0, "in round {round}");
                }
            });
        });
        done.store(true, Ordering::Relaxed);
    });
}

#[tokio::test]
async fn a_node_that_is_killed_and_back_is_told_what_it_missed() {
    let mut nodes = <Nodes as Setting>::start().await;
    let tier = nodes.tier().await;
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    let names: Vec<String> = (0..30).map(|n| format!("item:{n}")).collect();
    for name in &names {
        assert_eq!(cache.set(name, 1_u32, Ttl::Default).await.shared, Shared::Applied);
    }
    let dead = 1;
    let is_there = |nodes: &Nodes, name: &str| nodes.owner(slot(&nodes.key(name), &nodes.servers[0])).0 != dead;
    let (there, away): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_there(&nodes, name));
    nodes.servers[dead].kill();
    for name in &away {
        assert!(tier.get(SPACE, name).await.is_err());
    }
    for name in &there {
        assert!(record(&tier, name).await.is_some(), "the others are there");
    }
    for name in &names {
        let loaded = cache.get_or_set(&format!("new:{name}"), Ttl::Default, async || 2_u32).await;
        assert_eq!(loaded, 2);
        cache.set(name, 3_u32, Ttl::Default).await;
    }
    assert!(cache.shared_stats().unwrap().owed > 0);
    assert_eq!(cache.invalidate_prefix("gone").await.unwrap().shared, Shared::Queued);
    nodes.servers[dead].restart();
    until("it is told", async || cache.shared_stats().is_some_and(|stats| stats.owed == 0 && !stats.open)).await;
    let other = Cache::builder().shared(nodes.tier().await).build().unwrap();
    for name in &names {
        assert_eq!(other.get::<u32>(name).await, Some(3), "{name}");
    }
}

#[tokio::test]
async fn a_replica_that_takes_over_is_found() {
    let mut nodes = <Nodes as Setting>::start().await;
    let replica = Nodes::node(&["--cluster-replica-validity-factor", "0"]);
    nodes.meet(&replica);
    nodes.servers.push(replica);
    nodes.agree().await;
    let tier = nodes.tier().await;
    tier.apply(SPACE, &[set("a", b"1")]).await.unwrap();
    let key = nodes.key("a");
    let owner = nodes.owner(slot(&key, &nodes.servers[0])).0;
    let mut connection = nodes.servers[3].connection();
    cmd("CLUSTER").arg("REPLICATE").arg(crate::nodes::id(&nodes.servers[owner])).query::<()>(&mut connection).unwrap();
    until("it has the key", async || {
        let info: String = cmd("INFO").arg("replication").query(&mut connection).unwrap();
        let size: usize = cmd("DBSIZE").query(&mut connection).unwrap();
        info.contains("master_link_status:up") && size > 0
    })
    .await;
    // It stands still: its connections stay as they are, and tell nobody.
    nodes.servers[owner].pause(true);
    until(
        "the replica answers",
        async || matches!(tier.get(SPACE, "a").await, Ok(Fetched::Found(record)) if record == b"1"),
    )
    .await;
    let changes = [Change::remove("a"), Change::remove_prefix("b").unwrap()];
    until("all is well", async || tier.apply(SPACE, &changes).await.is_ok()).await;
    store(&tier, "a").await;
    nodes.servers[owner].pause(false);
    nodes.agree().await;
    assert_eq!(record(&tier, "a").await.unwrap(), b"stored");
}

#[tokio::test]
async fn a_node_that_stands_still_keeps_nobody_from_the_others() {
    let nodes = <Nodes as Setting>::start().await;
    let cache = Cache::builder().shared(nodes.tier().await).build().unwrap();
    let tier = nodes.tier().await;
    let names: Vec<String> = (0..30).map(|n| format!("item:{n}")).collect();
    tier.apply(SPACE, &names.iter().map(|name| set(name, b"1")).collect::<Vec<_>>()).await.unwrap();
    let owner = |name: &String| nodes.owner(slot(&nodes.key(name), &nodes.servers[0])).0;
    let (there, away): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| owner(name) != 1);
    nodes.servers[1].pause(true);
    let call = async |name: &str| assert_eq!(cache.get_or_set(name, Ttl::Default, async || 2_u32).await, 2);
    for name in away {
        call(&format!("{name}:new")).await;
    }
    for name in there {
        assert_eq!(record(&tier, name).await.unwrap(), b"1");
    }
    assert!(tier.get_many(SPACE, &names).await.is_err());
    assert!(tier.apply(SPACE, &[Change::remove_prefix("item").unwrap()]).await.is_err(), "it stays owed");
    nodes.servers[1].pause(false);
    until("all is well", async || tier.apply(SPACE, &[Change::remove_prefix("item").unwrap()]).await.is_ok()).await;
    assert!(!nodes.keys().iter().any(|key| key.contains("}:item:")));
}
