//! What each caller sees at each instant, of functions with a grace: on a clock that the test moves. A value past its time
//! is memory's, so there is no other tier here.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{TimedOut, cached};
use cache_tests::{Probe, in_time, until};

const SECOND: Duration = Duration::from_secs(1);

fn scope() -> Scope {
    Scope::new()
}

/// A source whose answer a test sets. Bodies wait at the probe's gate.
#[derive(Debug, Default)]
struct Source {
    probe: Probe,
    value: AtomicU64,
    down: AtomicBool,
}

impl Source {
    fn open() -> std::sync::Arc<Self> {
        let source = std::sync::Arc::new(Self::default());
        source.probe.gate.open();
        source
    }

    async fn read(&self) -> Result<u64, Trouble> {
        let _running = self.probe.enter();
        self.probe.gate.passed().await;
        if self.down.load(SeqCst) { Err(Trouble::Down) } else { Ok(self.value.load(SeqCst)) }
    }

    fn set(&self, value: u64) {
        self.value.store(value, SeqCst);
    }

    fn fail(&self, down: bool) {
        self.down.store(down, SeqCst);
    }

    fn runs(&self) -> usize {
        self.probe.runs()
    }

    /// Waits until so many bodies have begun and none is running.
    async fn ran(&self, runs: usize) {
        in_time(until(|| self.probe.runs() >= runs && self.probe.running() == 0)).await;
        // The load ends after its body.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.probe.runs(), runs);
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Trouble {
    Down,
    Slow(TimedOut),
}

impl From<TimedOut> for Trouble {
    fn from(why: TimedOut) -> Self {
        Self::Slow(why)
    }
}

type Shared = std::sync::Arc<Source>;

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "swr", skip(source))]
async fn swr(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_value_past_its_time_is_served_at_once_while_one_refresh_runs() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            assert_eq!(swr(&source, 1).await, Ok(1));
            source.set(2);
            clock.advance(10 * SECOND);
            source.probe.gate.shut();
            for _ in 0..100 {
                assert_eq!(in_time(swr(&source, 1)).await, Ok(1), "at once, with the old value");
            }
            in_time(until(|| source.probe.running() == 1)).await;
            assert_eq!(source.runs(), 2);
            source.probe.gate.open();
            source.ran(2).await;
            assert_eq!(swr(&source, 1).await, Ok(2));
            let stats = swr::stats();
            assert_eq!((stats.stale_served, stats.loads, stats.refreshes), (100, 2, 1));
            // Past the grace: callers wait.
            source.set(3);
            clock.advance(15 * SECOND);
            assert_eq!(swr(&source, 1).await, Ok(3));
            assert_eq!(source.runs(), 3);
        })
        .await;
}

#[tokio::test]
async fn what_was_invalidated_is_not_served_stale() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            swr(&source, 1).await.unwrap();
            clock.advance(11 * SECOND);
            swr::invalidate(1).await;
            source.set(2);
            assert_eq!(swr(&source, 1).await, Ok(2));
            // A refresh that began before the invalidation stores nothing.
            clock.advance(11 * SECOND);
            source.probe.gate.shut();
            assert_eq!(swr(&source, 1).await, Ok(2));
            in_time(until(|| source.probe.running() == 1)).await;
            swr::invalidate(1).await;
            source.probe.gate.open();
            source.ran(3).await;
            assert_eq!(swr::peek(1).await, None);
        })
        .await;
}

#[tokio::test]
async fn a_refresh_that_fails_is_not_tried_again_at_once() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            swr(&source, 1).await.unwrap();
            source.fail(true);
            clock.advance(10 * SECOND);
            for _ in 0..3 {
                assert_eq!(swr(&source, 1).await, Ok(1));
                source.ran(2).await;
            }
            clock.advance(SECOND);
            assert_eq!(swr(&source, 1).await, Ok(1));
            source.ran(3).await;
            source.fail(false);
            clock.advance(SECOND);
            source.set(2);
            assert_eq!(swr(&source, 1).await, Ok(1));
            source.ran(4).await;
            assert_eq!(swr(&source, 1).await, Ok(2));
        })
        .await;
}

