//! Loads that need each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use cache_core::cached;
use cache_tests::{Probe, in_memory, in_time, in_time_blocking, scope, until, until_blocking};

/// Bodies meet here before they call each other, the first time round.
#[derive(Default)]
struct Circle {
    probe: Probe,
    size: usize,
}

impl Circle {
    fn of(size: usize) -> Arc<Self> {
        Arc::new(Self { probe: Probe::default(), size })
    }
}

/// Node `id` needs the next one, and a few levels down none.
#[cached(ttl = "5m", key_prefix = "node", skip(circle, depth))]
async fn node(circle: &Circle, id: usize, depth: usize) -> usize {
    let running = circle.probe.enter();
    if running.run <= circle.size {
        circle.probe.gate.passed().await;
    }
    let next = (id + 1) % circle.size;
    if depth > circle.size { 0 } else { 1 + Box::pin(node(circle, next, depth + 1)).await }
}

async fn go_round(size: usize) {
    let (scope, circle) = (scope(), Circle::of(size));
    in_time(async {
        let tasks: Vec<_> = (0..size)
            .map(|id| {
                let circle = circle.clone();
                tokio::spawn(scope.run(async move { node(&circle, id, 0).await }))
            })
            .collect();
        until(|| circle.probe.running() == size).await;
        circle.probe.gate.open();
        for task in tasks {
            assert!(task.await.unwrap() > 0);
        }
    })
    .await;
    assert_eq!(scope.cache().stats().entries, size);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_needs_b_and_b_needs_a_across_tasks_and_both_end() {
    if !in_memory() {
        return;
    }
    for _ in 0..50 {
        go_round(2).await;
    }
}

#[tokio::test]
async fn so_they_do_on_one_thread() {
    if !in_memory() {
        return;
    }
    go_round(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_circle_of_five_ends() {
    if !in_memory() {
        return;
    }
    for _ in 0..20 {
        go_round(5).await;
    }
}

#[cached(ttl = "5m", key_prefix = "sync_node", skip(circle, depth))]
fn sync_node(circle: &Circle, id: usize, depth: usize) -> usize {
    let running = circle.probe.enter();
    if running.run <= circle.size {
        circle.probe.gate.passed_blocking();
    }
    let next = (id + 1) % circle.size;
    if depth > circle.size { 0 } else { 1 + sync_node(circle, next, depth + 1) }
}

#[test]
fn sync_functions_that_need_each_other_end() {
    for _ in 0..20 {
        in_time_blocking(|| {
            let (scope, circle) = (scope(), Circle::of(2));
            let threads: Vec<_> = (0..2)
                .map(|id| {
                    let (scope, circle) = (scope.clone(), circle.clone());
                    std::thread::spawn(move || {
                        let _entered = scope.enter();
                        sync_node(&circle, id, 0)
                    })
                })
                .collect();
            until_blocking(|| circle.probe.running() == 2);
            circle.probe.gate.open();
            threads.into_iter().for_each(|thread| assert!(thread.join().unwrap() > 0));
        });
    }
}

#[cached(ttl = "5m", key_prefix = "itself", skip(left))]
async fn itself(left: &AtomicUsize) -> usize {
    match left.fetch_sub(1, SeqCst) {
        1 => 0,
        _ => 1 + Box::pin(itself(left)).await,
    }
}

#[cached(ttl = "5m", key_prefix = "sync_itself", skip(left))]
fn sync_itself(left: &AtomicUsize) -> usize {
    match left.fetch_sub(1, SeqCst) {
        1 => 0,
        _ => 1 + sync_itself(left),
    }
}

#[tokio::test]
async fn a_call_of_itself_on_the_same_key_runs_its_body() {
    let scope = scope();
    in_time(scope.run(async {
        assert_eq!(itself(&AtomicUsize::new(5)).await, 4);
        assert_eq!(sync_itself(&AtomicUsize::new(5)), 4);
    }))
    .await;
}

#[cached(ttl = "5m", key_prefix = "fibonacci")]
async fn fibonacci(n: u64) -> u64 {
    if n < 2 { n } else { Box::pin(fibonacci(n - 1)).await + Box::pin(fibonacci(n - 2)).await }
}

#[tokio::test]
async fn recursion_over_other_keys_is_cached_at_every_level() {
    scope()
        .run(async {
            assert_eq!(fibonacci(50).await, 12_586_269_025);
            assert_eq!(fibonacci::stats().loads, 51);
        })
        .await;
}

/// A waits for B, whose body only waits for the test: no circle, so no second body.
#[tokio::test]
async fn a_wait_that_closes_no_circle_is_waited() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let cache = scope.cache().clone();
    let minute = std::time::Duration::from_secs(60);
    in_time(async {
        let inner = async || {
            let load = async || {
                let _running = probe.enter();
                probe.gate.passed().await;
                2
            };
            cache.get_or_set("b", minute, load).await
        };
        let outer = async || cache.get_or_set("a", minute, async || 1 + inner().await).await;
        let (a, b, again, ()) = tokio::join!(outer(), inner(), outer(), async {
            until(|| cache.stats().misses == 4).await;
            probe.gate.open();
        });
        assert_eq!((a, b, again), (3, 2, 3));
    })
    .await;
    assert_eq!(probe.runs(), 1);
}
