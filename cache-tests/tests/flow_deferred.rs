//! `Cache::deferred()`: invalidations that wait for a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, MemoryTier};
use cache_core::{Cache, Change, Removed, Shared, Ttl, cached, invalidates, updates};
use cache_tests::{Events, Gate, Probe, in_memory, in_time, in_time_blocking, scope, until};
use futures_util::future::poll_immediate;

/// A table of one row, with what is committed.
#[derive(Default)]
struct Table(AtomicU64);

#[cached(ttl = "5m", key_prefix = "row", skip(table))]
async fn row(table: &Table, id: u64) -> u64 {
    let _ = id;
    table.0.load(SeqCst)
}

#[cached(ttl = "5m", key_prefix = "page")]
async fn page(id: u64, number: u32) -> u64 {
    id + u64::from(number)
}

#[cached(ttl = "5m", key_prefix = "sync_row")]
fn sync_row(id: u64) -> u64 {
    id
}

struct Repo;

impl Repo {
    #[cached(ttl = "5m", key_prefix = "repo", skip(self))]
    async fn one(&self, id: u64) -> u64 {
        id
    }
}

#[invalidates(row(id), page(id, ..), Repo::one(id))]
async fn write(id: u64, fails: bool) -> Result<(), String> {
    tokio::task::yield_now().await;
    let _ = id;
    if fails { Err("refused".to_owned()) } else { Ok(()) }
}

#[invalidates(sync_row(id))]
fn sync_write(id: u64) {
    let _ = id;
}

#[updates(page(id, 1))]
async fn update(id: u64) -> u64 {
    id * 100
}

async fn fill(table: &Table) {
    row(table, 7).await;
    page(7, 1).await;
    page(7, 2).await;
    Repo.one(7).await;
}

async fn there() -> [bool; 4] {
    [
        row::peek(7).await.is_some(),
        page::peek(7, 1).await.is_some(),
        page::peek(7, 2).await.is_some(),
        Repo::one_cache().peek(7).await.is_some(),
    ]
}

fn entries(removed: Removed, expected: usize) {
    if in_memory() {
        assert_eq!(removed.entries, expected);
    }
}

#[tokio::test]
async fn what_a_write_invalidates_goes_with_the_flush_and_not_before() {
    let (scope, table) = (scope(), Table::default());
    in_time(scope.run(async {
        fill(&table).await;
        let deferred = scope.cache().deferred();
        assert_eq!(deferred.run(write(7, false)).await, Ok(()));
        assert_eq!((deferred.len(), there().await), (3, [true; 4]));
        entries(deferred.flush().await, 4);
        assert_eq!(there().await, [false; 4]);
    }))
    .await;
}

