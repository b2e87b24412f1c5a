//! A shared tier that fails in every way, and fails no call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cache_core::testing::{Fault, FaultyTier, ManualClock, MemoryTier, Scope};
use cache_core::{Cache, Change, ErrorKind, Fetched, Shared, SharedTier, Ttl, cached};
use cache_tests::{in_time, until};

#[cached(ttl = "5m", key_prefix = "square")]
async fn square(id: u64) -> u64 {
    id * id
}

fn faulty() -> (FaultyTier, MemoryTier, Scope) {
    let memory = MemoryTier::new();
    let tier = FaultyTier::new(memory.clone());
    let scope = Scope::with(|builder| builder.shared(tier.clone()));
    (tier, memory, scope)
}

/// Runs a future while time goes on, so that whatever hangs runs out of it.
async fn ticking<T>(clock: &ManualClock, future: impl Future<Output = T>) -> T {
    let done = AtomicBool::new(false);
    let run = async {
        let output = future.await;
        done.store(true, Ordering::SeqCst);
        output
    };
    let tick = async {
        while !done.load(Ordering::SeqCst) {
            clock.advance(Duration::from_millis(10));
            tokio::task::yield_now().await;
        }
    };
    let (output, ()) = in_time(async { futures_util::future::join(run, tick).await }).await;
    output
}

