//! Counts are written back at least once, many at a time, and none is lost.

use std::collections::BTreeMap;
use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, Counters, ErrorKind, Topic, Ttl, WriteBack};
use cache_tests::{Events, Gate, in_time, until};
use futures_util::future::{join_all, poll_immediate};

const MINUTE: Duration = Duration::from_secs(60);

/// Where counts are written, and how that goes.
#[derive(Default)]
struct Database {
    batches: Mutex<Vec<Vec<(String, i64)>>>,
    down: AtomicBool,
    running: AtomicUsize,
    most: AtomicUsize,
    gate: Gate,
}

impl Database {
    fn open() -> Arc<Self> {
        let database = Arc::new(Self::default());
        database.gate.open();
        database
    }

    fn keep(self: &Arc<Self>, counters: Counters) -> WriteBack {
        let database = self.clone();
        counters.write_back(move |deltas| {
            let database = database.clone();
            async move {
                let running = database.running.fetch_add(1, SeqCst) + 1;
                database.most.fetch_max(running, SeqCst);
                database.gate.passed().await;
                database.running.fetch_sub(1, SeqCst);
                if database.down.load(SeqCst) {
                    return Err("down");
                }
                database.batches.lock().unwrap().push(deltas);
                Ok(())
            }
        })
    }

    fn batches(&self) -> Vec<Vec<(String, i64)>> {
        self.batches.lock().unwrap().clone()
    }

    fn sums(&self) -> BTreeMap<String, i64> {
        let mut sums = BTreeMap::new();
        for (key, count) in self.batches().concat() {
            *sums.entry(key).or_default() += count;
        }
        sums
    }
}

fn cache() -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    (Cache::builder().clock(&clock).build().unwrap(), clock)
}

fn batch(counts: &[(&str, i64)]) -> Vec<(String, i64)> {
    counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
}

#[tokio::test]
async fn every_so_many_additions_are_one_write() {
    let (database, (cache, _)) = (Database::open(), cache());
    let views = database.keep(cache.counters("views").every(4));
    for key in ["b", "a", "b"] {
        views.add(key, 1).await;
    }
    assert_eq!((views.get("a"), views.get("b"), views.get("c")), (1, 2, 0));
    assert!(database.batches().is_empty());
    views.add("b", 5).await;
    assert_eq!(database.batches(), [batch(&[("a", 1), ("b", 7)])]);
    assert_eq!(views.get("b"), 0);
    views.add("a", 1).await;
    views.add("c", 2).await;
    views.add("c", -2).await;
    assert!(views.note("b", 1), "due, and left to the next");
    assert_eq!(database.batches().len(), 1);
    views.flush().await.unwrap();
    assert_eq!(database.batches()[1], batch(&[("a", 1), ("b", 1)]), "what adds up to nothing is left out");
    views.flush().await.unwrap();
    assert_eq!(database.batches().len(), 2, "nothing is not written");
}

#[tokio::test]
async fn the_first_addition_after_the_period_writes() {
    let (database, (cache, clock)) = (Database::open(), cache());
    let views = database.keep(cache.counters("views").period(MINUTE));
    views.add("a", 1).await;
    clock.advance(MINUTE - Duration::from_secs(1));
    views.add("a", 1).await;
    assert!(database.batches().is_empty());
    clock.advance(Duration::from_secs(1));
    views.add("a", 1).await;
    assert_eq!(database.batches(), [batch(&[("a", 3)])]);
    views.add("a", 1).await;
    assert_eq!(database.batches().len(), 1, "the period begins anew");
}

#[tokio::test]
async fn a_task_writes_once_in_a_period_until_the_cache_is_closed() {
    let (database, (cache, clock)) = (Database::open(), cache());
    let views = database.keep(cache.counters("views").period(MINUTE));
    let task = tokio::spawn(views.clone().run());
    in_time(async {
        for round in 1..4 {
            assert!(!views.note("a", round));
            tokio::task::yield_now().await;
            clock.advance(MINUTE);
            until(|| database.batches().len() == round as usize).await;
            assert_eq!(database.batches().last(), Some(&batch(&[("a", round)])));
        }
        clock.advance(MINUTE);
        tokio::task::yield_now().await;
        views.note("a", 4);
        cache.close().await;
        task.await.unwrap();
    })
    .await;
    assert_eq!(database.sums(), BTreeMap::from([("a".to_owned(), 10)]));
    database.keep(cache.counters("no period")).run().await;
}

#[tokio::test]
async fn a_write_that_fails_keeps_the_counts_for_the_next() {
    let (database, (cache, _)) = (Database::open(), cache());
    let views = database.keep(cache.counters("views").every(2));
    database.down.store(true, SeqCst);
    views.add("a", 1).await;
    views.add("b", 1).await;
    assert_eq!((views.get("a"), views.get("b"), cache.stats().errors), (1, 1, 1));
    let error = views.flush().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteBack);
    assert_eq!(error.to_string(), "the counts of `views` were not written back: down");
    let health = cache.health();
    assert!(!health.healthy);
    let warning = health.warnings.iter().find(|warning| warning.topic == Topic::WriteBack).unwrap();
    assert_eq!(warning.message, "the counts of `views` are not written back: down; 2 keys wait in memory");

    views.add("a", 1).await;
    assert_eq!(cache.stats().errors, 2, "not tried before the next is due");
    database.down.store(false, SeqCst);
    views.add("a", 1).await;
    assert_eq!(database.batches(), [batch(&[("a", 3), ("b", 1)])]);
    assert!(cache.health().healthy);
}

