//! What a report on a cache's health says, and what it does not say without evidence.

use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, MemoryTier, Scope};
use cache_core::{Cache, ErrorKind, Finding, Health, HealthThresholds, Topic, Ttl, Weigh, cached};
use cache_tests::in_time_blocking;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Weigh)]
struct Artist {
    name: String,
}

#[cached(ttl = "1m", key_prefix = "artist")]
fn artist(id: u64) -> Artist {
    Artist { name: format!("artist {id}") }
}

#[cached(ttl = "1m", key_prefix = "session")]
fn session(id: u64) -> u64 {
    id
}

#[derive(Clone)]
struct Opaque {
    _bytes: Vec<u8>,
}

#[cached(key_prefix = "opaque")]
fn opaque(id: u8) -> Opaque {
    Opaque { _bytes: vec![id; 100] }
}

#[cached(key_prefix = "weighed", weight = |v| v._bytes.len())]
fn weighed(id: u8) -> Opaque {
    Opaque { _bytes: vec![id; 100] }
}

#[derive(Clone, Copy)]
struct Flat(#[allow(dead_code)] u64);

#[cached(key_prefix = "flat")]
fn flat(id: u64) -> Flat {
    Flat(id)
}

#[cached(key_prefix = "fussy", validate = |v| *v > 1)]
fn fussy(id: u64, answer: u64) -> u64 {
    let _ = id;
    answer
}

fn about(findings: &[Finding], topic: Topic, function: Option<&str>) -> Option<String> {
    findings.iter().find(|one| one.topic == topic && one.function == function).map(|one| one.message.clone())
}

#[track_caller]
fn warned(health: &Health, topic: Topic, function: Option<&str>) -> String {
    about(&health.warnings, topic, function).unwrap_or_else(|| panic!("no warning of {topic:?}: {health}"))
}

#[track_caller]
fn advised(health: &Health, topic: Topic, function: Option<&str>) -> String {
    about(&health.recommendations, topic, function).unwrap_or_else(|| panic!("no advice of {topic:?}: {health}"))
}

fn topics(findings: &[Finding]) -> Vec<Topic> {
    findings.iter().map(|one| one.topic).collect()
}

#[test]
fn a_cache_that_does_its_work_is_healthy_and_says_nothing() {
    let scope = Scope::new();
    let _entered = scope.enter();
    for call in 0..1_000 {
        artist(call % 50);
    }
    let health = scope.cache().health();
    assert!(health.healthy, "{health}");
    assert_eq!((topics(&health.warnings), topics(&health.recommendations)), (vec![], vec![]), "{health}");
    assert_eq!((health.requests, health.entries), (1_000, 50));
    assert!((health.hit_rate - 0.95).abs() < 1e-9);
    assert!((health.hit_rate_with_twice_the_room - 0.95).abs() < 1e-9);
    assert!(health.to_string().starts_with("healthy\n  95.0 % of 1000 calls were hits\n"), "{health}");
}

#[test]
fn figures_draw_warnings_from_their_threshold_and_sample_on() {
    let scope = Scope::new();
    let local = scope.cache().local();
    let load = |id: u32, millis| {
        local.get_or_set(format!("a:{id}"), MINUTE, || {
            scope.clock().advance(Duration::from_millis(millis));
            id
        });
    };
    for id in 0..99 {
        load(id, 300);
    }
    let health = scope.cache().health();
    assert!(health.healthy && health.warnings.is_empty(), "99 calls say nothing: {health}");
    load(99, 300);
    let health = scope.cache().health();
    assert!(!health.healthy);
    assert_eq!(topics(&health.warnings), [Topic::HitRate, Topic::LoadTime]);
    let slow = warned(&health, Topic::LoadTime, None);
    assert!(slow.contains("300.0 ms on average") && slow.ends_with("(the threshold is 200.0 ms)"), "{slow}");

    let mut lenient = HealthThresholds::default();
    (lenient.hit_rate, lenient.load_time) = (0.0, Duration::from_secs(1));
    (lenient.healthy_hit_rate, lenient.healthy_load_time) = (0.1, Duration::from_secs(1));
    assert_eq!(topics(&scope.cache().health_by(&lenient).warnings), []);
    assert!(!scope.cache().health_by(&lenient).healthy, "no hit at all");
    for _ in 0..20 {
        let _ = local.get::<u32>("a:99");
    }
    assert!(scope.cache().health_by(&lenient).healthy);
}

#[test]
fn thresholds_that_are_no_shares_are_refused() {
    for share in [-0.1, 1.1, f64::NAN] {
        let mut thresholds = HealthThresholds::default();
        thresholds.utilization = share;
        let error = Cache::builder().health_thresholds(thresholds).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.to_string().contains("`utilization` is a share from 0 to 1"), "{error}");
    }
}