#[tokio::test]
async fn after_a_rollback_nothing_goes() {
    let (scope, table) = (scope(), Table::default());
    let events = Events::default();
    in_time(scope.run(async {
        fill(&table).await;
        let deferred = scope.cache().deferred();
        assert_eq!(deferred.run(write(7, false)).await, Ok(()));
        deferred.clear();
        events.record(|| deferred.discard());
        assert_eq!(there().await, [true; 4]);
        assert!(events.matching("deferred").is_empty());
    }))
    .await;
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_and_one_that_is_dropped_is_collected() {
    let (scope, table) = (scope(), Table::default());
    in_time(scope.run(async {
        fill(&table).await;
        let deferred = scope.cache().deferred();
        assert!(deferred.run(write(7, true)).await.is_err());
        assert!(deferred.is_empty());
        {
            let mut half = Box::pin(deferred.run(write(7, false)));
            assert!(poll_immediate(half.as_mut()).await.is_none());
        }
        assert_eq!((deferred.len(), there().await), (3, [true; 4]));
        deferred.flush().await;
        assert_eq!(there().await, [false; 4]);
    }))
    .await;
}

#[tokio::test]
async fn forgotten_it_fires_nothing_and_says_so() {
    let scope = scope();
    let cache = scope.cache();
    let events = Events::default();
    cache.set("name", 1, Ttl::Default).await;
    events.record(|| drop(cache.deferred()));
    assert!(events.matching("deferred").is_empty(), "there was nothing in it");
    let deferred = cache.deferred();
    deferred.invalidate("name");
    events.record(|| drop(deferred));
    assert_eq!(events.matching("deferred invalidations were dropped").len(), 1);
    assert_eq!(cache.get("name").await, Some(1));
}

#[tokio::test]
async fn by_hand_it_takes_names_prefixes_and_patterns_once_each() {
    let scope = scope();
    let cache = scope.cache();
    cache.set_many([("a:1", 1), ("a:2", 2), ("b:1", 3), ("c:1", 4), ("d:1", 5)], Ttl::Default).await;
    let deferred = cache.deferred();
    for _ in 0..2 {
        deferred.invalidate("c:1");
        deferred.invalidate_prefix("a").unwrap();
        deferred.invalidate_pattern("b:?").unwrap();
    }
    assert!(deferred.invalidate_prefix("").is_err());
    assert!(deferred.invalidate_pattern("[").is_err());
    assert_eq!(deferred.len(), 3);
    entries(deferred.flush().await, 4);
    assert_eq!(cache.get_many::<i32>(["a:1", "a:2", "b:1", "c:1", "d:1"]).await, [None, None, None, None, Some(5)]);

    let deferred = cache.deferred();
    deferred.clear();
    deferred.flush().await;
    assert_eq!(cache.get::<i32>("d:1").await, None);
}

#[tokio::test]
async fn inside_of_run_every_invalidation_is_collected() {
    let (scope, table) = (scope(), Table::default());
    let cache = scope.cache();
    in_time(scope.run(async {
        fill(&table).await;
        cache.set_many([("a:1", 1), ("b:1", 2)], Ttl::Default).await;
        let deferred = cache.deferred();
        let removed = deferred
            .run(async {
                let mut removed = vec![row::invalidate(7).await, page::invalidate_all().await];
                removed.push(Repo::one_cache().invalidate(7).await);
                removed.push(cache.invalidate("a:1").await);
                removed.push(cache.invalidate_prefix("b").await.unwrap());
                removed.push(cache.invalidate_pattern("?:1").await.unwrap());
                removed.push(cache.local().invalidate("a:1"));
                removed
            })
            .await;
        assert_eq!(removed, [Removed::default(); 7]);
        assert_eq!((deferred.len(), there().await), (6, [true; 4]));
        assert_eq!(cache.get_many::<i32>(["a:1", "b:1"]).await, [Some(1), Some(2)]);
        deferred.flush().await;
        assert_eq!(there().await, [false; 4]);
        assert_eq!(cache.get_many::<i32>(["a:1", "b:1"]).await, [None, None]);
    }))
    .await;
}

#[tokio::test]
async fn what_is_stored_or_deleted_is_so_at_once() {
    let scope = scope();
    let cache = scope.cache();
    let deferred = cache.deferred();
    deferred
        .run(async {
            cache.set("a", 1, Ttl::Default).await;
            cache.set("b", 1, Ttl::Default).await;
            assert!(cache.delete("a").await);
            assert_eq!(cache.get_many::<i32>(["a", "b"]).await, [None, Some(1)]);
        })
        .await;
    assert!(deferred.is_empty());
}

#[tokio::test]
async fn a_companions_future_that_is_made_outside_of_run_is_collected_where_it_is_polled() {
    let scope = scope();
    in_time(scope.run(async {
        page(7, 1).await;
        let deferred = scope.cache().deferred();
        assert_eq!(deferred.run(page::invalidate(7, 1)).await, Removed::default());
        assert_eq!((deferred.len(), page::peek(7, 1).await), (1, Some(8)));
        deferred.flush().await;
        assert_eq!(page::peek(7, 1).await, None);
    }))
    .await;
}

#[tokio::test]
async fn an_update_is_not_seen_before_the_commit_and_an_invalidation_then() {
    let scope = scope();
    in_time(scope.run(async {
        page(7, 1).await;
        let deferred = scope.cache().deferred();
        assert_eq!(deferred.run(update(7)).await, 700);
        assert_eq!(page::peek(7, 1).await, Some(8), "not what may be rolled back");
        deferred.flush().await;
        assert_eq!(page::peek(7, 1).await, None);
        assert_eq!(update(7).await, 700);
        assert_eq!(page::peek(7, 1).await, Some(700), "outside of it, an update stores");
    }))
    .await;
}

#[tokio::test]
async fn a_load_that_began_before_the_flush_is_not_stored() {
    #[cached(ttl = "5m", key_prefix = "slow", skip(probe))]
    async fn slow(probe: &Probe, id: u64) -> usize {
        let _ = id;
        let running = probe.enter();
        if running.run == 1 {
            probe.gate.passed().await;
        }
        running.run
    }
    #[invalidates(slow(id))]
    async fn touch(id: u64) {
        let _ = id;
    }
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let deferred = scope.cache().deferred();
        deferred.run(touch(7)).await;
        let (before, ()) = tokio::join!(slow(&probe, 7), async {
            until(|| probe.running() == 1).await;
            drop(deferred.flush());
            assert_eq!(slow(&probe, 7).await, 2, "memory is done before the future is polled");
            probe.gate.open();
        });
        assert_eq!(before, 1);
        assert_ne!(slow(&probe, 7).await, 1);
    }))
    .await;
}

