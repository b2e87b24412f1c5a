//! Leaders that nobody polls, and waits that end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached};
use cache_tests::{Probe, in_memory, in_time, in_time_blocking, scope, scope_with, until, until_blocking};
use futures_util::StreamExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(1);
const MAX_WAIT: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Source {
    probe: Probe,
    ready: Notify,
    asked: AtomicBool,
    both: Notify,
}

impl Source {
    fn new() -> Arc<Self> {
        Arc::default()
    }
}

/// Key 5 has to wait for its source the first time; key 1 waits for that, so that both are under way. Which of them begins
/// is the shared tier's to say, where there is one.
async fn fetch(source: &Source, id: u64) -> (u64, usize) {
    let running = source.probe.enter();
    match id {
        5 if !source.asked.swap(true, Ordering::SeqCst) => {
            source.both.notify_one();
            source.ready.notified().await;
        }
        1 => source.both.notified().await,
        _ => tokio::task::yield_now().await,
    }
    (id, running.run)
}

#[cached(ttl = "5m", key_prefix = "get", skip(source))]
async fn get(source: &Source, id: u64) -> (u64, usize) {
    fetch(source, id).await
}

/// The hang that every peer has: the stream holds a call of `get(5)`, which its body waits for and thereby keeps from
/// being polled.
async fn drive_a_stream(source: &Source) -> Vec<(u64, usize)> {
    let mut calls = futures_util::stream::iter([1, 5]).map(|id| get(source, id)).buffer_unordered(2);
    let mut seen = Vec::new();
    while let Some(item) = calls.next().await {
        source.ready.notify_one();
        seen.push(get(source, 5).await);
        seen.push(item);
    }
    seen
}

#[tokio::test]
async fn a_stream_whose_loop_needs_a_call_that_it_holds_ends() {
    if !in_memory() {
        return;
    }
    let (scope, source) = (scope(), Source::new());
    let mut stream = tokio::spawn({
        let source = source.clone();
        scope.run(async move { drive_a_stream(&source).await })
    });
    in_time(async {
        until(|| scope.cache().stats().misses == 3).await;
        scope.clock().advance(PATIENCE - Duration::from_millis(1));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!stream.is_finished(), "the leader has its patience to come back");
        scope.clock().advance(Duration::from_millis(1));
        let seen = (&mut stream).await.unwrap();
        let [(5, 3), (1, one), (5, 3), (5, other)] = *seen else { panic!("{seen:?}") };
        assert_eq!(one + other, 3, "the old leader answers its own caller alone: {seen:?}");
    })
    .await;
    assert_eq!(source.probe.runs(), 3);
}

#[tokio::test]
async fn on_the_real_clock_too() {
    let source = Source::new();
    let cache = Cache::builder().flight_patience(Duration::from_millis(20)).build().unwrap();
    let minute = Duration::from_secs(60);
    let get = async |id: u64| cache.get_or_set(format!("get:{id}"), minute, async || fetch(&source, id).await).await;
    in_time(async {
        let mut calls = futures_util::stream::iter([1, 5]).map(get).buffer_unordered(2);
        while calls.next().await.is_some() {
            source.ready.notify_one();
            assert_eq!(get(5).await, (5, 3));
        }
    })
    .await;
}

/// A body that is slow, and polled whenever it is woken, is never deposed.
#[tokio::test]
async fn a_slow_leader_that_is_looked_after_keeps_its_load() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let cache = scope.cache().clone();
    let call = || {
        let (cache, probe) = (cache.clone(), probe.clone());
        tokio::spawn(async move {
            let load = async || {
                let running = probe.enter();
                probe.gate.passed().await;
                running.run
            };
            cache.get_or_set("slow", Duration::from_secs(600), load).await
        })
    };
    in_time(async {
        let calls = [call(), call(), call()];
        until(|| cache.stats().misses == 3).await;
        for _ in 0..20 {
            scope.clock().advance(PATIENCE);
            tokio::task::yield_now().await;
        }
        probe.gate.open();
        for call in calls {
            assert_eq!(call.await.unwrap(), 1);
        }
    })
    .await;
}

/// A call whose body, if it is the first, stays until the gate opens. Gives the number of the body that answered it.
fn stuck(cache: &Cache, probe: &Arc<Probe>, ttl: Duration) -> JoinHandle<usize> {
    let (cache, probe) = (cache.clone(), probe.clone());
    tokio::spawn(async move {
        let load = async || {
            let running = probe.enter();
            if running.run == 1 {
                probe.gate.passed().await;
            }
            running.run
        };
        cache.get_or_set("stuck", ttl, load).await
    })
}

#[tokio::test]
async fn nobody_waits_longer_than_the_longest_wait() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let cache = scope.cache().clone();
    let call = || stuck(&cache, &probe, Duration::from_secs(600));
    in_time(async {
        let leader = call();
        until(|| probe.running() == 1).await;
        let waiters = [call(), call()];
        until(|| cache.stats().misses == 3).await;
        scope.clock().advance(MAX_WAIT - Duration::from_millis(1));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
        scope.clock().advance(Duration::from_millis(1));
        for waiter in waiters {
            assert!(waiter.await.unwrap() > 1);
        }
        assert!(!leader.is_finished());
        probe.gate.open();
        assert_eq!(leader.await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_comes_after_others_have_given_up_waits_no_longer_than_they_did() {
    let second = Duration::from_secs(1);
    let scope = scope_with(|builder| builder.flight_patience(600 * second).flight_max_wait(2 * second));
    let (cache, probe) = (scope.cache().clone(), Arc::new(Probe::default()));
    let call = || stuck(&cache, &probe, Duration::ZERO);
    in_time(async {
        let leader = call();
        until(|| probe.running() == 1).await;
        for misses in 2..=4 {
            let waiter = call();
            until(|| cache.stats().misses == misses).await;
            scope.clock().advance(2 * second);
            assert!(waiter.await.unwrap() > 1, "the {misses}th caller");
        }
        probe.gate.open();
        leader.await.unwrap();
    })
    .await;
}

#[test]
fn a_thread_waits_no_longer_either() {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).flight_max_wait(Duration::from_secs(3)).build().unwrap();
    in_time_blocking(move || {
        let probe = Arc::new(Probe::default());
        let call = || {
            let (cache, probe) = (cache.clone(), probe.clone());
            std::thread::spawn(move || {
                cache.local().get_or_set("stuck", Duration::from_secs(600), || {
                    let running = probe.enter();
                    if running.run == 1 {
                        probe.gate.passed_blocking();
                    }
                    running.run
                })
            })
        };
        let leader = call();
        until_blocking(|| probe.running() == 1);
        let waiter = call();
        until_blocking(|| cache.stats().misses == 2);
        clock.advance(Duration::from_secs(3));
        assert_eq!(waiter.join().unwrap(), 2);
        probe.gate.open();
        assert_eq!(leader.join().unwrap(), 1);
    });
}
