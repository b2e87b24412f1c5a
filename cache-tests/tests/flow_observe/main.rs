//! `observe`: which calls are told of, with which outcome, in which order.

mod answers;
mod batches;

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{CallOutcome, Forward, Observed, Observer, cached, observe, observe_blocking};
use cache_tests::{Probe, in_time, until};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

const SECOND: Duration = Duration::from_secs(1);

#[cached(ttl = 60, key_prefix = "user", tier = "local")]
async fn get_user(id: u64) -> Result<Option<u64>, String> {
    tokio::task::yield_now().await;
    match id {
        0 => Ok(None),
        13 => Err("unlucky".to_owned()),
        666 => panic!("a body that panics"),
        id => Ok(Some(id)),
    }
}

/// Asks for two users, the second of them twice.
#[cached(ttl = "never", key_prefix = "pair", tier = "local")]
async fn pair(id: u64) -> u64 {
    let sum = get_user(id).await.unwrap().unwrap() + get_user(id + 1).await.unwrap().unwrap();
    get_user(id + 1).await.unwrap();
    sum
}

#[cached(ttl = 60, key_prefix = "gated", tier = "local", skip(probe))]
async fn gated(probe: &Probe, id: u64) -> u64 {
    let _running = probe.enter();
    probe.gate.passed().await;
    id
}

#[cached(ttl = 60, key_prefix = "square", refresh_when = fresh, when = wanted, skip(fresh, wanted))]
fn square(n: u64, fresh: bool, wanted: bool) -> u64 {
    n * n
}

