//! Models: every interleaving that shuttle finds, of the smallest stories in which a mechanism matters.
//!
//! Built with `--cfg cache_model`. Each has a mutant (`--cfg cache_mutant="…"`) that takes its mechanism away, and has
//! to fail then: `scripts/mutants`.

mod tags;

use std::sync::Arc;
use std::time::Duration;

use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::{future, thread};

use crate::call::{Lookup, lookup};
use crate::registry::{Site, SiteInfo};
use crate::testing::ManualClock;
use crate::{__probed, Cache};

const ITERATIONS: usize = 3_000;

pub(crate) static SITE: Site = Site::new(SiteInfo {
    function: "number",
    template: "number:{n}",
    texts: &["number:", ""],
    explicit: true,
    ..SiteInfo::PLAIN
});

pub(crate) fn explore(story: impl Fn() + Send + Sync + 'static) {
    let story = Arc::new(story);
    let again = story.clone();
    shuttle::check_random(move || story(), ITERATIONS);
    shuttle::check_pct(move || again(), ITERATIONS, 3);
}

pub(crate) fn cache(clock: &ManualClock, entries: usize) -> Cache {
    let mut builder = Cache::builder().clock(clock).max_entries(entries);
    builder.lasting = false;
    builder.build().unwrap()
}

/// A decorated sync function, as the macro writes it.
pub(crate) fn number(cache: &Cache, n: u64, body: impl FnOnce() -> u64) -> u64 {
    let shape = __probed!(u64).shape();
    match lookup(&SITE, shape, &(&n,), Some(cache)) {
        Lookup::Hit(hit) => hit,
        Lookup::Miss(miss) => miss.load_blocking(crate::Ttl::Default, body),
    }
}

/// A source whose value changes: what was read before the change is old.
#[derive(Clone, Default)]
pub(crate) struct Source(Arc<AtomicUsize>);

impl Source {
    pub(crate) fn read(&self) -> u64 {
        let value = self.0.load(SeqCst);
        thread::yield_now();
        value as u64
    }

    pub(crate) fn write(&self) {
        self.0.store(1, SeqCst);
    }
}

type Read = fn(&Cache, Source) -> u64;

/// A load races a write and its invalidation: whoever asks after the invalidation never sees the old value.
fn no_resurrection(invalidate: impl Fn(&Cache) + Clone + Send + Sync + 'static) {
    no_resurrection_of(|cache, source| number(cache, 7, || source.read()), invalidate);
}

fn no_resurrection_of(read: Read, invalidate: impl Fn(&Cache) + Clone + Send + Sync + 'static) {
    explore(move || {
        let cache = cache(&ManualClock::new(), 10);
        let source = Source::default();
        let reader = {
            let (cache, source) = (cache.clone(), source.clone());
            thread::spawn(move || read(&cache, source))
        };
        let writer = {
            let (cache, source, invalidate) = (cache.clone(), source.clone(), invalidate.clone());
            thread::spawn(move || {
                source.write();
                invalidate(&cache);
                assert_eq!(read(&cache, source), 1, "the writer reads its own write");
            })
        };
        reader.join().unwrap();
        writer.join().unwrap();
        assert_eq!(read(&cache, source), 1);
    });
}

#[test]
fn model_an_invalidated_load_is_not_stored() {
    no_resurrection(|cache| {
        cache.local().invalidate("number:7");
    });
}

#[test]
fn model_a_load_under_a_pattern_is_not_stored() {
    no_resurrection(|cache| {
        cache.local().invalidate_pattern("number:*").unwrap();
    });
}

#[test]
fn model_a_load_under_a_prefix_is_not_stored() {
    no_resurrection(|cache| {
        cache.local().invalidate_prefix("number").unwrap();
    });
}

#[test]
fn model_a_load_before_a_clear_is_not_stored() {
    no_resurrection(|cache| {
        cache.local().clear();
    });
}

#[test]
fn model_a_value_that_was_set_outlives_an_older_load() {
    no_resurrection(|cache| {
        cache.local().set("number:7", 1_u64, Duration::from_secs(60));
    });
}

