//! Loads that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{Cache, cached};
use cache_tests::{Probe, in_time, in_time_blocking, scope, until, until_blocking};
use futures_util::future::join_all;
use tokio::sync::watch;

/// As a database driver's: it cannot be copied.
#[derive(Debug)]
struct Down(usize);

#[derive(Debug, Clone, PartialEq)]
struct Refused(usize);

/// A source whose every answer takes one step of a time that the test moves.
struct Source {
    probe: Probe,
    time: watch::Sender<u32>,
    /// How many answers are still failures.
    broken_for: AtomicUsize,
}

impl Source {
    fn broken_for(answers: usize) -> Self {
        Self { probe: Probe::default(), time: watch::Sender::new(0), broken_for: AtomicUsize::new(answers) }
    }

    async fn answer(&self, id: u64) -> Result<u64, Down> {
        let running = self.probe.enter();
        let asked = *self.time.borrow();
        let mut time = self.time.subscribe();
        time.wait_for(|now| *now > asked).await.unwrap();
        match self.broken_for.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Err(Down(running.run)),
            Err(_) => Ok(id),
        }
    }

    /// Lets the time of one load pass, once so many bodies have begun in all.
    async fn step(&self, begun: usize) {
        until(|| self.probe.runs() == begun).await;
        self.time.send_modify(|now| *now += 1);
    }
}

#[cached(ttl = "5m", key_prefix = "row", skip(source))]
async fn row(source: &Source, id: u64) -> Result<u64, Down> {
    source.answer(id).await
}

#[tokio::test]
async fn a_failing_source_answers_a_hundred_waiters_within_three_loads() {
    let (scope, source) = (scope(), Source::broken_for(usize::MAX));
    in_time(scope.run(async {
        let calls = join_all((0..100).map(|_| row(&source, 7)));
        let (answers, ()) = tokio::join!(calls, async {
            source.step(1).await;
            source.step(2).await;
            source.step(100).await;
        });
        let mut runs: Vec<_> = answers.into_iter().map(|answer| answer.unwrap_err().0).collect();
        runs.sort_unstable();
        assert_eq!(runs, (1..=100).collect::<Vec<_>>(), "each caller has an error of its own");
        let stats = row::stats();
        assert_eq!((stats.misses, stats.loads, stats.load_errors, stats.entries), (100, 100, 100, 0));
    }))
    .await;
}

#[tokio::test]
async fn one_waiter_retries_and_its_success_is_shared() {
    let (scope, source) = (scope(), Source::broken_for(1));
    in_time(scope.run(async {
        let calls = join_all((0..100).map(|_| row(&source, 7)));
        let (answers, ()) = tokio::join!(calls, async {
            source.step(1).await;
            source.step(2).await;
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        assert_eq!(source.probe.runs(), 2);
        assert_eq!(row(&source, 7).await.unwrap(), 7);
        assert_eq!(source.probe.runs(), 2);
    }))
    .await;
}

#[tokio::test]
async fn two_failures_are_waited_for_and_the_first_own_success_is_stored() {
    let (scope, source) = (scope(), Source::broken_for(2));
    in_time(scope.run(async {
        let calls = join_all((0..10).map(|_| row(&source, 7)));
        let (answers, ()) = tokio::join!(calls, async {
            source.step(1).await;
            source.step(2).await;
            source.step(10).await;
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 8);
        assert_eq!(row(&source, 7).await.unwrap(), 7);
        assert_eq!(source.probe.runs(), 10);
    }))
    .await;
}

#[tokio::test]
async fn a_factory_of_ones_own_fails_alike() {
    let (cache, source) = (Cache::builder().build().unwrap(), Source::broken_for(usize::MAX));
    let call = || cache.get_or_try_set("row:7", Duration::from_secs(60), async || source.answer(7).await);
    in_time(async {
        let (answers, ()) = tokio::join!(join_all((0..100).map(|_| call())), async {
            source.step(1).await;
            source.step(2).await;
            source.step(100).await;
        });
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(cache.get::<u64>("row:7").await, None);
    })
    .await;
}

type Api<T> = Result<Option<T>, Refused>;

#[cached(ttl = "5m", key_prefix = "page", skip(probe))]
async fn page(probe: &Probe, id: u64) -> Api<u64> {
    let running = probe.enter();
    probe.gate.passed().await;
    if id == 0 { Err(Refused(running.run)) } else { Ok(Some(id)) }
}

#[tokio::test]
async fn an_error_that_is_clone_is_shared_and_not_stored() {
    let (scope, probe) = (scope(), Probe::default());
    in_time(scope.run(async {
        let calls = join_all((0..100).map(|_| page(&probe, 0)));
        let (answers, ()) = tokio::join!(calls, async {
            until(|| page::stats().misses == 100).await;
            probe.gate.open();
        });
        assert!(answers.iter().all(|answer| *answer == Err(Refused(1))));
        let stats = page::stats();
        assert_eq!((stats.loads, stats.load_errors, stats.coalesced, stats.entries), (1, 1, 99, 0));
        assert_eq!(page(&probe, 0).await, Err(Refused(2)));
        assert_eq!(page(&probe, 1).await, Ok(Some(1)));
        assert_eq!(page::peek(0).await, None);
        assert_eq!(page::peek(1).await, Some(Ok(Some(1))));
    }))
    .await;
}

#[cached(ttl = "5m", key_prefix = "disk", skip(probe))]
fn disk(probe: &Probe, id: u64) -> Result<u64, Down> {
    let running = probe.enter();
    probe.gate.passed_blocking();
    if id == 0 { Err(Down(running.run)) } else { Ok(id) }
}

#[test]
fn threads_do_not_queue_up_behind_a_failing_source() {
    in_time_blocking(|| {
        let (scope, probe) = (scope(), Arc::new(Probe::default()));
        let threads: Vec<_> = (0..30)
            .map(|_| {
                let (scope, probe) = (scope.clone(), probe.clone());
                std::thread::spawn(move || {
                    let _entered = scope.enter();
                    disk(&probe, 0).unwrap_err().0
                })
            })
            .collect();
        until_blocking(|| scope.cache().stats().misses == 30);
        probe.gate.open();
        let mut runs: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        runs.sort_unstable();
        assert_eq!(runs, (1..=30).collect::<Vec<_>>());
        assert!(scope.cache().keys().is_empty());
    });
}
