//! Callers that miss together share one load.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Cache, cached};
use cache_tests::{Probe, in_time, in_time_blocking, scope, until, until_blocking};

#[cached(ttl = "5m", key_prefix = "square", skip(probe))]
async fn square(probe: &Probe, id: u64) -> u64 {
    let _running = probe.enter();
    probe.gate.passed().await;
    id * id
}

#[cached(ttl = "5m", key_prefix = "cube", skip(probe))]
fn cube(probe: &Probe, id: u64) -> u64 {
    let _running = probe.enter();
    probe.gate.passed_blocking();
    id * id * id
}

#[cached(ttl = "5m", key_prefix = "maybe", skip(probe))]
async fn maybe(probe: &Probe, id: u64) -> Option<u64> {
    let _running = probe.enter();
    probe.gate.passed().await;
    (id > 100).then_some(id)
}

#[cached(ttl = "5m", key_prefix = "each", single_flight = false, skip(probe))]
async fn each(probe: &Probe, id: u64) -> u64 {
    let _running = probe.enter();
    probe.gate.passed().await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_tasks_that_miss_one_key_run_the_body_once() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let probe = probe.clone();
            tokio::spawn(scope.run(async move { square(&probe, 7).await }))
        })
        .collect();
    in_time(async {
        until(|| scope.cache().stats().misses == 100).await;
        probe.gate.open();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 49);
        }
    })
    .await;
    assert_eq!(probe.runs(), 1);
    let stats = scope.cache().stats();
    assert_eq!((stats.loads, stats.coalesced, stats.hits), (1, 99, 0));
}

#[test]
fn a_hundred_threads_through_a_sync_function_run_the_body_once() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let (scope, probe) = (scope.clone(), probe.clone());
            std::thread::spawn(move || {
                let _entered = scope.enter();
                cube(&probe, 3)
            })
        })
        .collect();
    let cache = scope.cache().clone();
    let opener = probe.clone();
    let answers: Vec<_> = in_time_blocking(move || {
        until_blocking(|| cache.stats().misses == 100);
        opener.gate.open();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers, [27; 100]);
    assert_eq!(probe.runs(), 1);
}

#[tokio::test]
async fn other_keys_do_not_wait() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let all = futures_util::future::join_all((0..10).map(|id| square(&probe, id)));
        let (answers, ()) = tokio::join!(all, async {
            until(|| probe.running() == 10).await;
            probe.gate.open();
        });
        assert_eq!(answers, (0..10).map(|id| id * id).collect::<Vec<_>>());
    }))
    .await;
}

#[tokio::test]
async fn an_absence_is_shared_with_those_who_wait_and_not_stored() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let all = futures_util::future::join_all((0..10).map(|_| maybe(&probe, 5)));
        let (answers, ()) = tokio::join!(all, async {
            until(|| scope.cache().stats().misses == 10).await;
            probe.gate.open();
        });
        assert_eq!(answers, [None; 10]);
        assert_eq!(probe.runs(), 1);
        assert_eq!(maybe::peek(5).await, None);
        assert_eq!(scope.cache().stats().entries, 0);
        maybe(&probe, 5).await;
        assert_eq!(probe.runs(), 2, "the absence was not stored");
        assert_eq!((maybe(&probe, 101).await, maybe(&probe, 101).await), (Some(101), Some(101)));
        assert_eq!(probe.runs(), 3);
    }))
    .await;
}

#[tokio::test]
async fn without_single_flight_every_miss_computes() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let all = futures_util::future::join_all((0..10).map(|_| each(&probe, 5)));
        let (answers, ()) = tokio::join!(all, async {
            until(|| probe.running() == 10).await;
            probe.gate.open();
        });
        assert_eq!(answers, [5; 10]);
        assert_eq!(each(&probe, 5).await, 5);
        assert_eq!(probe.runs(), 10, "and what they computed is stored");
    }))
    .await;
}

#[tokio::test]
async fn a_manual_load_and_a_decorated_call_share_one_load_by_name() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let manual = scope.cache().get_or_set("square:6", Duration::from_secs(60), async || 0_u64);
        let (decorated, manual, ()) = tokio::join!(square(&probe, 6), manual, async {
            until(|| scope.cache().stats().misses == 2).await;
            probe.gate.open();
        });
        assert_eq!((decorated, manual), (36, 36));
        assert_eq!(scope.cache().get::<u64>(square::key(6)).await, Some(36));
    }))
    .await;
}

#[tokio::test]
async fn values_of_two_types_under_one_name_do_not_meet() {
    let scope = scope();
    let (cache, probe) = (scope.cache(), Probe::default());
    let minute = Duration::from_secs(60);
    in_time(async {
        let number = cache.get_or_set("both", minute, async || {
            probe.gate.passed().await;
            1_u8
        });
        let text = cache.get_or_set("both", minute, async || "one".to_owned());
        let (number, ()) = tokio::join!(number, async {
            until(|| cache.stats().misses == 1).await;
            assert_eq!(text.await, "one");
            probe.gate.open();
        });
        assert_eq!(number, 1);
        assert_eq!(cache.get::<String>("both").await, None, "the later one replaced it");
        assert_eq!(cache.get::<u8>("both").await, Some(1));
    })
    .await;
}

/// The leader's task may need the very thread that the sync caller would block.
#[tokio::test]
async fn a_sync_caller_does_not_wait_for_an_async_leader() {
    let cache = Cache::builder().build().unwrap();
    let (probe, minute) = (Probe::default(), Duration::from_secs(60));
    in_time(async {
        let leader = cache.get_or_set("name", minute, async || {
            let _running = probe.enter();
            probe.gate.passed().await;
            1
        });
        let (led, ()) = tokio::join!(leader, async {
            until(|| probe.running() == 1).await;
            assert_eq!(cache.local().get_or_set("name", minute, || 2), 2);
            probe.gate.open();
        });
        assert_eq!(led, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_caller_waits_for_a_sync_leader() {
    let cache = Cache::builder().build().unwrap();
    let (probe, minute) = (Arc::new(Probe::default()), Duration::from_secs(60));
    let leader = std::thread::spawn({
        let (cache, probe) = (cache.clone(), probe.clone());
        move || {
            cache.local().get_or_set("name", minute, || {
                let _running = probe.enter();
                probe.gate.passed_blocking();
                1
            })
        }
    });
    in_time(async {
        until(|| probe.running() == 1).await;
        let (answer, ()) = tokio::join!(cache.get_or_set("name", minute, async || 2), async {
            until(|| cache.stats().misses == 2).await;
            probe.gate.open();
        });
        assert_eq!(answer, 1);
    })
    .await;
    assert_eq!(leader.join().unwrap(), 1);
}