#[tokio::test]
async fn a_flush_inside_of_another_waits_for_that_ones() {
    let scope = scope();
    let cache = scope.cache();
    cache.set_many([("a", 1), ("b", 2), ("c", 3)], Ttl::Default).await;
    let outer = cache.deferred();
    outer
        .run(async {
            let savepoint = cache.deferred();
            savepoint.run(cache.invalidate("a")).await;
            assert_eq!(savepoint.flush().await, Removed::default());
            let rolled_back = cache.deferred();
            rolled_back.run(cache.invalidate("b")).await;
            rolled_back.discard();
        })
        .await;
    assert_eq!((outer.len(), cache.get::<i32>("a").await), (1, Some(1)));
    outer.flush().await;
    assert_eq!(cache.get_many::<i32>(["a", "b", "c"]).await, [None, Some(2), Some(3)]);
}

#[tokio::test]
async fn a_write_that_outlives_the_collection_invalidates_by_itself() {
    #[invalidates(row(id))]
    async fn held(gate: &Gate, id: u64) {
        let _ = id;
        gate.passed().await;
    }
    let (scope, table, gate) = (scope(), Table::default(), Gate::default());
    for rolled_back in [false, true] {
        gate.shut();
        in_time(scope.run(async {
            row(&table, 7).await;
            let deferred = scope.cache().deferred();
            let mut late = Box::pin(deferred.run(held(&gate, 7)));
            assert!(poll_immediate(late.as_mut()).await.is_none());
            if rolled_back {
                deferred.discard();
            } else {
                assert_eq!(deferred.flush().await, Removed::default());
            }
            gate.open();
            late.await;
            assert_eq!(row::peek(7).await, None);
        }))
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_task_collects_its_own() {
    let scope = scope();
    let tasks = (0..16_u64).map(|id| {
        let cache = scope.cache().clone();
        tokio::spawn(scope.run(async move {
            for round in 0..50 {
                page(id, 1).await;
                let deferred = cache.deferred();
                deferred.run(write(id, false)).await.unwrap();
                assert_eq!(page::peek(id, 1).await, Some(id + 1), "its own is not made yet");
                // Every other task neither collects for others nor is collected by them.
                if round % 2 == 0 {
                    deferred.flush().await;
                } else {
                    deferred.discard();
                    write(id, false).await.unwrap();
                }
                assert_eq!(page::peek(id, 1).await, None);
            }
        }))
    });
    for task in tasks.collect::<Vec<_>>() {
        in_time(task).await.unwrap();
    }
}

#[test]
fn sync_code_collects_on_its_thread() {
    in_time_blocking(|| {
        let scope = Arc::new(scope());
        let _entered = scope.enter();
        sync_row(7);
        let deferred = scope.cache().deferred();
        deferred.run_blocking(|| {
            sync_write(7);
            assert_eq!(sync_row::invalidate(7), Removed::default());
            let elsewhere = scope.clone();
            std::thread::spawn(move || {
                let _entered = elsewhere.enter();
                sync_row(8);
                sync_write(8);
                assert_eq!(sync_row::peek(8), None, "another thread does not belong to it");
            })
            .join()
            .unwrap();
        });
        assert_eq!((deferred.len(), sync_row::peek(7)), (1, Some(7)));
        assert_eq!(deferred.flush_blocking().entries, 1);
        sync_row(7);
        sync_write(7);
        assert_eq!(sync_row::peek(7), None, "after it nothing is collected");
    });
}

#[tokio::test]
async fn a_flush_reaches_the_shared_tier_and_says_where_it_stands() {
    let tier = FaultyTier::new(MemoryTier::new());
    // On the machine's clock: a change waits for a tier that fails as long as an operation may take.
    let cache = Cache::builder().shared(tier.clone()).shared_timeout(Duration::from_millis(100)).build().unwrap();
    cache.set_many([("a", 1), ("b", 2)], Ttl::Default).await;
    let deferred = cache.deferred();
    deferred.invalidate("a");
    deferred.invalidate("b");
    assert!(!tier.applied().iter().any(|change| matches!(change, Change::Remove(_))), "{:?}", tier.applied());
    let removed = in_time(deferred.flush()).await;
    assert_eq!((removed.entries, removed.shared), (2, Shared::Applied));

    tier.fail(Fault::Error);
    let deferred = cache.deferred();
    deferred.invalidate("a");
    let flushed = in_time(deferred.flush()).await;
    assert_eq!(flushed.shared, Shared::Queued);
    assert_eq!(Cache::builder().build().unwrap().deferred().flush().await, Removed::default());
}
