//! `max_entries` and `max_bytes` hold at every moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, Ttl, Weigh, cached};
use cache_tests::{Random, in_time_blocking, scope_with};

const MINUTE: Duration = Duration::from_secs(60);

/// A value that says what it weighs.
#[derive(Clone)]
struct Weight(usize);

impl Weigh for Weight {
    fn heap_bytes(&self) -> usize {
        self.0
    }
}

#[cached(ttl = "1m", key_prefix = "heavy")]
fn heavy(id: u64, bytes: usize) -> Weight {
    let _ = id;
    Weight(bytes)
}

/// Eight threads store random weights, remove, and read; a ninth never sees a bound exceeded.
fn load_it(max_entries: usize, max_bytes: usize, heaviest: u64) {
    in_time_blocking(move || {
        let scope = scope_with(|cache| cache.max_entries(max_entries).max_bytes(max_bytes));
        let done = Arc::new(AtomicBool::new(false));
        let watcher = std::thread::spawn({
            let (cache, done) = (scope.cache().clone(), done.clone());
            move || {
                while !done.load(SeqCst) {
                    let stats = cache.stats();
                    assert!(stats.entries <= max_entries, "{} entries of {max_entries}", stats.entries);
                    assert!(stats.bytes <= max_bytes, "{} bytes of {max_bytes}", stats.bytes);
                    assert!(cache.keys().len() <= max_entries);
                    std::thread::yield_now();
                }
            }
        });
        let threads: Vec<_> = (1..=8)
            .map(|seed| {
                let scope = scope.clone();
                std::thread::spawn(move || {
                    let _entered = scope.enter();
                    let mut random = Random::new(seed);
                    for _ in 0..1_500 {
                        let (id, bytes) = (random.below(2_000), random.below(heaviest) as usize);
                        match random.below(20) {
                            0 => drop(heavy::put(id, bytes, Weight(random.below(heaviest) as usize)).memory),
                            1 => drop(heavy::invalidate(id, bytes).entries),
                            2 => drop(heavy::refresh(id, bytes)),
                            3 => scope.clock().advance(Duration::from_millis(random.below(100))),
                            _ => drop(heavy(id, bytes)),
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, SeqCst);
        watcher.join().unwrap();
        let stats = scope.cache().stats();
        assert!(stats.evictions > 0);
        scope.cache().local().clear();
        let stats = scope.cache().stats();
        assert_eq!((stats.entries, stats.bytes), (0, 0), "what was added was taken off again");
    });
}

#[test]
fn bytes_are_never_exceeded_under_eight_threads() {
    load_it(100_000, 300_000, 10_000);
}

#[test]
fn entries_are_never_exceeded_under_eight_threads() {
    load_it(64, 256 << 20, 100);
}

#[test]
fn both_hold_in_a_cache_of_many_shards() {
    load_it(5_000, 2_000_000, 50_000);
}

#[test]
fn a_value_larger_than_the_cache_is_given_but_not_stored() {
    let scope = scope_with(|cache| cache.max_entries(100).max_bytes(10_000));
    let _entered = scope.enter();
    for id in 0..5 {
        heavy(id, 100);
    }
    assert_eq!(heavy(7, 20_000).0, 20_000);
    assert!(heavy::peek(7, 20_000).is_none());
    let stats = heavy::stats();
    assert_eq!((stats.entries, stats.oversized, stats.evictions), (5, 1, 0), "nothing had to make room for it");
    assert!(!heavy::put(1, 100, Weight(20_000)).memory);
    assert!(heavy::peek(1, 100).is_none(), "the older value is not served in its place");
}

#[test]
fn a_full_cache_keeps_what_is_read() {
    let cache = Cache::builder().max_entries(100).build().unwrap();
    let local = cache.local();
    for id in 0..50 {
        local.set(format!("hot:{id}"), id, MINUTE);
    }
    for round in 0..20 {
        for id in 0..50 {
            assert!(local.get::<i32>(format!("hot:{id}")).is_some(), "round {round}, key {id}");
        }
        for id in 0..40 {
            local.set(format!("cold:{round}:{id}"), id, MINUTE);
        }
    }
    assert_eq!(cache.stats().entries, 100);
}

#[test]
fn the_expired_go_before_the_fresh() {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).max_entries(10).build().unwrap();
    let local = cache.local();
    for id in 0..5 {
        local.set(format!("lasting:{id}"), id, Ttl::Never);
        local.set(format!("short:{id}"), id, MINUTE);
    }
    clock.advance(MINUTE);
    for id in 0..5 {
        local.set(format!("new:{id}"), id, Ttl::Never);
    }
    let stats = cache.stats();
    assert_eq!((stats.expirations, stats.evictions, stats.entries), (5, 0, 10));
}

#[test]
fn one_entry_is_a_cache() {
    let cache = Cache::builder().max_entries(1).build().unwrap();
    let local = cache.local();
    for id in 0..10 {
        assert!(local.set(format!("name:{id}"), id, MINUTE).memory);
        assert_eq!(local.get::<i32>(format!("name:{id}")), Some(id));
    }
    assert_eq!((cache.stats().entries, cache.stats().evictions), (1, 9));
}