#[test]
fn a_full_cache_is_warned_about_and_not_ill() {
    let cache = Cache::builder().max_entries(100).build().unwrap();
    for id in 0..90 {
        cache.local().set(id.to_string(), id, Ttl::Never);
    }
    assert_eq!(topics(&cache.health().warnings), []);
    cache.local().set("90", 90, Ttl::Never);
    let health = cache.health();
    let message = warned(&health, Topic::Utilization, None);
    assert!(message.starts_with("the cache is 91.0 % full: 91 of 100 entries"), "{message}");
    assert!(health.healthy);
}

/// A circle of names that does not fit, and fits into twice the room.
#[test]
fn more_room_is_recommended_where_evictions_say_so() {
    let scope = Scope::with(|builder| builder.max_entries(100));
    let _entered = scope.enter();
    for call in 0..6_000 {
        session(call % 170);
    }
    let before = scope.cache().health();
    let stats = session::stats();
    assert!(stats.capacity_misses > 0 && stats.capacity_misses <= stats.misses);
    let message = advised(&before, Topic::MoreRoom, None);
    assert!(message.contains("`max_entries`, 100 now") && message.ends_with("most of them of `session`"), "{message}");

    // The proof: what was estimated comes true.
    scope.cache().resize(200, 256 << 20).unwrap();
    let counted = session::stats();
    for call in 0..6_000 {
        session(call % 170);
    }
    let after = session::stats();
    let rate = (after.hits - counted.hits) as f64 / (after.requests - counted.requests) as f64;
    let estimate = before.hit_rate_with_twice_the_room;
    assert!((rate - estimate).abs() < 0.15, "{estimate} was estimated, it is {rate}");
}

#[test]
fn more_room_is_not_recommended_where_it_would_not_help() {
    let scope = Scope::with(|builder| builder.max_entries(100));
    let _entered = scope.enter();
    for call in 0..6_000 {
        session(call % 1_000);
    }
    let health = scope.cache().health();
    assert_eq!(about(&health.recommendations, Topic::MoreRoom, None), None, "{health}");
    warned(&health, Topic::HitRate, None);
}

#[test]
fn a_manual_miss_after_an_eviction_counts_too() {
    let cache = Cache::builder().max_entries(10).build().unwrap();
    let local = cache.local();
    for round in 0..50 {
        for id in 0..15 {
            let name = id.to_string();
            if local.get::<i32>(name.as_str()).is_none() {
                local.set(name, round, Ttl::Never);
            }
        }
    }
    let stats = cache.stats();
    assert!(stats.capacity_misses * 2 > stats.misses, "{stats:?}");
}

#[test]
fn functions_that_never_hit_are_named() {
    let scope = Scope::new();
    let _entered = scope.enter();
    for id in 0..100 {
        session(id);
        artist(0);
    }
    let health = scope.cache().health();
    let message = advised(&health, Topic::NeverHit, Some("session"));
    assert!(message.starts_with("`session`: none of 100 calls was a hit"), "{message}");
    assert_eq!(about(&health.recommendations, Topic::NeverHit, Some("artist")), None);
    assert!(warned(&health, Topic::HitRate, Some("session")).starts_with("`session`: 0.0 % of 100 calls"));
}

