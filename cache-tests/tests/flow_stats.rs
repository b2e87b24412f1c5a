//! The counts add up.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, MemoryTier, Scope};
use cache_core::{Cache, Stats, Ttl, cached};
use cache_tests::{Probe, in_memory, in_time, scope, scope_with, until};
use futures_util::future::join_all;

#[cached(ttl = "1m", key_prefix = "doubled", skip(probe))]
async fn doubled(probe: &Probe, id: u64) -> Result<u64, String> {
    let _running = probe.enter();
    probe.gate.passed().await;
    if id == 0 { Err("zero".to_owned()) } else { Ok(2 * id) }
}

fn assert_adds_up(stats: &Stats) {
    assert_eq!(stats.requests, stats.hits + stats.misses);
    assert_eq!(stats.entries, stats.active_entries + stats.expired_entries);
    assert!(stats.load_errors <= stats.loads);
}

#[tokio::test]
async fn every_request_is_a_hit_or_a_miss_and_every_miss_a_load_or_shared() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let first = join_all((0..30).map(|call| doubled(&probe, call % 3)));
        let (_, ()) = tokio::join!(first, async {
            until(|| doubled::stats().misses == 30).await;
            probe.gate.open();
        });
        for call in 0..12 {
            let _ = doubled(&probe, call % 3).await;
        }
        let stats = doubled::stats();
        assert_adds_up(&stats);
        assert_eq!((stats.requests, stats.hits, stats.misses), (42, 8, 34));
        assert_eq!((stats.loads, stats.load_errors, stats.coalesced), (7, 5, 27));
        assert_eq!(stats.misses, stats.loads + stats.coalesced);
        assert!((stats.hit_rate - 8.0 / 42.0).abs() < 1e-9);
    }))
    .await;
}

/// A waiter that asks again and finds the value was answered by another's load like the rest.
#[tokio::test]
async fn a_miss_whose_leader_went_away_is_counted_once() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let call = || {
        let probe = probe.clone();
        tokio::spawn(scope.run(async move { doubled(&probe, 1).await }))
    };
    in_time(async {
        let leader = call();
        until(|| probe.running() == 1).await;
        let waiters: Vec<_> = (0..10).map(|_| call()).collect();
        until(|| scope.cache().stats().misses == 11).await;
        probe.gate.open();
        leader.abort();
        assert!(leader.await.unwrap_err().is_cancelled());
        for waiter in waiters {
            assert_eq!(waiter.await.unwrap(), Ok(2));
        }
    })
    .await;
    let stats = scope.cache().stats();
    assert_eq!((stats.requests, stats.misses, stats.hits), (11, 11, 0));
    assert_eq!((stats.loads, stats.coalesced), (1, 9));
}

#[tokio::test]
async fn every_stored_entry_lives_or_is_counted_out() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope_with(|cache| cache.max_entries(50)), Probe::default());
    probe.gate.open();
    in_time(scope.run(async {
        for id in 1..=500 {
            doubled(&probe, id).await.unwrap();
            match id % 50 {
                10 => drop(doubled::invalidate(id).await),
                20 => assert!(scope.cache().delete(doubled::key(id)).await),
                30 => scope.clock().advance(Duration::from_secs(7)),
                _ => {}
            }
        }
        let stats = doubled::stats();
        assert_adds_up(&stats);
        assert_eq!(stats.loads, 500);
        assert_eq!(stats.entries as u64 + stats.evictions + stats.expirations + stats.invalidations, 500);
        assert_eq!(stats.invalidations, 20);
        assert_eq!(scope.cache().stats().deletes, 10);
        scope.cache().clear().await;
        let stats = doubled::stats();
        assert_eq!((stats.entries, stats.bytes), (0, 0));
        assert_eq!(stats.evictions + stats.expirations + stats.invalidations, 500);
    }))
    .await;
}

#[tokio::test]
async fn sets_and_refreshes_are_no_requests() {
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    in_time(scope.run(async {
        doubled::put(1, 7_u64).await;
        assert_eq!(doubled::refresh(&probe, 1).await, Ok(2));
        assert_eq!(doubled::peek(1).await, Some(Ok(2)));
        let stats = doubled::stats();
        assert_eq!((stats.sets, stats.refreshes, stats.requests, stats.loads), (1, 1, 0, 1));
    }))
    .await;
}

#[tokio::test]
async fn the_functions_sum_up_to_the_cache() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    let cache = scope.cache();
    in_time(scope.run(async {
        for id in 0..10 {
            let _ = doubled(&probe, id).await;
            let _ = doubled(&probe, id).await;
            cache.get_or_set("manual", Duration::from_secs(60), async || id).await;
        }
        let parts = cache.stats_by_function();
        let names: Vec<_> = parts.iter().map(|part| part.function).collect();
        assert_eq!(names, ["doubled", "(manual)"]);
        let whole = cache.stats();
        let sum = |count: fn(&Stats) -> u64| parts.iter().map(|part| count(&part.stats)).sum::<u64>();
        assert_eq!(whole.hits, sum(|stats| stats.hits));
        assert_eq!(whole.misses, sum(|stats| stats.misses));
        assert_eq!(whole.loads, sum(|stats| stats.loads));
        assert_eq!(whole.entries as u64, sum(|stats| stats.entries as u64));
        assert_eq!(whole.bytes as u64, sum(|stats| stats.bytes as u64));
        assert_eq!((whole.requests, whole.hits, whole.entries), (30, 18, 10));
    }))
    .await;
}

