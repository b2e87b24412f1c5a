//! `cache.warm()`: what is called, how many at a time, when it ends, and what is reported.

mod stopping;

use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{WarmReport, cached};
use cache_tests::{Probe, in_time, until};
use futures_util::{StreamExt, stream};

const SECOND: Duration = Duration::from_secs(1);

#[cached(ttl = 60, key_prefix = "item", tier = "local", skip(probe))]
async fn item(probe: &Probe, id: u64) -> Result<Option<u64>, String> {
    let _running = probe.enter();
    probe.gate.passed().await;
    match id {
        0 => Ok(None),
        13 => Err("unlucky ".to_owned() + &"x".repeat(300)),
        666 => panic!("the body of {id}"),
        id => Ok(Some(id)),
    }
}

/// Asks for two items.
#[cached(ttl = 60, key_prefix = "both", tier = "local", skip(probe))]
async fn both(probe: &Probe, id: u64) -> Result<u64, String> {
    item(probe, 1).await?;
    item(probe, id).await?.ok_or("nothing there".to_owned())
}

fn open() -> Probe {
    let probe = Probe::default();
    probe.gate.open();
    probe
}

/// Polls it once.
async fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context))).await
}

/// Warmed, already there, not stored, failed, skipped.
fn counts(report: &WarmReport) -> [u64; 5] {
    let total = &report.total;
    [total.warmed, total.already_there, total.not_stored, total.failed, total.skipped]
}

#[tokio::test]
async fn each_key_is_called_through_the_function_and_what_it_came_to_is_reported() {
    let (scope, probe) = (Scope::new(), open());
    let report = in_time(scope.run(async {
        item(&probe, 2).await.unwrap();
        scope
            .cache()
            .warm()
            .strategy("popular", vec![1, 2, 3, 0, 1], |id| item(&probe, id))
            .strategy("cursed", [13, 4, 666, 5], |id| item(&probe, id))
            .strategy("nested", stream::iter([6_u64, 13, 1, 0]), |id| both(&probe, id))
            .strategy_infallible("plain", [1, 2], |id| async move { id + 1 })
            .concurrency(1)
            .run()
            .await
    }))
    .await;
    let shown = report.to_string();
    let long = format!("unlucky {}…", "x".repeat(192));
    let expected = [
        "popular: 2 warmed, 2 already there, 1 not stored, 0 failed, 0 skipped in 0ns".to_owned(),
        "cursed: 2 warmed, 0 already there, 0 not stored, 2 failed, 0 skipped in 0ns".to_owned(),
        format!("  item:13: {}…", &long[..191]),
        "  panicked: the body of 666".to_owned(),
        "nested: 2 warmed, 0 already there, 0 not stored, 2 failed, 0 skipped in 0ns".to_owned(),
        format!("  both:13: {}…", &long[..191]),
        "  both:0: nothing there".to_owned(),
        "plain: 0 warmed, 0 already there, 2 not stored, 0 failed, 0 skipped in 0ns".to_owned(),
        "all: 6 warmed, 2 already there, 3 not stored, 4 failed, 0 skipped in 0ns".to_owned(),
    ];
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    assert!(!report.stopped);
    for id in 1..=6 {
        assert_eq!(scope.run(item::peek(id)).await, Some(Ok(Some(id))), "{id}");
    }
}

#[tokio::test]
async fn batches_wait_for_each_other_on_the_cache_s_clock() {
    let (scope, probe) = (Scope::new(), open());
    in_time(scope.run(async {
        let warm = scope.cache().warm().strategy("all", 1..=7, |id| item(&probe, 100 + id));
        let warm = warm.strategy("more", 8..=8, |id| item(&probe, 100 + id));
        let mut run = Box::pin(warm.batch(3).delay(SECOND).run());
        for runs in [3, 6, 7] {
            for _ in 0..10 {
                assert!(poll(&mut run).await.is_pending());
            }
            assert_eq!(probe.runs(), runs);
            scope.clock().advance(SECOND);
        }
        assert_eq!(counts(&run.await), [8, 0, 0, 0, 0]);
    }))
    .await;
    let stats = scope.cache().stats();
    assert_eq!((stats.entries, scope.clock().elapsed()), (8, 3 * SECOND), "no delay after the last");
}

#[tokio::test]
async fn the_time_taken_is_the_cache_s() {
    let (scope, probe) = (Scope::new(), open());
    let report = in_time(scope.run(async {
        let warm = scope.cache().warm().strategy("all", 1..=4, |id| item(&probe, id));
        let run = warm.batch(2).delay(SECOND).run();
        let ticking = async {
            until(|| probe.runs() == 2).await;
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            scope.clock().advance(SECOND);
            pending::<()>().await;
        };
        tokio::select! {
            report = run => report,
            () = ticking => unreachable!("it waits for ever"),
        }
    }))
    .await;
    assert_eq!((counts(&report), report.total.took), ([4, 0, 0, 0, 0], SECOND));
    assert_eq!(report.strategies[0].counts.took, SECOND);
    let written = serde_json::to_value(&report).unwrap();
    assert_eq!((&written["total"]["warmed"], &written["strategies"][0]["counts"]["took"]), (&4.into(), &1.0.into()));
}

