//! What options mean for a batch: each is about one item. And the bodies that batches can have.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{CacheKey, Source, cached, get_cache};
use cache_tests::{Probe, in_memory, in_time, in_time_blocking, scope, until, until_blocking};

type Map = HashMap<u64, u64>;

fn squares(ids: &[u64]) -> Map {
    ids.iter().map(|id| (*id, id * id)).collect()
}

fn sorted(keys: Vec<String>) -> Vec<String> {
    keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The list's name is one item in every option.
#[cached(
    ttl = Duration::from_secs(60 + *ids),
    key = "sized:{tenant}:{ids}",
    cache_if = |value| *value != 9,
    validate = |value| *value >= *least,
    when = *ids != 4,
    refresh_when = *ids == 5,
    tags = ["square:{ids}", "squares"],
    weight = |_| 1_000,
    jitter = 0.000_001,
    batch = ids,
    skip(least, probe)
)]
async fn sized(probe: &Probe, tenant: &str, least: &u64, ids: &[u64]) -> Map {
    let _ = (probe.enter(), tenant);
    squares(ids)
}

#[tokio::test]
async fn each_option_is_about_one_item() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let ids = [1, 2, 3, 4, 5];
        assert_eq!(sized(&probe, "a", &0, &ids).await, squares(&ids));
        assert_eq!(sorted(get_cache().keys()), ["sized:a:1", "sized:a:2", "sized:a:5"], "`when` and `cache_if`");
        let left = |id| get_cache().entry(sized::key("a", id)).unwrap().remaining.unwrap().as_secs_f64().round();
        assert_eq!((left(1), left(2)), (61.0, 62.0));
        assert!(sized::stats().bytes >= 3_000);
        assert_eq!(sized(&probe, "a", &0, &[1, 2]).await.len(), 2);
        assert_eq!(probe.runs(), 1);
        sized(&probe, "a", &0, &[5, 1]).await;
        assert_eq!((probe.runs(), sized::stats().refreshes), (2, 2));
        sized(&probe, "a", &2, &[1, 2]).await;
        assert_eq!((probe.runs(), sized::stats().rejected), (3, 1), "1 is less than 2");
        get_cache().invalidate_tag("square:2").await;
        assert_eq!(sized::peek("a", 2).await, None);
        assert_eq!(sized::peek("a", 5).await, Some(Some(25)));
        get_cache().invalidate_tag("squares").await;
        assert_eq!(get_cache().keys(), Vec::<String>::new());
    }))
    .await;
}

#[cached(ttl_with = |value| Duration::from_secs(*value), tags_with = |value| [format!("of {value}")], batch = ids)]
async fn lasting(ids: Vec<u64>) -> Map {
    squares(&ids)
}

#[tokio::test]
async fn a_value_says_its_own_time_and_its_own_tags() {
    let scope = scope();
    in_time(scope.run(async {
        lasting(vec![2, 10]).await;
        scope.clock().advance(Duration::from_secs(5));
        assert_eq!((lasting::peek(2).await, lasting::peek(10).await), (None, Some(Some(100))));
        get_cache().invalidate_tag("of 100").await;
        assert_eq!(lasting::peek(10).await, None);
    }))
    .await;
}

#[cached(ttl = "1m", stale_if_error = "1h", batch = ids, skip(broken))]
async fn bridged(broken: bool, ids: &[u64]) -> Result<Map, &'static str> {
    if broken { Err("broken") } else { Ok(squares(ids)) }
}

#[tokio::test]
async fn items_past_their_time_bridge_an_error_if_all_can() {
    let scope = scope();
    in_time(scope.run(async {
        bridged(false, &[1, 2]).await.unwrap();
        scope.clock().advance(Duration::from_secs(120));
        let outcomes = bridged::outcomes(true, &[1, 2]).await.unwrap();
        if in_memory() {
            assert_eq!(outcomes.count(Source::Stale), 2);
        }
        assert_eq!(bridged(true, &[1, 2, 3]).await, Err("broken"), "3 was never loaded");
    }))
    .await;
}

#[cached(ttl = "5m", adaptive_ttl = "30s..1h", batch = ids)]
async fn adapted(ids: &HashSet<u64>) -> Map {
    ids.iter().map(|id| (*id, id * id)).collect()
}

#[tokio::test]
async fn lists_of_other_kinds_and_ttls_that_adapt() {
    let scope = scope();
    in_time(scope.run(async {
        assert_eq!(adapted(&HashSet::from([1, 2])).await.len(), 2);
        adapted(&HashSet::from([2])).await;
        scope.clock().advance(Duration::from_secs(301));
        adapted(&HashSet::from([2])).await;
        if in_memory() {
            let left = get_cache().entry(adapted::key(2)).unwrap().remaining.unwrap();
            assert!(left > Duration::from_secs(590), "unchanged and read, it lives longer: {left:?}");
        }
    }))
    .await;
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
        let polled = std::future::poll_fn(|context| std::task::Poll::Ready(leader.as_mut().poll(context).is_pending()));
        assert!(polled.await);
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

#[cached(ttl = "5m", key_prefix = "remote", batch = ids, skip(bodies))]
async fn remote(bodies: &AtomicUsize, ids: &[u64]) -> Result<Map, String> {
    bodies.fetch_add(1, SeqCst);
    Ok(squares(ids))
}

#[tokio::test]
async fn the_shared_tier_is_read_at_once_and_told_of_each_item() {
    let (tier, bodies) = (MemoryTier::new(), AtomicUsize::new(0));
    let processes = [(), ()].map(|()| Scope::with(|builder| builder.shared(tier.clone())));
    in_time(async {
        processes[0].run(remote(&bodies, &[1, 2, 3])).await.unwrap();
        let stats = processes[0].cache().shared_stats().unwrap();
        assert_eq!((stats.puts, stats.misses), (3, 3));
        let outcomes = processes[1].run(remote::outcomes(&bodies, &[1, 2, 4])).await.unwrap();
        assert_eq!((outcomes.count(Source::Hit), outcomes.count(Source::Loaded), bodies.load(SeqCst)), (2, 1, 2));
        let stats = processes[1].run(async { remote::stats() }).await;
        assert_eq!((stats.shared_hits, stats.misses, stats.loads), (2, 1, 1));
        processes[1].run(remote::refresh(&bodies, &[1, 2])).await.unwrap();
        processes[1].run(async { remote::put(9, 1).await }).await;
        assert_eq!(processes[0].run(remote(&bodies, &[9])).await.unwrap()[&9], 1);
        assert_eq!(bodies.load(SeqCst), 3);
    })
    .await;
}

#[cached(ttl = "never", batch = ids, single_flight = false, cache = cache, skip(cache, probe))]
async fn each(cache: &cache_core::Cache, probe: &Probe, ids: &[u64]) -> Map {
    let _running = probe.enter();
    probe.gate.passed().await;
    squares(ids)
}

#[tokio::test]
async fn without_single_flight_every_batch_runs_its_body() {
    let (cache, probe) = (cache_core::Cache::builder().build().unwrap(), Probe::default());
    in_time(async {
        let (one, other, ()) = tokio::join!(each(&cache, &probe, &[1, 2]), each(&cache, &probe, &[2, 1]), async {
            until(|| probe.running() == 2).await;
            probe.gate.open();
        });
        assert_eq!(one, other);
        assert_eq!(each::outcomes(&cache, &probe, &[1, 2]).await.count(Source::Hit), 2);
        assert_eq!(each::peek(&cache, 1).await, Some(Some(1)));
    })
    .await;
}