#[test]
fn load_times_and_time_saved_are_those_of_the_clock() {
    let scope = scope();
    let local = scope.cache().local();
    let minute = Duration::from_secs(60);
    for id in 0..100 {
        local.get_or_set(format!("slow:{id}"), minute, || {
            scope.clock().advance(Duration::from_millis(if id < 95 { 10 } else { 100 }));
            id
        });
    }
    for _ in 0..4 {
        let _ = local.get::<i32>("slow:99");
    }
    let stats = scope.cache().stats();
    let near = |span: Duration, millis: f64| (span.as_secs_f64() * 1_000.0 / millis - 1.0).abs() < 0.02;
    assert!(near(stats.load_p50, 10.0), "{:?}", stats.load_p50);
    assert!(near(stats.load_p99, 100.0), "{:?}", stats.load_p99);
    assert!(near(stats.time_saved, 4.0 * 14.5), "{:?}", stats.time_saved);
}

#[test]
fn statistics_serialise_with_their_spans_in_seconds() {
    let scope = scope();
    scope.cache().local().get_or_set("name", Duration::from_secs(60), || {
        scope.clock().advance(Duration::from_secs(2));
        1
    });
    let json = serde_json::to_value(scope.cache().stats_by_function()).unwrap();
    assert_eq!(json[0]["function"], "(manual)");
    assert_eq!(json[0]["misses"], 1);
    assert!((json[0]["load_p50"].as_f64().unwrap() - 2.0).abs() < 0.05);
}

#[tokio::test]
async fn what_the_shared_tier_answers_is_a_hit_of_the_cache_and_a_miss_of_memory() {
    let tier = MemoryTier::new();
    let [first, second] = [(); 2].map(|()| Cache::builder().shared(tier.clone()).build().unwrap());
    in_time(async {
        first.set("a", 1_u8, Ttl::Default).await;
        assert_eq!(second.get::<u8>("a").await, Some(1));
        assert_eq!(second.get_or_set("a", Ttl::Default, async || 2_u8).await, 1);
        assert_eq!(second.get::<u8>("b").await, None);
    })
    .await;
    let stats = second.stats();
    assert_eq!((stats.hits, stats.shared_hits, stats.misses), (2, 1, 1));
    let memory = second.local().stats();
    assert_eq!((memory.hits, memory.shared_hits, memory.misses, memory.requests), (1, 0, 2, 3));
    assert!((memory.hit_rate - 1.0 / 3.0).abs() < 1e-9);
    let shared = second.shared_stats().unwrap();
    assert_eq!((shared.hits, shared.misses, shared.requests()), (1, 1, 2));
    assert!((shared.hit_rate() - 0.5).abs() < 1e-9);
}

#[tokio::test]
async fn a_load_that_had_to_do_without_the_shared_tier_is_an_error_of_its_function() {
    let tier = FaultyTier::new(MemoryTier::new());
    let (scope, probe) = (Scope::with(|builder| builder.shared(tier.clone())), Probe::default());
    probe.gate.open();
    in_time(scope.run(async {
        assert_eq!(doubled(&probe, 1).await, Ok(2));
        assert_eq!(doubled::stats().errors, 0);
        tier.fail(Fault::Error);
        assert_eq!(doubled(&probe, 2).await, Ok(4));
        assert_eq!(doubled::stats().errors, 1);
        assert_eq!(scope.cache().get::<u64>("doubled:3").await, None);
    }))
    .await;
    assert_eq!(scope.cache().stats().errors, 2);
}

#[tokio::test]
async fn a_tiers_operations_are_timed_by_the_clock() {
    let tier = FaultyTier::new(MemoryTier::new());
    let scope = Scope::with(|builder| builder.shared(tier.clone()));
    tier.fail(Fault::Hang);
    in_time(async {
        tokio::join!(scope.cache().contains("a"), async { scope.clock().advance(Duration::from_secs(1)) })
    })
    .await;
    let stats = scope.cache().shared_stats().unwrap();
    let near = |span: Duration| (span.as_secs_f64() - 1.0).abs() < 0.02;
    assert!(near(stats.operation_p50) && near(stats.operation_p99), "{stats:?}");
}

#[tokio::test]
async fn a_refresh_that_fails_is_counted_as_one() {
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    in_time(scope.run(async {
        assert_eq!(doubled::refresh(&probe, 0).await, Err("zero".to_owned()));
        assert_eq!(doubled(&probe, 0).await, Err("zero".to_owned()));
        let stats = doubled::stats();
        assert_eq!((stats.refreshes, stats.refresh_errors, stats.load_errors), (1, 1, 2));
    }))
    .await;
}

#[test]
fn how_full_a_cache_is_goes_by_the_nearer_bound() {
    let cache = Cache::builder().max_entries(10).max_bytes(1 << 20).build().unwrap();
    assert!(cache.stats().utilization().abs() < 1e-9);
    for id in 0..5_u8 {
        cache.local().set(id.to_string(), id, Ttl::Never);
    }
    assert!((cache.stats().utilization() - 0.5).abs() < 1e-9);
    cache.resize(10, cache.stats().bytes).unwrap();
    assert!((cache.stats().utilization() - 1.0).abs() < 1e-9);
}