#[test]
fn model_callers_that_miss_together_share_one_load() {
    explore(|| {
        let cache = cache(&ManualClock::new(), 10);
        let loads = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let (cache, loads) = (cache.clone(), loads.clone());
                thread::spawn(move || {
                    number(&cache, 7, || {
                        thread::yield_now();
                        loads.fetch_add(1, SeqCst);
                        42
                    })
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap(), 42);
        }
        assert_eq!(loads.load(SeqCst), 1);
        let stats = cache.stats();
        assert_eq!((stats.requests, stats.loads, stats.entries), (3, 1, 1));
        assert_eq!(stats.hits + stats.coalesced, 2);
    });
}

/// A body that never comes back, for a leader that is dropped.
async fn load_forever(cache: Cache) -> u64 {
    cache.get_or_set("slow", Duration::from_secs(60), std::future::pending::<u64>).await
}

#[test]
fn model_waiters_of_a_dropped_leader_are_answered_by_one_of_them() {
    explore(|| {
        let cache = cache(&ManualClock::new(), 10);
        let loads = Arc::new(AtomicUsize::new(0));
        let mut leader = Box::pin(load_forever(cache.clone()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(leader.as_mut().poll(&mut context).is_pending());
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let (cache, loads) = (cache.clone(), loads.clone());
                future::spawn(async move {
                    let load = async || {
                        loads.fetch_add(1, SeqCst);
                        future::yield_now().await;
                        42_u64
                    };
                    cache.get_or_set("slow", Duration::from_secs(60), load).await
                })
            })
            .collect();
        let dropper = thread::spawn(move || drop(leader));
        for waiter in waiters {
            assert_eq!(future::block_on(waiter).unwrap(), 42);
        }
        dropper.join().unwrap();
        assert_eq!(loads.load(SeqCst), 1, "one takes over");
    });
}

#[test]
fn model_a_leader_that_is_woken_and_not_polled_is_deposed() {
    explore(|| {
        let clock = ManualClock::new();
        let cache = cache(&clock, 10);
        let waker = Arc::new(std::sync::Mutex::new(None::<std::task::Waker>));
        let body = {
            let waker = waker.clone();
            async move || {
                std::future::poll_fn(|context| {
                    *waker.lock().unwrap() = Some(context.waker().clone());
                    std::task::Poll::<u64>::Pending
                })
                .await
            }
        };
        let leading = cache.clone();
        let mut leader = Box::pin(async move { leading.get_or_set("slow", Duration::from_secs(60), body).await });
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(leader.as_mut().poll(&mut context).is_pending());
        let waiter = {
            let cache = cache.clone();
            future::spawn(async move { cache.get_or_set("slow", Duration::from_secs(60), async || 42_u64).await })
        };
        let time = thread::spawn(move || {
            let woken = waker.lock().unwrap().take();
            woken.unwrap().wake();
            // However late the waiter comes, its patience runs out.
            for _ in 0..64 {
                clock.advance(Duration::from_millis(600));
                thread::yield_now();
            }
        });
        time.join().unwrap();
        assert_eq!(future::block_on(waiter).unwrap(), 42);
        drop(leader);
    });
}

#[test]
fn model_the_two_maps_agree_while_entries_come_and_go() {
    explore(|| {
        let cache = cache(&ManualClock::new(), 2);
        let workers: Vec<_> = (0..3_u64)
            .map(|worker| {
                let cache = cache.clone();
                thread::spawn(move || {
                    for n in [worker, (worker + 1) % 3] {
                        assert_eq!(number(&cache, n, || n * 10), n * 10);
                        if n == 1 {
                            cache.local().delete("number:1");
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        let stats = cache.stats();
        assert!(stats.entries <= 2, "{stats:?}");
        assert_eq!(cache.keys().len(), stats.entries);
        // A load that a deletion overtook was not stored.
        let accounted = stats.entries as u64 + stats.evictions + stats.invalidations;
        assert!(accounted <= stats.loads && stats.loads <= accounted + 2, "{stats:?}");
        for key in cache.keys() {
            let n: u64 = key.trim_start_matches("number:").parse().unwrap();
            assert_eq!(cache.local().get::<u64>(key.clone()), Some(n * 10), "reachable by name");
            assert_eq!(number(&cache, n, || unreachable!("{key} is not reachable by its key")), n * 10);
        }
    });
}