#[cached(ttl = 10, stale_if_error = "1m", retry_after = "5s", key_prefix = "sie", skip(source))]
async fn sie(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_failure_is_bridged_for_as_long_as_it_says_and_tried_again_now_and_then() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            sie(&source, 1).await.unwrap();
            source.fail(true);
            clock.advance(10 * SECOND);
            // (seconds later, bodies so far)
            for (wait, runs) in [(0, 2), (1, 2), (4, 3), (4, 3), (1, 4), (50, 5)] {
                clock.advance(wait * SECOND);
                let answer = sie(&source, 1).await;
                let over = clock.elapsed() >= 70 * SECOND;
                assert_eq!(answer, if over { Err(Trouble::Down) } else { Ok(1) }, "at {:?}", clock.elapsed());
                assert_eq!(source.runs(), runs, "at {:?}", clock.elapsed());
            }
            assert_eq!(sie(&source, 1).await, Err(Trouble::Down), "no error is kept");
            source.fail(false);
            source.set(2);
            assert_eq!(sie(&source, 1).await, Ok(2));
        })
        .await;
}

#[tokio::test]
async fn those_who_wait_for_a_load_that_fails_are_served_stale_too() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            source.set(1);
            sie(&source, 1).await.unwrap();
            source.fail(true);
            scope.clock().advance(10 * SECOND);
            source.probe.gate.shut();
            let calls: Vec<_> = (0..10)
                .map(|_| {
                    let (scope, source) = (scope.clone(), source.clone());
                    tokio::spawn(async move { scope.run(async { sie(&source, 1).await }).await })
                })
                .collect();
            in_time(until(|| source.probe.running() == 1 && sie::stats().misses == 11)).await;
            source.probe.gate.open();
            for call in calls {
                assert_eq!(call.await.unwrap(), Ok(1));
            }
            assert_eq!(source.runs(), 2);
        })
        .await;
}

#[tokio::test]
async fn an_entry_that_expires_by_hand_keeps_its_grace_and_no_more() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let cache = scope.cache();
            source.set(1);
            sie(&source, 1).await.unwrap();
            swr(&source, 1).await.unwrap();
            source.set(2);
            assert!(cache.expire("sie:1").await && cache.expire("swr:1").await);
            assert!(!cache.expire("sie:1").await, "not fresh any more");
            assert_eq!(cache.get::<u64>("sie:1").await, None);
            assert_eq!(sie(&source, 1).await, Ok(2), "nothing failed");
            assert_eq!(swr(&source, 1).await, Ok(1), "while it is made anew");
            source.ran(4).await;
            assert_eq!(swr(&source, 1).await, Ok(2));
            cache.expire("sie:1").await;
            source.fail(true);
            scope.clock().advance(59 * SECOND);
            assert_eq!(sie(&source, 1).await, Ok(2));
            scope.clock().advance(SECOND);
            assert_eq!(sie(&source, 1).await, Err(Trouble::Down), "the grace counts from the expiry");
            cache.set("plain", 1, 60 * SECOND).await;
            assert!(cache.expire("plain").await && !cache.contains("plain").await);
        })
        .await;
}

#[cached(ttl = 10, refresh_ahead = 0.8, key_prefix = "ahead", skip(source))]
async fn ahead(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn the_first_hit_past_its_share_of_the_ttl_refreshes_beside_it() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            ahead(&source, 1).await.unwrap();
            source.set(2);
            clock.advance(8 * SECOND - Duration::from_millis(1));
            assert_eq!(ahead(&source, 1).await, Ok(1));
            source.ran(1).await;
            clock.advance(Duration::from_millis(1));
            assert_eq!(ahead(&source, 1).await, Ok(1));
            source.ran(2).await;
            assert_eq!(ahead(&source, 1).await, Ok(2));
            clock.advance(9 * SECOND);
            source.fail(true);
            assert_eq!(ahead(&source, 1).await, Ok(2));
            source.ran(3).await;
            assert_eq!(ahead(&source, 1).await, Ok(2), "fresh as long as it was to be");
            clock.advance(SECOND);
            assert_eq!(ahead(&source, 1).await, Err(Trouble::Down));
        })
        .await;
}