#[test]
fn a_longer_ttl_is_recommended_where_entries_expire_before_they_are_read() {
    let scope = Scope::new();
    let _entered = scope.enter();
    for round in 0..120 {
        session(1);
        artist(1);
        artist(1);
        if round % 3 == 0 {
            session(1);
        }
        scope.clock().advance(MINUTE);
    }
    let health = scope.cache().health();
    let message = advised(&health, Topic::LongerTtl, Some("session"));
    assert_eq!(
        message,
        "`session`: 119 entries expired, and there were 40 hits, fewer than one for each: a longer TTL would help where \
         values may be older (it is `1m`)"
    );
    assert_eq!(about(&health.recommendations, Topic::LongerTtl, Some("artist")), None);
}

#[test]
fn functions_whose_values_hold_nobody_knows_what_are_named() {
    let scope = Scope::new();
    let _entered = scope.enter();
    opaque(1);
    weighed(1);
    flat(1);
    artist(1);
    let health = scope.cache().health();
    assert_eq!(topics(&health.recommendations), [Topic::UnknownHeap]);
    let message = advised(&health, Topic::UnknownHeap, Some("opaque"));
    assert!(message.contains("Opaque") && message.contains("derive `Weigh`"), "{message}");
}

#[test]
fn values_that_fail_their_test_are_warned_about() {
    let scope = Scope::new();
    let _entered = scope.enter();
    for call in 0..200 {
        fussy(call % 2, call % 2 + 1);
    }
    let stats = fussy::stats();
    assert!((stats.rejected_rate() - 0.5).abs() < 0.01, "{stats:?}");
    let health = scope.cache().health();
    let message = warned(&health, Topic::Rejected, Some("fussy"));
    assert!(message.starts_with(&format!("`fussy`: {} stored values failed", stats.rejected)), "{message}");
    assert!(advised(&health, Topic::Rejected, Some("fussy")).contains("(it is the cache's default)"));
}

#[test]
fn values_too_large_and_keys_too_many_are_found() {
    let cache = Cache::builder().max_entry_bytes(1_000).max_entries(50).build().unwrap();
    for id in 0..10 {
        cache.local().set(id.to_string(), [0_u8; 2_000], Ttl::Never);
    }
    let message = warned(&cache.health(), Topic::Oversized, Some("(manual)"));
    assert!(message.starts_with("`(manual)`: 10 of 10 values were too large"), "{message}");

    let scope = Scope::with(|builder| builder.max_entries(50));
    let _entered = scope.enter();
    for id in 0..500 {
        session(id);
        artist(id % 3);
        artist(id % 3);
    }
    let health = scope.cache().health();
    assert!(advised(&health, Topic::Crowding, Some("session")).starts_with("`session`: its entries take"));
    assert_eq!(about(&health.recommendations, Topic::Crowding, Some("artist")), None);
}

#[test]
fn a_shared_tier_that_is_away_is_no_health() {
    let health = in_time_blocking(|| {
        let tier = FaultyTier::new(MemoryTier::new());
        let cache = Cache::builder().shared(tier.clone()).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            assert!(cache.health().healthy);
            tier.fail(Fault::Error);
            for id in 0..10_u8 {
                let _ = cache.get::<u8>(id.to_string()).await;
            }
            cache.health()
        })
    });
    assert!(!health.healthy, "{health}");
    assert!(warned(&health, Topic::SharedTier, None).starts_with("the shared tier keeps failing"));
}

#[test]
fn a_report_serialises_with_spans_in_seconds() {
    let scope = Scope::new();
    let _entered = scope.enter();
    for id in 0..100 {
        session(id);
    }
    let json = serde_json::to_value(scope.cache().health()).unwrap();
    assert_eq!((json["healthy"].as_bool(), json["requests"].as_u64()), (Some(false), Some(100)));
    assert_eq!(json["load_time"].as_f64(), Some(0.0));
    assert_eq!(json["warnings"][0]["topic"], "hit_rate");
    assert_eq!(json["recommendations"][0]["topic"], "never_hit");
    assert_eq!(json["recommendations"][0]["function"], "session");
}
