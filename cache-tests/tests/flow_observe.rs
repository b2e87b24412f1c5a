//! `observe`: which calls are told of, with which outcome, in which order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{CallOutcome, Forward, Observed, Observer, TimedOut, cached, observe, observe_blocking};
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

#[derive(Debug, Clone, PartialEq)]
enum Trouble {
    Down,
    Slow,
}

impl From<TimedOut> for Trouble {
    fn from(_: TimedOut) -> Self {
        Self::Slow
    }
}

#[derive(Debug, Default)]
struct Source {
    probe: Probe,
    down: AtomicBool,
}

#[cached(ttl = 10, stale_while_revalidate = "5s", stale_if_error = "1m", key_prefix = "graceful", skip(source))]
async fn graceful(source: &Arc<Source>, id: u64) -> Result<u64, Trouble> {
    let _running = source.probe.enter();
    get_user(id).await.ok();
    source.probe.gate.passed().await;
    if source.down.load(SeqCst) { Err(Trouble::Down) } else { Ok(id) }
}

#[tokio::test]
async fn answers_past_their_time_say_how_long_and_why() {
    let (scope, source) = (Scope::new(), Arc::new(Source::default()));
    in_time(scope.run(async {
        let clock = scope.clock();
        source.probe.gate.open();
        graceful(&source, 1).await.unwrap();
        clock.advance(12 * SECOND);
        source.probe.gate.shut();
        let (_, calls) = observe(async {
            // The first has it made anew, beside itself; nobody waits for what that does.
            graceful(&source, 1).await.unwrap();
            until(|| source.probe.running() == 1).await;
            graceful(&source, 1).await.unwrap();
        })
        .await;
        assert_eq!(told(&calls), ["graceful graceful:1: stale, age 12 s, ttl -2 s"; 2]);
        assert_eq!((calls[1].overdue, calls[1].ttl, calls[1].forward), (Some(2 * SECOND), Some(Duration::ZERO), None));
        source.probe.gate.open();
        until(|| graceful::stats().loads == 2).await;
        source.down.store(true, SeqCst);
        clock.advance(40 * SECOND);
        let (answer, calls) = observe(graceful(&source, 1)).await;
        assert_eq!(answer, Ok(1));
        let expected = [
            "get_user user:1: hit, age 52 s, ttl 8 s",
            "graceful graceful:1: stale for a load, age 40 s, ttl -30 s, error",
        ];
        assert_eq!(told(&calls), expected);
        assert_eq!(calls[1].forward, Some(Forward::Stale));
    }))
    .await;
}

#[cached(ttl = 10, timeout = "2s", key_prefix = "bounded", skip(source))]
async fn bounded(source: &Arc<Source>, id: u64) -> Result<u64, Trouble> {
    get_user(id).await.ok();
    let _running = source.probe.enter();
    source.probe.gate.passed().await;
    Ok(id)
}

#[tokio::test]
async fn the_body_of_a_call_with_a_timeout_is_inside_though_another_task_runs_it() {
    let (scope, source) = (Scope::new(), Arc::new(Source::default()));
    in_time(scope.run(async {
        let late = async {
            until(|| source.probe.running() == 1).await;
            scope.clock().advance(2 * SECOND);
        };
        let ((answer, calls), ()) = tokio::join!(observe(bounded(&source, 1)), late);
        assert_eq!(answer, Err(Trouble::Slow));
        assert_eq!(told(&calls), ["get_user user:1: miss, stored, ttl 60 s", "bounded bounded:1: miss, timeout"]);
        source.probe.gate.open();
        let (answer, calls) = observe(bounded(&source, 2)).await;
        assert_eq!(answer, Ok(2));
        let expected = ["get_user user:2: miss, stored, ttl 60 s", "bounded bounded:2: miss, stored, ttl 10 s"];
        assert_eq!(told(&calls), expected);
    }))
    .await;
}

#[cached(ttl = 60, key_prefix = "moved")]
async fn moved(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn what_the_shared_tier_has_is_a_hit_and_what_goes_there_alone_is_stored() {
    let tier = MemoryTier::new();
    let behind = Scope::with(|cache| cache.shared(tier.clone()));
    let (_, calls) = in_time(behind.run(observe(moved(1)))).await;
    assert_eq!(told(&calls), ["moved moved:1: miss, stored, ttl 60 s"]);
    let other = Scope::with(|cache| cache.shared(tier.clone()));
    let (_, calls) = in_time(other.run(observe(async {
        moved(1).await;
        moved(1).await
    })))
    .await;
    assert_eq!(told(&calls), ["moved moved:1: hit, ttl 60 s, shared", "moved moved:1: hit, ttl 60 s"]);
    assert_eq!((calls[0].age, calls[0].forward), (None, None));
    let alone = Scope::with(|cache| cache.shared(MemoryTier::new()).__memory(false));
    let (_, calls) = in_time(alone.run(observe(moved(2)))).await;
    assert_eq!(told(&calls), ["moved moved:2: miss, stored, ttl 60 s"]);
}

#[cached(ttl = 60, validate = |v| *v < 10, cache_if = |v| *v < 20, key_prefix = "judged", tier = "local")]
async fn judged(id: u64, value: u64) -> u64 {
    let _ = id;
    value
}

#[tokio::test]
async fn what_was_not_good_enough_or_is_not_stored_is_told_so() {
    let scope = Scope::new();
    in_time(scope.run(async {
        judged::put(1, 5, 15_u64).await;
        let (_, calls) = observe(async {
            judged(1, 5).await;
            judged(2, 30).await
        })
        .await;
        let expected = ["judged judged:1:5: miss, stored, ttl 60 s, rejected", "judged judged:2:30: miss"];
        assert_eq!(told(&calls), expected);
    }))
    .await;
}
