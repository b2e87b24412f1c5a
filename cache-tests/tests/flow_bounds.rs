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
fn a_full_cache_keeps_what_is_read_through_a_scan() {
    let cache = Cache::builder().max_entries(100).build().unwrap();
    let local = cache.local();
    let mut misses = 0;
    for round in 0..50 {
        for id in (0..50).chain(0..50) {
            let key = format!("hot:{id}");
            if local.get::<i32>(key.as_str()).is_none() {
                misses += i32::from(round > 0);
                local.set(key, id, MINUTE);
            }
        }
        for id in 0..200 {
            local.set(format!("cold:{round}:{id}"), id, MINUTE);
        }
    }
    assert_eq!(cache.stats().entries, 100);
    assert!(misses < 250, "{misses} of 5,000 reads of what is read again and again");
}

#[test]
fn a_loop_larger_than_the_cache_is_answered_in_part() {
    let cache = Cache::builder().max_entries(100).build().unwrap();
    let local = cache.local();
    let mut hits = 0;
    for (turn, id) in (0..150).cycle().take(15_000).enumerate() {
        let key = format!("row:{id}");
        match local.get::<i32>(key.as_str()) {
            Some(_) => hits += i32::from(turn >= 7_500),
            None => drop(local.set(key, id, MINUTE)),
        }
    }
    // A queue would answer none; the best that there could be is 99 of 149.
    assert!(hits > 7_500 / 2, "{hits} of 7,500");
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
