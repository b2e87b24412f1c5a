//! Answers that are not plain: past their time, from elsewhere, not good enough, an absence.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{Forward, TimedOut, cached, observe};
use cache_tests::{Probe, in_time, until};

use super::{SECOND, get_user, told};

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
    assert_eq!((calls[0].age, calls[0].forward), (Some(Duration::ZERO), None));
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

#[cached(ttl = 60, ttl_none = 20, ttl_err = 5, key_prefix = "negative", tier = "local", skip(probe))]
async fn negative(probe: &Probe, id: u64) -> Result<Option<u64>, String> {
    let _running = probe.enter();
    probe.gate.passed().await;
    match id {
        0 => Ok(None),
        13 => Err("unlucky".to_owned()),
        id => Ok(Some(id)),
    }
}

#[tokio::test]
async fn a_stored_absence_or_error_is_a_hit_that_says_so_also_to_those_who_waited() {
    let (scope, probe) = (Scope::new(), Probe::default());
    in_time(scope.run(async {
        let opened = async {
            tokio::task::yield_now().await;
            probe.gate.open();
        };
        let both = observe(async { tokio::join!(negative(&probe, 0), negative(&probe, 0)) });
        let ((_, calls), ()) = tokio::join!(both, opened);
        let expected =
            ["negative negative:0: miss, stored, ttl 20 s, absent", "negative negative:0: coalesced, ttl 20 s, absent"];
        assert_eq!(told(&calls), expected);
        let (_, calls) = observe(async {
            negative(&probe, 0).await.unwrap();
            negative(&probe, 13).await.unwrap_err();
            negative(&probe, 13).await.unwrap_err();
        })
        .await;
        let expected = [
            "negative negative:0: hit, ttl 20 s, absent",
            "negative negative:13: miss, stored, ttl 5 s, error",
            "negative negative:13: hit, ttl 5 s, error",
        ];
        assert_eq!(told(&calls), expected);
    }))
    .await;
}

#[tokio::test]
async fn a_caller_that_waited_is_given_a_time_only_where_the_answer_is_stored() {
    let (scope, source) = (Scope::new(), Arc::new(Source::default()));
    in_time(scope.run(async {
        let opened = async {
            tokio::task::yield_now().await;
            source.probe.gate.open();
        };
        let both = observe(async { tokio::join!(unkept(&source, 1), unkept(&source, 1)) });
        let ((_, calls), ()) = tokio::join!(both, opened);
        assert_eq!(told(&calls), ["unkept unkept:1: miss", "unkept unkept:1: coalesced"]);
    }))
    .await;
}

#[cached(ttl = 60, cache_if = |_| false, key_prefix = "unkept", tier = "local", skip(source))]
async fn unkept(source: &Arc<Source>, id: u64) -> u64 {
    source.probe.gate.passed().await;
    id
}

#[tokio::test]
async fn a_waiter_that_a_value_past_its_time_answers_is_told_so() {
    let (scope, source) = (Scope::new(), Arc::new(Source::default()));
    in_time(scope.run(async {
        source.probe.gate.open();
        graceful(&source, 1).await.unwrap();
        source.probe.gate.shut();
        source.down.store(true, SeqCst);
        scope.clock().advance(20 * SECOND);
        let opened = async {
            until(|| source.probe.running() == 1).await;
            source.probe.gate.open();
        };
        let both = observe(async { tokio::join!(graceful(&source, 1), graceful(&source, 1)) });
        let ((answers, calls), ()) = tokio::join!(both, opened);
        assert_eq!(answers, (Ok(1), Ok(1)));
        let calls: Vec<_> = told(&calls).into_iter().filter(|call| call.starts_with("graceful")).collect();
        let expected = [
            "graceful graceful:1: stale for a load, age 20 s, ttl -10 s, error",
            "graceful graceful:1: stale for a load, age 20 s, ttl -10 s",
        ];
        assert_eq!(calls, expected);
    }))
    .await;
}
