//! Time to live, on a clock that the test moves.

use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, Ttl, cached};
use cache_tests::{Probe, scope};

const MINUTE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(1);

fn cache() -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    (Cache::builder().clock(&clock).default_ttl(MINUTE).build().unwrap(), clock)
}

#[test]
fn a_value_is_fresh_while_its_age_is_under_the_ttl_and_never_at_it() {
    for ttl in [TICK * 2, Duration::from_millis(999), MINUTE, Duration::from_secs(86_400 * 365)] {
        let (cache, clock) = cache();
        cache.local().set("name", 1, ttl);
        clock.advance(ttl - TICK);
        assert_eq!(cache.local().get::<i32>("name"), Some(1), "{ttl:?}");
        clock.advance(TICK);
        assert_eq!(cache.local().get::<i32>("name"), None, "{ttl:?}");
        assert_eq!(cache.local().get_or_set("name", ttl, || 2), 2, "{ttl:?}");
    }
}

#[test]
fn small_steps_add_up() {
    let (cache, clock) = cache();
    cache.local().set("name", 1, Duration::from_millis(10));
    for _ in 0..9 {
        clock.advance(TICK);
    }
    assert_eq!(cache.local().get::<i32>("name"), Some(1));
    clock.advance(TICK);
    assert_eq!(cache.local().get::<i32>("name"), None);
    assert_eq!(clock.elapsed(), Duration::from_millis(10));
}

#[test]
fn never_is_never_and_the_default_is_the_caches() {
    let (cache, clock) = cache();
    let local = cache.local();
    local.set("never", 1, Ttl::Never);
    local.set("default", 2, Ttl::Default);
    local.set("longest", 3, Duration::MAX);
    clock.advance(MINUTE - TICK);
    assert_eq!(local.get::<i32>("default"), Some(2));
    clock.advance(TICK);
    assert_eq!(local.get::<i32>("default"), None);
    clock.advance(Duration::from_secs(86_400 * 365 * 50));
    assert_eq!((local.get::<i32>("never"), local.get::<i32>("longest")), (Some(1), Some(3)));
    assert_eq!(cache.entry("never").unwrap().remaining, None);
}

#[test]
fn a_ttl_of_zero_stores_nothing_and_removes_what_was_there() {
    let (cache, _) = cache();
    let local = cache.local();
    assert!(!local.set("name", 1, Duration::ZERO).memory);
    assert_eq!(local.get::<i32>("name"), None);
    assert_eq!(local.get_or_set("name", Duration::ZERO, || 2), 2);
    assert_eq!(local.get_or_set("name", Duration::ZERO, || 3), 3);
    local.set("name", 4, MINUTE);
    assert!(!local.set("name", 5, Duration::ZERO).memory);
    assert_eq!(local.get::<i32>("name"), None);
}

#[cached(ttl = "1h30m", key_prefix = "span", skip(probe))]
fn span(probe: &Probe) -> usize {
    probe.enter().run
}

#[cached(ttl = "never", key_prefix = "forever", skip(probe))]
fn forever(probe: &Probe) -> usize {
    probe.enter().run
}

#[cached(key_prefix = "unsaid", skip(probe))]
fn unsaid(probe: &Probe) -> usize {
    probe.enter().run
}

#[test]
fn a_decorated_function_keeps_what_it_says() {
    let (scope, probe) = (scope(), Probe::default());
    let _entered = scope.enter();
    let all = || (span(&probe), forever(&probe), unsaid(&probe));
    assert_eq!(all(), (1, 2, 3));
    scope.clock().advance(Duration::from_secs(299));
    assert_eq!(all(), (1, 2, 3));
    scope.clock().advance(Duration::from_secs(1));
    assert_eq!(all(), (1, 2, 4));
    scope.clock().advance(Duration::from_secs(5_399 - 300));
    assert_eq!(span(&probe), 1);
    scope.clock().advance(Duration::from_secs(1));
    assert_eq!((span(&probe), forever(&probe)), (5, 2));
}

#[test]
fn a_fresh_copy_begins_a_new_life() {
    let (cache, clock) = cache();
    let local = cache.local();
    local.set("name", 1, MINUTE);
    clock.advance(MINUTE / 2);
    local.set("name", 2, MINUTE);
    clock.advance(MINUTE / 2);
    assert_eq!(local.get::<i32>("name"), Some(2));
    clock.advance(MINUTE / 2);
    assert_eq!(local.get::<i32>("name"), None);
}

#[test]
fn an_entry_shows_its_age_and_what_remains() {
    let (cache, clock) = cache();
    cache.local().set("name", 1, MINUTE);
    clock.advance(Duration::from_secs(20));
    for _ in 0..3 {
        let _ = cache.local().get::<i32>("name");
    }
    let entry = cache.entry("name").unwrap();
    assert_eq!((entry.age.as_secs(), entry.remaining.unwrap().as_secs(), entry.hits), (20, 40, 3));
    clock.advance(Duration::from_secs(40));
    assert!(cache.entry("name").is_none());
    assert!(cache.keys().is_empty());
}

#[test]
fn expired_entries_are_counted_and_reclaimed_without_being_read() {
    let clock = ManualClock::new();
    // Few enough for one shard: each insertion reclaims in its own.
    let cache = Cache::builder().clock(&clock).max_entries(2_000).build().unwrap();
    for id in 0..1_000 {
        cache.local().set(format!("old:{id}"), id, MINUTE);
    }
    cache.local().set("lasting", 0, Ttl::Never);
    clock.advance(MINUTE);
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.expired_entries, stats.active_entries), (1_001, 1_000, 1));
    assert_eq!(cache.keys(), ["lasting"]);
    for id in 0..600 {
        cache.local().set(format!("new:{id}"), id, MINUTE);
    }
    let stats = cache.stats();
    assert_eq!(
        (stats.expired_entries, stats.expirations, stats.evictions),
        (0, 1_000, 0),
        "insertions reclaim a few each"
    );
    clock.advance(MINUTE);
    assert_eq!(cache.cleanup_expired(), 600);
    assert_eq!(cache.cleanup_expired(), 0);
    assert_eq!(cache.stats().entries, 1);
}

/// On the machine's clock: a deadline that has passed is never fresh, however coarse the reading.
#[test]
fn a_short_ttl_on_the_real_clock_is_never_overrun() {
    let cache = Cache::builder().build().unwrap();
    let local = cache.local();
    for _ in 0..20 {
        let ttl = Duration::from_millis(2);
        local.set("name", 1, ttl);
        // The entry was stored before this: from here on, after the TTL it has to be gone.
        let stored = std::time::Instant::now();
        loop {
            let late = stored.elapsed() >= ttl;
            let fresh = local.get::<i32>("name").is_some();
            assert!(!(late && fresh));
            if late {
                break;
            }
        }
    }
}