#[cached(ttl = 10, stale_if_error = "1m", soft_timeout = "200ms", timeout = "2s", key_prefix = "bounded", skip(source))]
async fn bounded(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_slow_load_is_left_behind_and_stores_what_it_gives() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            source.probe.gate.shut();
            let call = tokio::spawn(scope.run({
                let source = source.clone();
                async move { bounded(&source, 1).await }
            }));
            in_time(until(|| source.probe.running() == 1)).await;
            clock.advance(Duration::from_millis(300));
            tokio::task::yield_now().await;
            assert!(!call.is_finished(), "there is nothing to serve in its place");
            clock.advance(2 * SECOND);
            let answer = in_time(call).await.unwrap();
            assert!(matches!(answer, Err(Trouble::Slow(why)) if why.timeout == 2 * SECOND), "{answer:?}");
            source.probe.gate.open();
            source.ran(1).await;
            assert_eq!(bounded(&source, 1).await, Ok(1), "the load went on");
            assert_eq!(source.runs(), 1);

            clock.advance(11 * SECOND);
            source.set(2);
            source.probe.gate.shut();
            let call = tokio::spawn(scope.run({
                let source = source.clone();
                async move { bounded(&source, 1).await }
            }));
            in_time(until(|| source.probe.running() == 1)).await;
            clock.advance(Duration::from_millis(200));
            assert_eq!(in_time(call).await.unwrap(), Ok(1), "past its time, and quicker");
            source.probe.gate.open();
            source.ran(2).await;
            assert_eq!(bounded(&source, 1).await, Ok(2));
            let stats = bounded::stats();
            assert_eq!((stats.timeouts, stats.stale_served), (1, 1));
        })
        .await;
}

#[cached(ttl = 100, adaptive_ttl = "10s..40s", key_prefix = "adaptive", skip(source))]
async fn adaptive(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_ttl_follows_what_its_loads_find() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let cache = scope.cache();
            let remaining = || cache.entry("adaptive:1").unwrap().remaining.unwrap().as_secs_f64().round() as u64;
            let mut lives = Vec::new();
            for value in [1, 1, 1, 1, 2, 3, 4, 4] {
                source.set(value);
                assert_eq!(adaptive(&source, 1).await, Ok(value));
                lives.push(remaining());
                adaptive(&source, 1).await.unwrap();
                scope.clock().advance(SECOND * lives[lives.len() - 1] as u32);
            }
            assert_eq!(lives, [40, 40, 40, 40, 20, 10, 10, 20]);
            // Nobody reads it: it lives no longer.
            adaptive(&source, 1).await.unwrap();
            scope.clock().advance(40 * SECOND);
            adaptive(&source, 1).await.unwrap();
            assert_eq!(remaining(), 40);
        })
        .await;
}

#[cached(ttl = 100, jitter = 0.5, key_prefix = "jittered")]
async fn jittered(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn jitter_spreads_the_ends_of_lives() {
    let scope = scope();
    scope
        .run(async {
            for id in 0..100 {
                jittered(id).await;
            }
            let remaining =
                |id: u64| scope.cache().entry(format!("jittered:{id}").as_str()).unwrap().remaining.unwrap();
            let all: Vec<_> = (0..100).map(remaining).collect();
            assert!(all.iter().all(|left| (50 * SECOND..=100 * SECOND).contains(left)));
            assert!(*all.iter().max().unwrap() - *all.iter().min().unwrap() > 20 * SECOND);
        })
        .await;
}

#[tokio::test]
async fn where_no_more_may_run_in_the_background_the_caller_refreshes() {
    let (scope, source) = (Scope::with(|builder| builder.background_loads(0)), Source::open());
    scope
        .run(async {
            source.set(1);
            swr(&source, 1).await.unwrap();
            scope.clock().advance(10 * SECOND);
            source.set(2);
            assert_eq!(swr(&source, 1).await, Ok(2));
        })
        .await;
}

#[tokio::test]
async fn closing_waits_for_what_runs_in_the_background() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            swr(&source, 1).await.unwrap();
            scope.clock().advance(10 * SECOND);
            source.probe.gate.shut();
            swr(&source, 1).await.unwrap();
            in_time(until(|| source.probe.running() == 1)).await;
            let closing = tokio::spawn({
                let cache = scope.cache().clone();
                async move { cache.close().await }
            });
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            assert!(!closing.is_finished());
            source.probe.gate.open();
            in_time(closing).await.unwrap();
            assert_eq!(source.probe.running(), 0);
        })
        .await;
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "thread", skip(source))]
fn on_a_thread(source: &Shared, name: &str) -> usize {
    let _ = name;
    source.probe.enter().run
}