#[tokio::test]
async fn no_more_calls_are_under_way_than_may_be() {
    let (scope, probe) = (Scope::new(), Probe::default());
    let pulled = AtomicUsize::new(0);
    in_time(scope.run(async {
        let keys = (1..=20).inspect(|_| {
            pulled.fetch_add(1, SeqCst);
        });
        let warm = scope.cache().warm().strategy("all", keys, |id| item(&probe, 100 + id));
        let mut run = Box::pin(warm.batch(10).concurrency(4).run());
        assert!(poll(&mut run).await.is_pending());
        assert_eq!((probe.running(), pulled.load(SeqCst)), (4, 4), "no key is asked for before its time");
        probe.gate.open();
        let report = run.await;
        assert_eq!(counts(&report), [20, 0, 0, 0, 0]);
        assert_eq!(probe.most_at_once(), 4);
    }))
    .await;
}

#[tokio::test]
async fn progress_counts_up_to_the_total_and_may_use_the_cache() {
    let (scope, probe) = (Scope::new(), open());
    let told = Mutex::new(Vec::new());
    let errors = in_time(scope.run(async {
        let cache = scope.cache();
        let warm = cache.warm().strategy("known", vec![1, 13, 13, 2], |id| item(&probe, id));
        let warm = warm.strategy("unknown", stream::iter(3..5).filter(|_| ready(true)), |id| item(&probe, id));
        let progress = |progress: cache_core::WarmProgress<'_>| {
            cache.local().set("last", progress.done, SECOND);
            told.lock().unwrap().push(format!("{} {} {:?}", progress.strategy, progress.done, progress.total));
        };
        let report = warm.concurrency(1).progress(progress).errors(1).run().await;
        assert_eq!(counts(&report), [4, 0, 0, 2, 0]);
        report.strategies[0].errors.len()
    }))
    .await;
    assert_eq!(errors, 1, "bounded");
    let told = told.into_inner().unwrap();
    let known: Vec<_> = (1..=4).map(|done| format!("known {done} Some(4)")).collect();
    assert_eq!(told[..4], known);
    assert_eq!(told[4..], ["unknown 1 None", "unknown 2 Some(2)"]);
}

#[tokio::test]
async fn another_caller_s_load_that_it_waits_for_is_warmed() {
    let (scope, probe) = (Scope::new(), Arc::new(Probe::default()));
    in_time(scope.run(async {
        let other = tokio::spawn(scope.run({
            let probe = probe.clone();
            async move { item(&probe, 1).await }
        }));
        until(|| probe.running() == 1).await;
        let mut run = Box::pin(scope.cache().warm().strategy("all", [1], |id| item(&probe, id)).run());
        assert!(poll(&mut run).await.is_pending());
        probe.gate.open();
        assert_eq!(counts(&run.await), [1, 0, 0, 0, 0]);
        assert_eq!((other.await.unwrap(), probe.runs()), (Ok(Some(1)), 1));
    }))
    .await;
}

#[tokio::test]
async fn a_stream_of_calls_is_warmed_like_one_of_keys() {
    let (scope, probe) = (Scope::new(), open());
    let report = in_time(scope.run(async {
        let calls = stream::iter(1..=3).map(|id| item(&probe, id));
        scope.cache().warm().strategy("calls", calls, |call| call).batch(2).run().await
    }))
    .await;
    assert_eq!((counts(&report), probe.runs()), ([3, 0, 0, 0, 0], 3));
}

#[tokio::test]
async fn what_another_caller_finds_absent_is_not_stored_and_an_error_is_named_after_its_own_call() {
    let (scope, probe) = (Scope::new(), Arc::new(Probe::default()));
    let report = in_time(scope.run(async {
        let other = tokio::spawn(scope.run({
            let probe = probe.clone();
            async move { item(&probe, 0).await }
        }));
        until(|| probe.running() == 1).await;
        let mut run = Box::pin(scope.cache().warm().strategy("absent", [0], |id| item(&probe, id)).run());
        assert!(poll(&mut run).await.is_pending());
        probe.gate.open();
        assert_eq!(counts(&run.await), [0, 0, 1, 0, 0]);
        other.await.unwrap().unwrap();
        let later = |id| {
            let probe = &probe;
            async move { item(probe, id).await.and_then(|_| Err::<(), _>("no room".to_owned())) }
        };
        scope.cache().warm().strategy("elsewhere", [1], later).run().await
    }))
    .await;
    assert_eq!(report.strategies[0].errors, ["no room"]);
}
