//! Looking after a cache: bounds that change, clean-up, and the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use cache_core::testing::{ManualClock, Scope};
use cache_core::{Cache, CacheBuilder, ErrorKind, Ttl, cached};
use cache_tests::{Probe, during_a_load, in_time, in_time_blocking, until_blocking};
use futures_util::future::poll_immediate;

const MINUTE: Duration = Duration::from_secs(60);

fn cache() -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    (Cache::builder().clock(&clock).build().unwrap(), clock)
}

fn kind<T: std::fmt::Debug>(result: Result<T, cache_core::Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[cached(key_prefix = "count", skip(answer))]
fn count(id: u8, answer: Option<i64>) -> Option<i64> {
    let _ = id;
    answer
}

#[test]
fn a_resized_cache_holds_what_it_is_told() {
    let cache = Cache::builder().max_entries(2_000).build().unwrap();
    for id in 0..2_000 {
        cache.local().set(id.to_string(), id, Ttl::Never);
    }
    for count in ["a", "b", "c"] {
        cache.local().increment(count, 1).unwrap();
    }
    cache.resize(100, 1 << 20).unwrap();
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.max_entries, stats.max_bytes), (100, 100, 1 << 20));
    assert_eq!(cache.local().get_many::<i64>(["a", "b", "c"]), [Some(1); 3], "counts stay");
    for id in 0..200 {
        cache.local().set(id.to_string(), id, Ttl::Never);
    }
    assert_eq!(cache.stats().entries, 100);

    cache.resize(2, 1 << 20).unwrap();
    assert_eq!(cache.stats().entries, 3, "counts are not evicted, even where they are too many");
    assert_eq!(cache.local().increment("a", 1).unwrap(), 2);
    assert!(!cache.local().set("value", 1, Ttl::Never).memory);

    cache.resize(1_000, cache.stats().bytes + 700).unwrap();
    for id in 0..200 {
        cache.local().set(id.to_string(), id, Ttl::Never);
    }
    let stats = cache.stats();
    assert!(stats.bytes <= stats.max_bytes && stats.entries > 3, "{stats:?}");
}

#[test]
fn values_that_a_shrinking_cache_gives_up_may_use_it() {
    #[derive(Clone)]
    struct CallsBack(Cache, Arc<AtomicUsize>);
    impl Drop for CallsBack {
        fn drop(&mut self) {
            self.1.fetch_add(usize::from(self.0.local().set("dropped", true, MINUTE).memory), SeqCst);
        }
    }
    let cache = Cache::builder().max_entries(1_000).build().unwrap();
    let dropped = Arc::new(AtomicUsize::new(0));
    for id in 0..1_000 {
        cache.local().set(id.to_string(), CallsBack(cache.clone(), dropped.clone()), Ttl::Never);
    }
    cache.resize(10, 1 << 20).unwrap();
    assert!(dropped.load(SeqCst) >= 980);
    cache.local().clear();
}

#[test]
fn threads_that_resize_and_store_agree_in_the_end() {
    let cache = Cache::builder().max_entries(10_000).build().unwrap();
    thread::scope(|scope| {
        for thread in 0..4_usize {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..500 {
                    cache.local().set(format!("{thread}:{round}"), round, Ttl::Never);
                    if round % 50 == 0 {
                        cache.resize(100 * (thread + 1), 1 << 20).unwrap();
                    }
                }
            });
        }
    });
    let stats = cache.stats();
    assert!(stats.entries <= stats.max_entries, "{stats:?}");
}

#[test]
fn bounds_that_cannot_be_are_refused() {
    let (cache, _) = cache();
    assert_eq!(kind(cache.resize(0, 1)), ErrorKind::InvalidConfig);
    assert_eq!(kind(cache.resize(10, 0)), ErrorKind::InvalidConfig);
    let sharded = Cache::builder().max_entries(1 << 20).build().unwrap();
    let error = sharded.resize(1, 1 << 20).unwrap_err().to_string();
    assert!(error.starts_with("1 entries cannot be divided among the "), "{error}");
    assert_eq!(kind(cache.cleanup_every(Duration::ZERO)), ErrorKind::InvalidConfig);

    let refused = |configure: fn(CacheBuilder) -> CacheBuilder| {
        let error = configure(Cache::builder()).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        error.to_string()
    };
    assert!(refused(|cache| cache.max_entry_bytes(0)).starts_with("`max_entry_bytes(0)` keeps nothing"));
    assert!(refused(|cache| cache.max_bytes(0)).contains("`enabled(false)`"));
}

#[test]
fn expired_entries_are_reclaimed_in_every_period() {
    let (cache, clock) = cache();
    let cleanup = cache.cleanup_every(MINUTE).unwrap();
    for round in 1..4 {
        cache.local().set("a", 1, MINUTE / 2);
        clock.advance(MINUTE / 2);
        assert_eq!((cache.stats().entries, cache.stats().expirations), (1, round - 1));
        clock.advance(MINUTE / 2);
        assert_eq!((cache.stats().entries, cache.stats().expirations), (0, round));
    }
    drop(cleanup);
    cache.local().set("a", 1, MINUTE / 2);
    clock.advance(10 * MINUTE);
    assert_eq!(cache.stats().entries, 1, "it ends with its guard");
}