#[test]
fn sync_functions_refresh_on_a_thread() {
    let (scope, source) = (scope(), Source::open());
    let _entered = scope.enter();
    assert_eq!(on_a_thread(&source, "a"), 1);
    scope.clock().advance(10 * SECOND);
    assert_eq!(on_a_thread(&source, "a"), 1);
    cache_tests::until_blocking(|| on_a_thread(&source, "a") == 2);
    assert_eq!(source.runs(), 2);
}

#[cached(
    ttl = 10,
    ttl_none = "4s",
    stale_while_revalidate = "5s",
    stale_if_error = "20s",
    key_prefix = "both",
    skip(source)
)]
async fn both(source: &Shared, id: u64) -> Result<Option<u64>, Trouble> {
    let _ = id;
    source.read().await.map(|value| (value > 0).then_some(value))
}

#[tokio::test]
async fn absences_have_the_same_grace_and_take_the_place_of_values() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            assert_eq!(both(&source, 1).await, Ok(None));
            source.set(7);
            clock.advance(4 * SECOND);
            assert_eq!(both(&source, 1).await, Ok(None), "served while it is made anew");
            source.ran(2).await;
            assert_eq!(both(&source, 1).await, Ok(Some(7)));
            source.set(0);
            clock.advance(10 * SECOND);
            assert_eq!(both(&source, 1).await, Ok(Some(7)));
            source.ran(3).await;
            assert_eq!(both(&source, 1).await, Ok(None), "what is gone at the source is not served");
            source.fail(true);
            clock.advance(12 * SECOND);
            assert_eq!(both(&source, 1).await, Ok(None), "bridged");
            clock.advance(20 * SECOND);
            assert_eq!(both(&source, 1).await, Err(Trouble::Down));
        })
        .await;
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "gone", skip(source))]
async fn gone(source: &Shared, id: u64) -> Result<Option<u64>, Trouble> {
    let _ = id;
    source.read().await.map(|value| (value > 0).then_some(value))
}

#[tokio::test]
async fn a_refresh_that_finds_nothing_removes_the_value() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            source.set(7);
            gone(&source, 1).await.unwrap();
            source.set(0);
            scope.clock().advance(10 * SECOND);
            assert_eq!(gone(&source, 1).await, Ok(Some(7)));
            source.ran(2).await;
            assert_eq!(gone(&source, 1).await, Ok(None));
        })
        .await;
}

struct Owner {
    source: Shared,
    rounds: u64,
}

impl Clone for Owner {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), rounds: self.rounds }
    }
}

#[cached]
impl Owner {
    #[cached(ttl = 10, stale_while_revalidate = "5s", key(self.rounds, name, tags), skip(note))]
    async fn read(&self, name: &str, tags: &[u8], note: Option<&str>) -> Result<u64, Trouble> {
        let _ = (name, tags, note);
        self.source.read().await
    }
}

#[tokio::test]
async fn methods_own_what_they_borrow() {
    let (scope, source) = (scope(), Source::open());
    let owner = Owner { source: source.clone(), rounds: 3 };
    scope
        .run(async {
            assert_eq!(owner.read("a", &[1, 2], Some("x")).await, Ok(0));
            source.set(1);
            scope.clock().advance(10 * SECOND);
            assert_eq!(owner.read("a", &[1, 2], None).await, Ok(0));
            source.ran(2).await;
            assert_eq!(owner.read("a", &[1, 2], None).await, Ok(1));
        })
        .await;
}
