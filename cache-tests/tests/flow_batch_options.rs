//! What options mean for a batch: each is about one item.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{Source, cached, get_cache};
use cache_tests::{Probe, in_memory, in_time, scope, until};

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
        if in_memory() {
            assert_eq!(sorted(get_cache().keys()), ["sized:a:1", "sized:a:2", "sized:a:5"], "`when` and `cache_if`");
            let left = |id| get_cache().entry(sized::key("a", id)).unwrap().remaining.unwrap().as_secs_f64().round();
            assert_eq!((left(1), left(2)), (61.0, 62.0));
            assert!(sized::stats().bytes >= 3_000);
        }
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