#[test]
fn a_clean_up_keeps_no_cache_alive() {
    struct Goes(Arc<AtomicUsize>);
    impl Drop for Goes {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let (cache, clock) = cache();
    let gone = Arc::new(AtomicUsize::new(0));
    cache.local().set("a", Arc::new(Goes(gone.clone())), Ttl::Never);
    let _cleanup = cache.cleanup_every(MINUTE).unwrap();
    drop(cache);
    assert_eq!(gone.load(SeqCst), 1);
    clock.advance(MINUTE);
}

#[test]
fn on_the_machines_clock_a_value_that_takes_long_to_go_keeps_nobody_waiting() {
    struct Slow(Arc<Probe>);
    impl Drop for Slow {
        fn drop(&mut self) {
            let _running = self.0.enter();
            self.0.gate.passed_blocking();
        }
    }
    let probe = Arc::new(Probe::default());
    let cache = Cache::builder().build().unwrap();
    let millisecond = Duration::from_millis(1);
    let _cleanup = cache.cleanup_every(millisecond).unwrap();
    cache.local().set("slow", Arc::new(Slow(probe.clone())), millisecond);
    until_blocking(|| probe.running() == 1);
    // The timer goes on: it bounds this wait for a load that itself waits for the one who waits.
    let answer = in_time_blocking(move || {
        let impatient = Cache::builder().flight_max_wait(millisecond).build().unwrap();
        impatient.local().get_or_set("a", MINUTE, || {
            let other = impatient.clone();
            thread::spawn(move || other.local().get_or_set("a", MINUTE, || 2)).join().unwrap()
        })
    });
    assert_eq!(answer, 2);
    probe.gate.open();
}

#[tokio::test]
async fn closing_waits_for_a_clean_up_that_is_under_way() {
    struct Slow(Arc<Probe>);
    impl Drop for Slow {
        fn drop(&mut self) {
            let _running = self.0.enter();
            self.0.gate.passed_blocking();
        }
    }
    let probe = Arc::new(Probe::default());
    let cache = Cache::builder().build().unwrap();
    let millisecond = Duration::from_millis(1);
    let _cleanup = cache.cleanup_every(millisecond).unwrap();
    cache.local().set("slow", Arc::new(Slow(probe.clone())), millisecond);
    until_blocking(|| probe.running() == 1);
    assert_eq!(poll_immediate(cache.close()).await, None);
    assert_eq!(poll_immediate(cache.close()).await, None, "once more");
    probe.gate.open();
    in_time(cache.close()).await;
    assert_eq!(probe.running(), 0);
}

/// On a thread of its own.
fn close(cache: &Cache) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(cache.close());
}

#[tokio::test]
async fn a_closed_cache_runs_bodies_and_stores_nothing() {
    let (cache, clock) = cache();
    let local = cache.local();
    let _cleanup = cache.cleanup_every(MINUTE).unwrap();
    local.set("a", 1, MINUTE);
    let answer = during_a_load(&cache, || {
        thread::scope(|scope| scope.spawn(|| close(&cache)).join().unwrap());
    });
    assert_eq!(answer, -1, "a load under way answers its caller");
    cache.close().await;
    assert!(!cache.is_enabled());
    assert_eq!(cache.keys(), [""; 0]);
    assert_eq!((local.get::<i32>("a"), local.get_or_set("a", MINUTE, || 2)), (None, 2));
    assert_eq!(cache.get_or_set("a", MINUTE, async || 3).await, 3);
    assert!(!local.set("a", 1, MINUTE).memory && !cache.set_many([("a", 1)], MINUTE).await.memory);
    assert_eq!(kind(cache.increment("a", 1).await), ErrorKind::Disabled);
    assert_eq!(kind(cache.set_if_absent("a", 1, MINUTE).await), ErrorKind::Disabled);
    clock.advance(MINUTE);
    assert_eq!(cache.stats().entries, 0);
}

#[tokio::test]
async fn a_function_of_a_closed_cache_is_its_body() {
    let scope = Scope::new();
    scope
        .run(async {
            assert_eq!(count(1, Some(1)), Some(1));
            scope.cache().close().await;
            assert_eq!(count(1, Some(2)), Some(2));
            assert_eq!(count::peek(1), None);
            assert!(!count::put(1, 3).memory);
        })
        .await;
}

#[test]
fn nothing_slips_in_behind_a_close() {
    for _ in 0..100 {
        let (cache, _) = cache();
        thread::scope(|scope| {
            for thread in 0..4 {
                let cache = &cache;
                scope.spawn(move || {
                    for round in 0..50 {
                        cache.local().get_or_set(format!("{thread}:{round}"), MINUTE, || round);
                    }
                });
            }
            scope.spawn(|| close(&cache));
        });
        assert_eq!((cache.stats().entries, cache.stats().bytes), (0, 0));
    }
}