#[tokio::test]
async fn no_fault_fails_a_call() {
    for fault in [Fault::Error, Fault::Hang, Fault::Unanswered, Fault::Lost, Fault::Panic, Fault::Garbage, Fault::Lie] {
        let (tier, _memory, scope) = faulty();
        tier.fail(fault);
        let calls = scope.run(async {
            for id in 0..20 {
                assert_eq!(square(id).await, id * id, "{fault:?}");
                assert_eq!(square(id).await, id * id, "{fault:?}");
            }
            square::invalidate(3).await;
            assert_eq!(square(3).await, 9);
            let cache = scope.cache();
            cache.set("a", 1_u8, Ttl::Default).await;
            assert_eq!(cache.get::<u8>("a").await, Some(1), "{fault:?}");
            assert_eq!(cache.get_many::<u8>(["x", "y"]).await, [None, None], "{fault:?}");
            cache.clear().await;
        });
        ticking(scope.clock(), calls).await;
        if fault != Fault::Lie {
            assert!(scope.cache().shared_stats().unwrap().errors > 0, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn operations_that_need_the_truth_return_the_error() {
    let (tier, _memory, scope) = faulty();
    tier.fail(Fault::Error);
    let cache = scope.cache();
    let error = cache.increment("visits:7", 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tier);
    let text = error.to_string();
    assert!(text.contains("increment") && text.contains("visits") && text.contains("planted"), "{text}");
    assert_eq!(cache.set_if_absent("job:7", 1_u8, Ttl::Default).await.unwrap_err().kind(), ErrorKind::Tier);
    assert_eq!(cache.local().get::<u8>("job:7"), None);
}

#[tokio::test]
async fn what_is_owed_is_not_read_until_it_is_made() {
    let (tier, memory, scope) = faulty();
    scope.run(async { square(3).await }).await;
    assert_eq!(memory.len(), 1);
    tier.decide(|operation| if operation == "apply" { Fault::Error } else { Fault::None });
    let removed = ticking(scope.clock(), scope.run(async { square::invalidate(3).await })).await;
    assert_eq!(removed.shared, Shared::Queued);
    assert_eq!(memory.len(), 1, "the tier still has the old value");
    assert_eq!(scope.run(async { square::peek(3).await }).await, None, "and nobody is shown it");
    assert_eq!(scope.run(async { square(3).await }).await, 9);
    assert_eq!(scope.cache().stats().loads, 2, "the body ran again");
    tier.fail(Fault::None);
    ticking(scope.clock(), until(|| scope.cache().shared_stats().unwrap().owed == 0)).await;
    assert!(memory.is_empty());
}

#[tokio::test]
async fn changes_made_during_an_outage_are_made_afterwards_in_their_order() {
    let (tier, memory, scope) = faulty();
    let cache = scope.cache();
    cache.set("a", 1_u8, Ttl::Never).await;
    cache.set("b", 1_u8, Ttl::Never).await;
    tier.fail(Fault::Hang);
    ticking(scope.clock(), async {
        for round in 0..3_u8 {
            cache.set("a", 10 + round, Ttl::Never).await;
            cache.invalidate("b").await;
            cache.set("c", round, Ttl::Never).await;
            cache.invalidate_pattern("c*").await.unwrap();
            cache.set("b", 20 + round, Ttl::Never).await;
        }
        cache.invalidate("a").await;
    })
    .await;
    assert!(cache.shared_stats().unwrap().owed > 0);
    tier.fail(Fault::None);
    ticking(scope.clock(), until(|| cache.shared_stats().unwrap().owed == 0)).await;
    assert!(!cache.shared_stats().unwrap().open);
    let other = Cache::builder().shared(memory).build().unwrap();
    assert_eq!(other.get_many::<u8>(["a", "b", "c"]).await, [None, Some(22), None]);
    let of_a: Vec<_> = tier.applied().into_iter().filter(|change| change.name() == Some("a")).collect();
    assert!(matches!(of_a.last(), Some(Change::Remove(_))), "{of_a:?}");
}

#[tokio::test]
async fn the_breaker_keeps_a_failing_tier_off_the_path_until_it_answers() {
    let (tier, _memory, scope) = faulty();
    tier.fail(Fault::Error);
    scope
        .run(async {
            for id in 0..10 {
                square(id).await;
            }
            assert!(scope.cache().shared_stats().unwrap().open);
        })
        .await;
    let before = tier.operations();
    scope
        .run(async {
            for id in 100..200 {
                square(id).await;
            }
        })
        .await;
    assert!(tier.operations() <= before + 1, "a probe at most");
    tier.fail(Fault::None);
    ticking(scope.clock(), until(|| !scope.cache().shared_stats().unwrap().open)).await;
    scope.run(async { square(1_000).await }).await;
    assert!(scope.cache().shared_stats().unwrap().puts > 0);
}

#[tokio::test]
async fn too_many_owed_changes_become_the_removal_of_everything() {
    let (tier, memory, scope) = faulty();
    let cache = scope.cache();
    cache.set("survivor", 1_u8, Ttl::Never).await;
    tier.fail(Fault::Error);
    ticking(scope.clock(), async {
        for id in 0..10_050_u32 {
            cache.invalidate(format!("user:{id}")).await;
        }
    })
    .await;
    assert_eq!(cache.shared_stats().unwrap().overflows, 1);
    tier.fail(Fault::None);
    ticking(scope.clock(), until(|| cache.shared_stats().unwrap().owed == 0)).await;
    assert!(memory.is_empty());
    assert_eq!(cache.get::<u8>("survivor").await, Some(1), "memory was not asked to forget it");
}

/// On the real clock: what is promised is a bound on the delay, far above what a busy machine adds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_through_a_tier_that_hangs() {
    let memory = MemoryTier::new();
    let tier = FaultyTier::new(memory.clone());
    let timeout = Duration::from_millis(50);
    let cache = Cache::builder().shared(tier.clone()).shared_timeout(timeout).max_entries(20_000).build().unwrap();
    cache.set("user:1", 1_u64, Ttl::Never).await;
    tier.fail(Fault::Hang);
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for id in 0..10_000_u64 {
        let was_open = cache.shared_stats().unwrap().open;
        let start = Instant::now();
        assert_eq!(cache.get_or_set(format!("square:{id}"), Ttl::Never, async || id * id).await, id * id);
        let took = start.elapsed();
        if was_open { open.push(took) } else { closed.push(took) }
    }
    cache.invalidate("user:1").await;
    for id in 0..10_u64 {
        cache.set("user:2", id, Ttl::Never).await;
    }
    open.sort();
    closed.sort();
    let (worst_closed, typical_open, late_open) =
        (closed[closed.len() - 1], open[open.len() / 2], open[open.len() * 999 / 1000]);
    println!(
        "closed: {} calls, slowest {worst_closed:?}; open: {} calls, median {typical_open:?}, 99.9 % {late_open:?}",
        closed.len(),
        open.len(),
    );
    assert!(open.len() > 9_900, "the breaker opened after {} calls", closed.len());
    assert!(cache.shared_stats().unwrap().owed > 0);
    tier.fail(Fault::None);
    in_time(until(|| cache.shared_stats().unwrap().owed == 0)).await;
    assert!(matches!(memory.get("cache", "user:1").await, Ok(Fetched::Missing(_))));
    let other = Cache::builder().shared(memory).build().unwrap();
    assert_eq!(other.get::<u64>("user:2").await, Some(9), "in order per key");
}
