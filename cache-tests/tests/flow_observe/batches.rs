//! Functions of many items: each item is told of as a call of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{CallOutcome, Forward, cached, observe, observe_blocking};
use cache_tests::{Probe, in_time, until};

use super::{SECOND, get_user, told};

#[derive(Debug, Default)]
struct Table {
    probe: Probe,
    down: AtomicBool,
}

impl Table {
    fn open() -> Arc<Self> {
        let table = Arc::<Self>::default();
        table.probe.gate.open();
        table
    }
}

#[cached(ttl = 60, ttl_none = 20, stale_if_error = "1m", key_prefix = "track", tier = "local", batch = ids, skip(table))]
async fn get_tracks(table: &Table, ids: &[u64]) -> Result<BTreeMap<u64, u64>, String> {
    let _running = table.probe.enter();
    get_user(100).await.ok();
    table.probe.gate.passed().await;
    if table.down.load(SeqCst) {
        return Err("down".to_owned());
    }
    Ok(ids.iter().filter(|id| **id < 1_000).map(|id| (*id, id * 2)).collect())
}

#[tokio::test]
async fn each_item_is_told_of_once_with_where_its_answer_came_from() {
    let (scope, table) = (Scope::new(), Arc::<Table>::default());
    in_time(scope.run(async {
        let other = tokio::spawn(scope.run({
            let table = table.clone();
            async move { get_tracks(&table, &[2]).await }
        }));
        until(|| table.probe.running() == 1).await;
        get_tracks::put(1, Ok::<_, String>(Some(2))).await;
        scope.clock().advance(10 * SECOND);
        let mine = observe(get_tracks(&table, &[1, 2, 3, 1_000, 3]));
        let opened = async {
            until(|| table.probe.running() == 2).await;
            table.probe.gate.open();
        };
        let ((answer, calls), ()) = tokio::join!(mine, opened);
        assert_eq!(answer, Ok(BTreeMap::from([(1, 2), (2, 4), (3, 6)])));
        let items: Vec<_> = told(&calls).into_iter().filter(|call| call.starts_with("get_tracks")).collect();
        let expected = [
            "get_tracks track:1: hit, age 10 s, ttl 50 s",
            "get_tracks track:3: miss, stored, ttl 60 s",
            "get_tracks track:1000: miss, stored, ttl 20 s, absent",
            "get_tracks track:2: coalesced, ttl 60 s",
        ];
        assert_eq!(items, expected);
        assert_eq!(calls.iter().filter(|call| call.key == "user:100").count(), 1, "the body's own calls are inside");
        other.await.unwrap().unwrap();
        let (_, calls) = observe(get_tracks(&table, &[1_000, 2])).await;
        let expected = ["get_tracks track:1000: hit, ttl 20 s, absent", "get_tracks track:2: hit, ttl 60 s"];
        assert_eq!(told(&calls), expected);
        let (_, calls) = observe(get_tracks::refresh(&table, &[2])).await;
        assert_eq!(calls.iter().last().map(|call| call.forward), Some(Some(Forward::Request)));
    }))
    .await;
}

#[tokio::test]
async fn an_error_of_the_body_is_told_of_each_item_that_it_was_for() {
    let (scope, table) = (Scope::new(), Table::open());
    in_time(scope.run(async {
        get_tracks(&table, &[1]).await.unwrap();
        scope.clock().advance(70 * SECOND);
        table.down.store(true, SeqCst);
        let (answer, calls) = observe(get_tracks(&table, &[1, 2])).await;
        assert_eq!(answer, Err("down".to_owned()));
        let items: Vec<_> = told(&calls).into_iter().filter(|call| call.starts_with("get_tracks")).collect();
        let expected =
            ["get_tracks track:1: stale for a load, age 70 s, ttl -10 s, error", "get_tracks track:2: miss, error"];
        assert_eq!(items, expected);
    }))
    .await;
}

#[cached(ttl = 60, key_prefix = "sync", when = wanted, batch = ids, skip(wanted))]
fn tracks(ids: &[u64], wanted: bool) -> BTreeMap<u64, u64> {
    ids.iter().map(|id| (*id, id * 2)).collect()
}

#[test]
fn a_sync_batch_is_told_of_alike_and_so_is_one_that_passes_the_cache_by() {
    let scope = Scope::new();
    let _entered = scope.enter();
    let (_, calls) = observe_blocking(|| (tracks(&[1, 2], true), tracks(&[2, 3], false)));
    let expected = [
        "tracks sync:1: miss, stored, ttl 60 s",
        "tracks sync:2: miss, stored, ttl 60 s",
        "tracks sync:2: bypass",
        "tracks sync:3: bypass",
    ];
    assert_eq!(told(&calls), expected);
    assert_eq!((calls.count(CallOutcome::Bypass), calls[2].forward), (2, Some(Forward::Bypass)));
}

#[cached(ttl = 60, key_prefix = "afar", batch = ids)]
async fn afar(ids: &[u64]) -> BTreeMap<u64, u64> {
    ids.iter().map(|id| (*id, id * 2)).collect()
}

#[tokio::test]
async fn items_that_the_shared_tier_has_are_hits_and_those_that_go_there_alone_are_stored() {
    let tier = MemoryTier::new();
    let (one, other) = (|| tier.clone(), || tier.clone());
    let behind = Scope::with(|cache| cache.shared(one()));
    in_time(behind.run(afar(&[1]))).await;
    let beside = Scope::with(|cache| cache.shared(other()));
    let (_, calls) = in_time(beside.run(observe(afar(&[1, 2])))).await;
    assert_eq!(told(&calls), ["afar afar:1: hit, ttl 60 s, shared", "afar afar:2: miss, stored, ttl 60 s"]);
    let alone = Scope::with(|cache| cache.shared(MemoryTier::new()).__memory(false));
    let (_, calls) = in_time(alone.run(observe(afar(&[3])))).await;
    assert_eq!(told(&calls), ["afar afar:3: miss, stored, ttl 60 s"]);
}
