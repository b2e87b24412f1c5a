//! What ends a warming, or a strategy, before its keys do.

use std::future::{poll_fn, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::Poll;

use cache_core::testing::Scope;
use cache_tests::{Probe, in_time, until};
use futures_util::stream;

use super::{SECOND, counts, item, open};

#[tokio::test]
async fn an_endless_stream_is_warmed_until_the_signal() {
    let (scope, probe) = (Scope::new(), open());
    let stop = AtomicBool::new(false);
    let report = in_time(scope.run(async {
        let signal = poll_fn(|_| if stop.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending });
        scope
            .cache()
            .warm()
            .strategy("first", stream::repeat(7), |id| item(&probe, id))
            .strategy("never begun", 0..5, |id| item(&probe, 100 + id))
            .strategy("of unknown number", stream::repeat(1), |id| item(&probe, 100 + id))
            .progress(|progress| {
                assert_eq!((progress.strategy, progress.total), ("first", None));
                stop.store(progress.done == 1_000, SeqCst);
            })
            .stop_when(signal)
            .concurrency(1)
            .run()
            .await
    }))
    .await;
    assert!(report.stopped);
    assert_eq!(counts(&report), [1, 999, 0, 0, 5]);
    assert_eq!((report.strategies.len(), probe.runs()), (3, 1));
}

#[tokio::test]
async fn closing_the_cache_ends_it_though_its_calls_hang_and_though_it_waits() {
    let (scope, probe) = (Scope::new(), Arc::new(Probe::default()));
    let hanging = {
        let (cache, probe) = (scope.cache().clone(), probe.clone());
        async move {
            let warm = cache.warm().strategy("all", 1..=10, |id| item(&probe, id));
            warm.concurrency(4).run().await
        }
    };
    let hanging = tokio::spawn(scope.run(hanging));
    let waiting = scope.cache().warm().strategy("late", stream::pending::<u64>(), |_| ready(Ok::<_, String>(())));
    let waiting = tokio::spawn(scope.run(waiting.run()));
    in_time(until(|| probe.running() == 4)).await;
    in_time(scope.cache().close()).await;
    let report = in_time(hanging).await.unwrap();
    assert!(report.stopped);
    assert_eq!((counts(&report), probe.running()), ([0, 0, 0, 0, 10], 0));
    let report = in_time(waiting).await.unwrap();
    assert!(report.stopped);

    let again = in_time(scope.cache().warm().strategy("all", 1..=10, |id| item(&probe, id)).run()).await;
    assert_eq!((counts(&again), again.stopped, probe.runs()), ([0, 0, 0, 0, 10], true, 4));
}

#[tokio::test]
async fn a_closed_cache_ends_a_delay() {
    let (scope, probe) = (Scope::new(), Arc::new(open()));
    let (cache, inside) = (scope.cache().clone(), probe.clone());
    let warming = tokio::spawn(scope.run(async move {
        let warm = cache.warm().strategy("all", 1..=10, |id| item(&inside, id));
        warm.batch(4).delay(3600 * SECOND).run().await
    }));
    in_time(until(|| probe.runs() == 4)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    in_time(scope.cache().close()).await;
    assert_eq!(counts(&in_time(warming).await.unwrap()), [4, 0, 0, 0, 6]);
}

#[tokio::test]
async fn keys_that_panic_end_their_strategy_and_no_other() {
    let (scope, probe) = (Scope::new(), open());
    let report = in_time(scope.run(async {
        let broken = (1..5).map(|id| if id == 3 { panic!("no row {id}") } else { id });
        let call_panics = |id: u64| if id == 2 { panic!("no call of {id}") } else { item(&probe, 50 + id) };
        scope
            .cache()
            .warm()
            .strategy("broken", broken, |id| item(&probe, id))
            .strategy("call", 1..=3, call_panics)
            .run()
            .await
    }))
    .await;
    assert_eq!(counts(&report), [4, 0, 0, 2, 0]);
    let errors: Vec<_> = report.strategies.iter().map(|strategy| strategy.errors.join("; ")).collect();
    assert_eq!(errors, ["the keys panicked: no row 3", "panicked: no call of 2"]);
}
