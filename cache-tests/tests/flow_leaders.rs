//! Leaders that do not come back: dropped, or panicking.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use cache_core::cached;
use cache_tests::{Probe, in_time, in_time_blocking, scope, until, until_blocking};
use futures_util::FutureExt as _;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// What a body is told to do, and what it tells.
struct Stage {
    probe: Probe,
    leads: UnboundedSender<usize>,
    /// How many leaders are still to be dropped.
    doomed: AtomicUsize,
}

#[cached(ttl = "5m", key_prefix = "round", skip(stage, caller))]
async fn round(stage: &Stage, caller: usize, id: u64) -> u64 {
    let _running = stage.probe.enter();
    stage.leads.send(caller).unwrap();
    if stage.doomed.fetch_update(SeqCst, SeqCst, |doomed| doomed.checked_sub(1)).is_ok() {
        stage.probe.gate.passed().await;
        unreachable!("the gate of the doomed stays shut");
    }
    tokio::task::yield_now().await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_a_thousand_rounds_of_dropped_leaders_nobody_hangs_and_one_body_runs_at_a_time() {
    const CALLERS: usize = 6;
    let scope = scope();
    for id in 0..1_000 {
        let dropped = 1 + id as usize % (CALLERS - 1);
        let (leads, mut leaders) = unbounded_channel();
        let stage = Arc::new(Stage { probe: Probe::default(), leads, doomed: AtomicUsize::new(dropped) });
        let tasks: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let stage = stage.clone();
                tokio::spawn(scope.run(async move { round(&stage, caller, id).await }))
            })
            .collect();
        in_time(async {
            for _ in 0..dropped {
                tasks[leaders.recv().await.unwrap()].abort();
            }
            let mut answered = 0;
            for task in tasks {
                match task.await {
                    Ok(answer) => {
                        assert_eq!(answer, id);
                        answered += 1;
                    }
                    Err(error) => assert!(error.is_cancelled()),
                }
            }
            assert_eq!(answered, CALLERS - dropped);
        })
        .await;
        assert_eq!(stage.probe.most_at_once(), 1, "round {id}");
        assert_eq!(stage.probe.runs(), dropped + 1, "round {id}: one waiter took over each time");
    }
}

/// Notes whether the body was still there when its successor was called.
struct Successor {
    probe: Arc<Probe>,
    woken: AtomicBool,
    beside_the_body: AtomicBool,
}

impl Wake for Successor {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
        self.beside_the_body.store(self.probe.running() > 0, SeqCst);
    }
}

#[cached(ttl = "5m", key_prefix = "held", skip(probe))]
async fn held(probe: &Probe) -> u64 {
    let _running = probe.enter();
    probe.gate.passed().await;
    1
}

#[test]
fn a_dropped_body_is_gone_before_the_next_one_begins() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let _entered = scope.enter();
    let successor = Arc::new(Successor {
        probe: probe.clone(),
        woken: AtomicBool::new(false),
        beside_the_body: AtomicBool::new(false),
    });
    let waker = Waker::from(successor.clone());
    let mut waiter = pin!(held(&probe));
    {
        let mut leader = Box::pin(held(&probe));
        // Its body begins once the shared tier has answered.
        cache_tests::until_blocking(|| {
            assert!(leader.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            probe.runs() == 1
        });
        assert!(waiter.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(probe.runs(), 1);
    }
    assert!(successor.woken.load(SeqCst));
    assert!(!successor.beside_the_body.load(SeqCst));
}

#[tokio::test]
async fn a_dropped_waiter_leaves_the_load_to_the_others() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let call = || {
        let probe = probe.clone();
        tokio::spawn(scope.run(async move { held(&probe).await }))
    };
    in_time(async {
        let tasks = [call(), call(), call()];
        until(|| scope.cache().stats().misses == 3).await;
        tasks[1].abort();
        until(|| tasks[1].is_finished()).await;
        probe.gate.open();
        let [first, second, third] = tasks;
        assert_eq!((first.await.unwrap(), third.await.unwrap()), (1, 1));
        assert!(second.await.unwrap_err().is_cancelled());
    })
    .await;
    assert_eq!(probe.runs(), 1);
}

#[cached(ttl = "5m", key_prefix = "burns", skip(probe))]
async fn burns(probe: &Probe) -> u64 {
    let running = probe.enter();
    probe.gate.passed().await;
    assert!(running.run > 1, "the first one burns");
    running.run as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_panic_reaches_its_own_caller_and_the_rest_are_answered() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let probe = probe.clone();
            tokio::spawn(scope.run(async move { burns(&probe).await }))
        })
        .collect();
    in_time(async {
        until(|| scope.cache().stats().misses == 50).await;
        probe.gate.open();
        let mut panics = 0;
        for task in tasks {
            match task.await {
                Ok(answer) => assert_eq!(answer, 2),
                Err(error) => {
                    let panic = error.into_panic();
                    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the first one burns"));
                    panics += 1;
                }
            }
        }
        assert_eq!(panics, 1);
    })
    .await;
    assert_eq!((probe.runs(), probe.most_at_once()), (2, 1));
}

#[cached(ttl = "5m", key_prefix = "burns_too", skip(probe))]
fn burns_too(probe: &Probe) -> u64 {
    let running = probe.enter();
    probe.gate.passed_blocking();
    assert!(running.run > 1, "the first one burns");
    running.run as u64
}

#[test]
fn a_panic_of_a_sync_body_reaches_its_own_caller_and_the_rest_are_answered() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let panics = Arc::new(Mutex::new(Vec::new()));
    let (cache, opener, seen) = (scope.cache().clone(), probe.clone(), panics.clone());
    in_time_blocking(move || {
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (scope, probe, panics) = (scope.clone(), probe.clone(), panics.clone());
                std::thread::spawn(move || {
                    let _entered = scope.enter();
                    match catch_unwind(AssertUnwindSafe(|| burns_too(&probe))) {
                        Ok(answer) => assert_eq!(answer, 2),
                        Err(panic) => panics.lock().unwrap().push(panic),
                    }
                })
            })
            .collect();
        until_blocking(|| cache.stats().misses == 20);
        opener.gate.open();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!((opener.runs(), opener.most_at_once()), (2, 1));
    });
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[cached(ttl = "5m", key_prefix = "kept", skip(burns))]
async fn kept(burns: &AtomicBool, id: u64) -> u64 {
    tokio::task::yield_now().await;
    assert!(!burns.load(SeqCst), "it burns");
    id
}

/// Who catches panics may keep the future that ended in one: its load is over all the same.
#[tokio::test]
async fn a_load_that_panics_is_over_though_its_future_is_kept() {
    let (scope, burns) = (scope(), AtomicBool::new(true));
    scope
        .run(async {
            let mut refresh = pin!(kept::refresh(&burns, 1));
            let caught = AssertUnwindSafe(refresh.as_mut()).catch_unwind();
            assert_eq!(in_time(caught).await.unwrap_err().downcast_ref::<&str>(), Some(&"it burns"));
            burns.store(false, SeqCst);
            assert_eq!(in_time(kept(&burns, 1)).await, 1);
        })
        .await;
}