fn told(observed: &Observed) -> Vec<String> {
    observed.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn each_call_is_told_with_its_key_outcome_and_times() {
    let scope = Scope::new();
    in_time(scope.run(async {
        let (answer, calls) = observe(async {
            get_user(7).await.unwrap();
            scope.clock().advance(10 * SECOND);
            get_user(7).await.unwrap();
            get_user(0).await.unwrap();
            get_user(13).await.unwrap_err();
            scope.clock().advance(50 * SECOND);
            get_user(7).await.unwrap();
            get_user::refresh(7).await
        })
        .await;
        assert_eq!(answer, Ok(Some(7)));
        let expected = [
            "get_user user:7: miss, stored, ttl 60 s",
            "get_user user:7: hit, age 10 s, ttl 50 s",
            "get_user user:0: miss, absent",
            "get_user user:13: miss, error",
            "get_user user:7: miss (stale), stored, ttl 60 s",
            "get_user user:7: miss (request), stored, ttl 60 s",
        ];
        assert_eq!(told(&calls), expected);
        let (miss, hit) = (&calls[0], &calls[1]);
        assert_eq!((miss.function, miss.module, &*miss.key), ("get_user", module_path!(), "user:7"));
        assert_eq!((miss.outcome, miss.forward, miss.stored), (CallOutcome::Miss, Some(Forward::Miss), true));
        assert_eq!((hit.outcome, hit.forward, hit.stored), (CallOutcome::Hit, None, false));
        assert_eq!((hit.age, hit.ttl, hit.overdue), (Some(10 * SECOND), Some(50 * SECOND), None));
        assert_eq!((calls[4].forward, calls[5].forward), (Some(Forward::Stale), Some(Forward::Request)));
        assert_eq!((calls.count(CallOutcome::Miss), calls.left_out), (5, 0));
    }))
    .await;
}

#[tokio::test]
async fn what_a_body_asks_for_comes_before_its_call() {
    let scope = Scope::new();
    in_time(scope.run(async {
        let (_, calls) = observe(pair(1)).await;
        let expected = [
            "get_user user:1: miss, stored, ttl 60 s",
            "get_user user:2: miss, stored, ttl 60 s",
            "get_user user:2: hit, ttl 60 s",
            "pair pair:1: miss, stored",
        ];
        assert_eq!(told(&calls), expected);
        let (_, calls) = observe(pair(1)).await;
        assert_eq!(told(&calls), ["pair pair:1: hit"], "for ever: there is no time to tell");
    }))
    .await;
}

#[tokio::test]
async fn joined_and_buffered_futures_are_inside_and_spawned_ones_where_they_are_wrapped() {
    let scope = Scope::new();
    in_time(scope.run(async {
        let (_, calls) = observe(async {
            let (_, _) = tokio::join!(get_user(1), async {
                let (_, _) = tokio::join!(get_user(2), get_user(3));
            });
            stream::iter(4..8).map(get_user).buffer_unordered(3).collect::<Vec<_>>().await;
            join_all([8, 9].map(get_user)).await;
            tokio::spawn(scope.run(async { get_user(10).await })).await.unwrap().unwrap();
            let observer = Observer::current();
            tokio::spawn(scope.run(observer.wrap(async { get_user(11).await }))).await.unwrap().unwrap();
            let here = scope.clone();
            let thread = std::thread::spawn(move || {
                let _entered = here.enter();
                square(1, false, true);
                observer.wrap_blocking(|| square(2, false, true))
            });
            assert_eq!(thread.join().unwrap(), 4);
        })
        .await;
        let mut keys: Vec<_> = calls.iter().map(|call| call.key.clone()).collect();
        assert_eq!(keys.split_off(10), ["square:2"]);
        keys.sort_unstable();
        let mut expected: Vec<_> = (1..10).chain([11]).map(|id| format!("user:{id}")).collect();
        expected.sort_unstable();
        assert_eq!(keys, expected);
    }))
    .await;
}

#[tokio::test]
async fn an_observation_is_part_of_the_one_that_it_is_made_in() {
    let scope = Scope::new();
    in_time(scope.run(async {
        let ((outer_only, inner), outer) = observe(async {
            get_user(1).await.unwrap();
            let (both, inner) = observe(async {
                get_user(2).await.unwrap();
                Observer::current()
            })
            .await;
            get_user(3).await.unwrap();
            // Its observation is over.
            both.wrap(get_user(4)).await.unwrap();
            (both.is_observing(), inner)
        })
        .await;
        let keys = |calls: &Observed| calls.iter().map(|call| call.key.clone()).collect::<Vec<_>>();
        assert!(outer_only);
        assert_eq!(keys(&inner), ["user:2"]);
        assert_eq!(keys(&outer), ["user:1", "user:2", "user:3", "user:4"]);
        assert!(!Observer::current().is_observing());
        let (_, nothing) = observe(async { 1 }).await;
        assert!(nothing.is_empty());
    }))
    .await;
}

#[tokio::test]
async fn a_caller_that_waits_for_another_is_told_as_such() {
    let (scope, probe) = (Scope::new(), Arc::new(Probe::default()));
    in_time(scope.run(async {
        let leader = tokio::spawn(scope.run({
            let probe = probe.clone();
            async move { gated(&probe, 1).await }
        }));
        until(|| probe.running() == 1).await;
        let waiting = observe(gated(&probe, 1));
        let opened = async {
            tokio::task::yield_now().await;
            probe.gate.open();
        };
        let ((_, calls), ()) = tokio::join!(waiting, opened);
        assert_eq!(leader.await.unwrap(), 1);
        assert_eq!(told(&calls), ["gated gated:1: coalesced, ttl 60 s"]);
        assert_eq!((calls[0].forward, calls[0].stored), (Some(Forward::Miss), false));
        assert_eq!(probe.runs(), 1);
    }))
    .await;
}

#[tokio::test]
async fn what_gives_no_answer_is_not_told_of() {
    let (scope, probe) = (Scope::new(), Probe::default());
    in_time(scope.run(async {
        let (_, calls) = observe(async {
            tokio::select! {
                biased;
                _ = gated(&probe, 1) => unreachable!("the gate is shut"),
                () = tokio::task::yield_now() => {}
            }
            let here = scope.clone();
            let panics = tokio::spawn(Observer::current().wrap(here.run(async { get_user(666).await })));
            assert!(panics.await.unwrap_err().is_panic());
            get_user::peek(1).await;
            get_user::put(1, 1).await;
            get_user::uncached(1).await.unwrap();
            scope.cache().get_or_set("manual", SECOND, async || 1).await;
        })
        .await;
        assert_eq!(told(&calls), [""; 0]);
    }))
    .await;
}

#[test]
fn sync_calls_are_observed_on_their_thread_with_why_they_went_by() {
    let scope = Scope::new();
    let _entered = scope.enter();
    let (sum, calls) = observe_blocking(|| {
        square(3, false, true) + square(3, false, true) + square(3, true, true) + square(3, false, false)
    });
    assert_eq!(sum, 36);
    let expected = [
        "square square:3: miss, stored, ttl 60 s",
        "square square:3: hit, ttl 60 s",
        "square square:3: miss (request), stored, ttl 60 s",
        "square square:3: bypass",
    ];
    assert_eq!(told(&calls), expected);
    assert_eq!((calls[3].forward, calls[3].outcome), (Some(Forward::Bypass), CallOutcome::Bypass));
    let off = Scope::with(|cache| cache.enabled(false));
    let _entered = off.enter();
    assert_eq!(told(&observe_blocking(|| square(3, true, true)).1), ["square square:3: bypass"]);
}

#[test]
fn more_calls_than_are_kept_are_counted() {
    let scope = Scope::new();
    let _entered = scope.enter();
    let (_, calls) = observe_blocking(|| (0..10_007).map(|_| square(1, false, true)).sum::<u64>());
    assert_eq!((calls.len(), calls.left_out), (10_000, 7));
}

#[cached(ttl = 60, key_prefix = "named", key(user.unwrap()), when = user.is_some())]
fn named(user: Option<u64>) -> bool {
    user.is_some()
}

#[test]
fn a_key_that_cannot_be_made_up_is_its_functions_pattern() {
    let scope = Scope::new();
    let _entered = scope.enter();
    let (_, calls) = observe_blocking(|| (named(Some(1)), named(None)));
    assert_eq!(told(&calls), ["named named:1: miss, stored, ttl 60 s", "named named:*: bypass"]);
}