#[test]
fn a_failure_and_a_loss_are_traced() {
    let events = Events::default();
    events.record(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (database, (cache, _)) = (Database::open(), cache());
        let views = database.keep(cache.counters("views").every(1));
        database.down.store(true, SeqCst);
        runtime.block_on(views.add("a", 1));
        assert_eq!(events.matching("counts were not written back").len(), 1);
        drop(views);
        assert!(events.matching("counts are lost").is_empty(), "the cache has them");
        drop(cache);
        assert_eq!(events.matching("counts are lost").len(), 1);
    });
}

#[tokio::test]
async fn closing_the_cache_writes_what_is_left_of_handles_that_are_gone_too() {
    let (database, (cache, _)) = (Database::open(), cache());
    let views = database.keep(cache.counters("views"));
    database.keep(cache.counters("others")).note("b", 2);
    database.keep(cache.counters("none"));
    views.add("a", 1).await;
    cache.set("value", 1, Ttl::Never).await;
    in_time(cache.close()).await;
    assert_eq!(database.sums(), BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
    views.add("a", 1).await;
    assert_eq!(database.sums()["a"], 2, "from then on each addition is written");
    database.keep(cache.counters("late")).add("c", 3).await;
    assert_eq!(database.sums()["c"], 3);
}

#[tokio::test]
async fn a_close_that_is_dropped_is_ended_by_the_next() {
    let (database, (cache, _)) = (Arc::new(Database::default()), cache());
    let (first, second) = (database.keep(cache.counters("first")), database.keep(cache.counters("second")));
    first.note("a", 1);
    second.note("b", 1);
    assert_eq!(poll_immediate(cache.close()).await, None, "it waits for the database");
    assert_eq!((first.get("a"), second.get("b")), (1, 1));
    database.gate.open();
    in_time(cache.close()).await;
    assert_eq!(database.sums(), BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 1)]));
}

#[tokio::test]
async fn a_write_that_is_dropped_half_way_is_made_again() {
    let (database, (cache, _)) = (Arc::new(Database::default()), cache());
    let views = database.keep(cache.counters("views").every(1));
    {
        let mut write = pin!(views.add("a", 1));
        assert_eq!(poll_immediate(&mut write).await, None);
        assert_eq!(views.get("a"), 1, "what is on its way is not written yet");
        views.add("a", 1).await;
        assert_eq!(views.get("a"), 2, "nobody waits for another's write");
    }
    database.gate.open();
    views.flush().await.unwrap();
    assert_eq!(database.batches(), [batch(&[("a", 2)])]);
}

#[tokio::test]
async fn a_write_that_panics_is_an_error() {
    let (cache, _) = cache();
    let before = cache.counters("views").every(1).write_back(|deltas: Vec<(String, i64)>| {
        assert!(deltas.is_empty(), "planted");
        pending::<Result<(), std::io::Error>>()
    });
    let within = cache.counters("views").every(1).write_back(async |deltas: Vec<(String, i64)>| {
        assert!(deltas.is_empty(), "planted");
        Ok::<(), std::io::Error>(())
    });
    for views in [before, within] {
        views.add("a", 1).await;
        assert_eq!(views.get("a"), 1);
        let error = views.flush().await.unwrap_err();
        assert!(error.to_string().ends_with("it panicked"), "{error}");
    }
    assert_eq!(cache.stats().errors, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_addition_is_lost_or_doubled_while_writes_fail_and_succeed() {
    let (database, (cache, _)) = (Database::open(), cache());
    let views = database.keep(cache.counters("views").every(7));
    let tasks = (0..8_u32).map(|task| {
        let (views, database) = (views.clone(), database.clone());
        tokio::spawn(async move {
            for round in 0..500_u32 {
                database.down.store((round + task).is_multiple_of(5), SeqCst);
                views.add(format!("key:{}", round % 10), 1).await;
                if round % 50 == task {
                    let _ = views.flush().await;
                }
            }
        })
    });
    in_time(async {
        for task in join_all(tasks).await {
            task.unwrap();
        }
        database.down.store(false, SeqCst);
        cache.close().await;
    })
    .await;
    let sums = database.sums();
    assert_eq!((sums.len(), sums.values().sum::<i64>()), (10, 4_000));
    assert!(sums.values().all(|sum| *sum == 400));
    assert_eq!(database.most.load(SeqCst), 1, "one write at a time");
}

#[tokio::test]
async fn counts_are_kept_where_the_cache_is_switched_off_or_full() {
    for cache in [
        Cache::builder().enabled(false).build().unwrap(),
        Cache::builder().max_entries(1).max_bytes(1_000).build().unwrap(),
    ] {
        let database = Database::open();
        let views = database.keep(cache.counters("views"));
        for id in 0..1_000 {
            views.add(format!("{id:04}"), 1).await;
            cache.set(format!("{id}"), id, Ttl::Never).await;
        }
        cache.clear().await;
        cache.close().await;
        assert_eq!(database.batches().len(), 1);
        assert_eq!(database.batches()[0].len(), 1_000);
    }
}
