//! The bodies that batches can have: that need themselves or each other, panic, block, are methods or generic.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{CacheKey, Source, cached};
use cache_tests::{Probe, in_time, in_time_blocking, scope, until, until_blocking};

type Map = HashMap<u64, u64>;

fn squares(ids: &[u64]) -> Map {
    ids.iter().map(|id| (*id, id * id)).collect()
}

fn sorted(keys: Vec<String>) -> Vec<String> {
    keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

#[cached(ttl = "5m", key_prefix = "nested", skip(probe))]
async fn nested_one(probe: &Probe, id: u64) -> u64 {
    let _running = probe.enter();
    id
}

/// Calls itself, and the function of one, for what it is loading.
#[cached(ttl = "5m", key_prefix = "nested", batch = ids, skip(probe, depth))]
async fn nested(probe: &Probe, depth: u32, ids: &[u64]) -> Map {
    let _running = probe.enter();
    if depth > 0 {
        return Box::pin(nested(probe, depth - 1, ids)).await;
    }
    let last = ids.last().copied().unwrap_or_default();
    let one = nested_one(probe, last).await;
    ids.iter().map(|id| (*id, if *id == last { one } else { *id })).collect()
}

#[tokio::test]
async fn a_batch_that_needs_itself_runs_beside_itself() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        assert_eq!(nested(&probe, 2, &[1, 2, 3]).await, HashMap::from([(1, 1), (2, 2), (3, 3)]));
        assert_eq!(probe.runs(), 4);
    }))
    .await;
}

/// Needs another item while it loads its own.
#[cached(ttl = "5m", batch = ids, skip(probe, other))]
async fn circling(probe: &Probe, other: Option<u64>, ids: &[u64]) -> Map {
    let _running = probe.enter();
    probe.gate.passed().await;
    if let Some(other) = other {
        Box::pin(circling(probe, None, &[other])).await;
    }
    squares(ids)
}

#[tokio::test]
async fn batches_in_a_circle_come_to_an_end() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let (one, other, ()) =
            tokio::join!(circling(&probe, Some(4), &[1, 2]), circling(&probe, Some(2), &[3, 4]), async {
                until(|| probe.running() == 2).await;
                probe.gate.open();
            });
        assert_eq!((one, other), (squares(&[1, 2]), squares(&[3, 4])));
        assert_eq!(probe.runs(), 3, "one of the two runs its own");
    }))
    .await;
}

#[cached(ttl = "5m", batch = ids, skip(probe))]
async fn panicking(probe: &Probe, ids: &[u64]) -> Map {
    let run = probe.enter().run;
    probe.gate.passed().await;
    assert!(run > 1, "the first one panics");
    squares(ids)
}

#[tokio::test]
async fn a_body_that_panics_leaves_its_items_to_those_who_wait() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    in_time(scope.run(async {
        let first = tokio::spawn(scope.run({
            let probe = probe.clone();
            async move { panicking(&probe, &[1, 2]).await }
        }));
        until(|| probe.runs() == 1).await;
        let (second, ()) = tokio::join!(panicking(&probe, &[2, 1]), async {
            until(|| scope.cache().stats().misses == 4).await;
            probe.gate.open();
        });
        assert!(first.await.unwrap_err().is_panic());
        assert_eq!((second, probe.runs()), (squares(&[1, 2]), 2));
    }))
    .await;
}

/// A batch that is woken and not polled is given up like any other load: every item of it.
#[tokio::test]
async fn a_batch_that_nobody_polls_is_given_up() {
    let scope = scope();
    let table = Arc::new(Probe::default());
    in_time(scope.run(async {
        let mut leader = Box::pin(panicking(&table, &[7, 8]));
        // Its body begins once the shared tier has answered.
        while table.runs() == 0 {
            let pending =
                std::future::poll_fn(|context| std::task::Poll::Ready(leader.as_mut().poll(context).is_pending()));
            assert!(pending.await);
            tokio::task::yield_now().await;
        }
        table.gate.open();
        let (answer, ()) = tokio::join!(panicking(&table, &[8, 7]), async {
            until(|| scope.cache().stats().misses == 4).await;
            scope.clock().advance(Duration::from_secs(1));
            scope.clock().advance(Duration::from_secs(1));
        });
        assert_eq!((answer, table.runs()), (squares(&[7, 8]), 2));
        drop(leader);
    }))
    .await;
}

#[cached(ttl = "5m", key_prefix = "blocking", batch = ids, skip(probe))]
fn blocking(probe: &Probe, ids: &[u64]) -> Result<Map, String> {
    let _running = probe.enter();
    probe.gate.passed_blocking();
    Ok(squares(ids))
}

#[test]
fn sync_batches_that_cross_load_each_item_once() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let threads = [[1, 2, 3], [3, 2, 4]].map(|ids| {
        let (scope, probe) = (scope.clone(), probe.clone());
        std::thread::spawn(move || {
            let _entered = scope.enter();
            (blocking(&probe, &ids).unwrap(), blocking::outcomes(&probe, &ids).unwrap().hit_rate())
        })
    });
    let answers = in_time_blocking({
        let (cache, probe) = (scope.cache().clone(), probe.clone());
        move || {
            until_blocking(|| cache.stats().misses == 6);
            probe.gate.open();
            threads.map(|thread| thread.join().unwrap())
        }
    });
    assert_eq!(answers, [(squares(&[1, 2, 3]), 1.0), (squares(&[2, 3, 4]), 1.0)]);
    assert_eq!(scope.cache().stats().loads, 4);
}

struct Repository {
    tenant: u64,
}

#[cached]
impl Repository {
    #[cached(ttl = "5m", key_prefix = "kept", key(self.tenant, ids), batch = ids)]
    async fn kept(&self, ids: &[u64]) -> Map {
        ids.iter().map(|id| (*id, id * self.tenant)).collect()
    }

    #[cached(ttl = "5m", key_prefix = "counted", batch = ids, skip(self, counter))]
    async fn counted(&self, counter: &mut usize, ids: &[u64]) -> Map {
        *counter += 1;
        squares(ids)
    }
}

#[tokio::test]
async fn methods_have_batches_and_arguments_may_be_borrowed_mutably() {
    let scope = scope();
    in_time(scope.run(async {
        let (repository, mut counter) = (Repository { tenant: 3 }, 0);
        assert_eq!(repository.kept(&[1, 2]).await, HashMap::from([(1, 3), (2, 6)]));
        assert_eq!(Repository::kept_cache().peek(&repository, 2).await, Some(Some(6)));
        assert_eq!(repository.kept_outcomes(&[1, 5]).await.count(Source::Hit), 1);
        assert_eq!(repository.kept_refresh(&[1]).await.len(), 1);
        assert_eq!(Repository::kept_cache().stats().refreshes, 1);
        for _ in 0..2 {
            repository.counted(&mut counter, &[1, 2]).await;
        }
        assert_eq!(counter, 1);
    }))
    .await;
}

#[cached(ttl = "5m", batch = ids)]
async fn named<K: CacheKey + Clone + Eq + Hash + Send + Sync + ToString>(ids: &[K]) -> HashMap<K, String> {
    ids.iter().map(|id| (id.clone(), id.to_string())).collect()
}

#[tokio::test]
async fn generic_batches_have_entries_per_type() {
    let scope = scope();
    in_time(scope.run(async {
        assert_eq!(named(&[1_u8]).await[&1], "1");
        assert_eq!(named(&["1".to_owned()]).await["1"], "1");
        assert_eq!(sorted(scope.cache().keys()), ["named:alloc%3A%3Astring%3A%3AString:1", "named:u8:1"]);
    }))
    .await;
}
