//! `cluster_flight`: instances that miss one key together share one load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, ManualClock, MemoryTier};
use cache_core::{Cache, CacheBuilder, Change, SharedTier, Ttl, cached};
use cache_tests::{Gate, in_time, until};
use futures_util::FutureExt;
use futures_util::future::{join, join_all};

#[derive(Default)]
struct Source {
    loads: AtomicU32,
    gate: Gate,
}

impl Source {
    async fn read(&self) -> u32 {
        let load = self.loads.fetch_add(1, Ordering::SeqCst) + 1;
        self.gate.passed().await;
        load
    }

    fn loads(&self) -> u32 {
        self.loads.load(Ordering::SeqCst)
    }
}

#[cached(ttl = "5m", cluster_flight = true, key_prefix = "report", cache = cache, skip(cache, source))]
async fn report(cache: &Cache, source: &Source, id: u64) -> u32 {
    let _ = id;
    source.read().await
}

#[cached(ttl = "5m", cluster_flight = true, key_prefix = "failing", cache = cache, skip(cache, source))]
async fn failing(cache: &Cache, source: &Source, id: u64) -> Result<u32, String> {
    Err(format!("{id}: {}", source.read().await))
}

#[cached(ttl = "5m", key_prefix = "apart", cache = cache, skip(cache, source))]
async fn apart(cache: &Cache, source: &Source) -> u32 {
    source.read().await
}

struct Instances {
    clock: ManualClock,
    tier: MemoryTier,
    caches: Vec<Cache>,
    source: Source,
}

async fn instances(count: usize, configure: impl Fn(MemoryTier, CacheBuilder) -> CacheBuilder) -> Instances {
    let clock = ManualClock::new();
    let tier = MemoryTier::with_clock(&clock).with_backplane();
    let build = |_| configure(tier.clone(), Cache::builder().clock(&clock)).build().unwrap();
    let caches: Vec<Cache> = (0..count).map(build).collect();
    in_time(until(|| caches.iter().all(|cache| !cache.shared_stats().unwrap().cut_off))).await;
    Instances { caches, clock, tier, source: Source::default() }
}

fn plain(tier: MemoryTier, builder: CacheBuilder) -> CacheBuilder {
    builder.shared(tier)
}

fn waited(caches: &[Cache]) -> u64 {
    caches.iter().map(|cache| cache.shared_stats().unwrap().waited).sum()
}

#[tokio::test]
async fn instances_that_miss_together_share_one_load() {
    let Instances { caches, source, .. } = instances(5, plain).await;
    let calls = join_all(caches.iter().flat_map(|cache| (0..10).map(|_| report(cache, &source, 7))));
    let release = async {
        until(|| waited(&caches) == 4).await;
        assert_eq!(source.loads(), 1);
        source.gate.open();
    };
    let (answers, ()) = in_time(join(calls, release)).await;
    assert!(answers.iter().all(|answer| *answer == 1), "{answers:?}");
    assert_eq!(source.loads(), 1);
    assert!(caches.iter().all(|cache| cache.local().contains("report:7")), "promoted everywhere");
}

#[tokio::test]
async fn without_it_each_instance_loads() {
    let Instances { caches, source, .. } = instances(5, plain).await;
    let calls = join_all(caches.iter().map(|cache| apart(cache, &source)));
    let release = async {
        until(|| source.loads() == 5).await;
        source.gate.open();
    };
    in_time(join(calls, release)).await;
}

#[tokio::test]
async fn keys_of_ones_own_share_a_load_where_the_cache_says_so() {
    let Instances { caches, source, .. } =
        instances(3, |tier, builder| builder.shared(tier).cluster_flight(true)).await;
    let calls = join_all(caches.iter().map(|cache| cache.get_or_set("a", Ttl::Default, async || source.read().await)));
    let release = async {
        until(|| waited(&caches) == 2).await;
        source.gate.open();
    };
    let (answers, ()) = in_time(join(calls, release)).await;
    assert_eq!((answers, source.loads()), (vec![1, 1, 1], 1));
}

#[tokio::test]
async fn a_failing_source_is_not_queued_for() {
    let Instances { caches, source, .. } = instances(6, plain).await;
    source.gate.open();
    let answers = in_time(join_all(caches.iter().map(|cache| failing(cache, &source, 7)))).await;
    assert!(answers.iter().all(Result::is_err));
    assert!(source.loads() <= 6, "one each at most: {}", source.loads());
}

#[tokio::test]
async fn a_holder_that_is_dropped_is_followed_at_once() {
    let Instances { caches, source, .. } = instances(2, plain).await;
    let mut first = Box::pin(report(&caches[0], &source, 7));
    in_time(async {
        while source.loads() == 0 {
            assert!((&mut first).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
    })
    .await;
    let second = report(&caches[1], &source, 7);
    let give_up = async {
        until(|| waited(&caches) == 1).await;
        drop(first);
        source.gate.open();
    };
    let (answer, ()) = in_time(join(second, give_up)).await;
    assert_eq!((answer, source.loads()), (2, 2));
}

/// Claims as a process does that dies then: nobody renews it.
async fn die_holding(tier: &MemoryTier, name: &str) {
    let cache_core::Fetched::Missing(stamp) = tier.get("cache", name).await.unwrap() else { panic!("it is there") };
    assert!(tier.claim("cache", name, stamp, cache_core::Origin(1), Duration::from_secs(5)).await.unwrap());
}

#[tokio::test]
async fn a_holder_that_has_died_is_followed_within_its_lease() {
    let Instances { clock, tier, caches, source } = instances(1, plain).await;
    die_holding(&tier, "report:7").await;
    source.gate.open();
    let start = clock.elapsed();
    let time = async {
        while source.loads() == 0 {
            clock.advance(Duration::from_millis(10));
            tokio::task::yield_now().await;
        }
    };
    let (answer, ()) = in_time(join(report(&caches[0], &source, 7), time)).await;
    assert_eq!(answer, 1);
    assert!(clock.elapsed() - start >= Duration::from_secs(5), "not before: {:?}", clock.elapsed() - start);
}

#[tokio::test]
async fn a_holder_that_lives_keeps_its_claim_beyond_a_lease() {
    let claims = Arc::new(AtomicU32::new(0));
    let built = AtomicU32::new(0);
    let Instances { clock, caches, source, .. } = instances(2, |tier, builder| {
        let (tier, claims) = (FaultyTier::new(tier), claims.clone());
        let holds = built.fetch_add(1, Ordering::SeqCst) == 0;
        tier.decide(move |operation| {
            claims.fetch_add(u32::from(holds && operation == "claim"), Ordering::SeqCst);
            Fault::None
        });
        builder.shared(tier)
    })
    .await;
    let calls = join(report(&caches[0], &source, 7), report(&caches[1], &source, 7));
    let time = async {
        until(|| waited(&caches) == 1).await;
        for _ in 0..20 {
            let before = claims.load(Ordering::SeqCst);
            clock.advance(Duration::from_millis(1_250));
            until(|| claims.load(Ordering::SeqCst) > before).await;
        }
        assert_eq!(source.loads(), 1, "after 25 s");
        source.gate.open();
    };
    let ((one, other), ()) = in_time(join(calls, time)).await;
    assert_eq!((one, other, source.loads()), (1, 1, 1));
}

#[tokio::test]
async fn whoever_comes_after_an_invalidation_does_not_wait_for_the_load_before_it() {
    let Instances { tier, caches, source, .. } = instances(2, plain).await;
    let first = report(&caches[0], &source, 7);
    let second = async {
        until(|| source.loads() == 1).await;
        tier.apply("cache", &[Change::remove("report:7")]).await.unwrap();
        let second = report(&caches[1], &source, 7);
        let release = async {
            until(|| source.loads() == 2).await;
            source.gate.open();
        };
        join(second, release).await.0
    };
    let (one, other) = in_time(join(first, second)).await;
    assert_eq!((one, other), (1, 2));
    assert_eq!(waited(&caches), 0);
}

#[tokio::test]
async fn where_the_tier_cannot_say_each_instance_loads_once() {
    for fault in [Fault::Error, Fault::Panic, Fault::Lost] {
        let Instances { caches, source, .. } = instances(3, |tier, builder| {
            let tier = FaultyTier::new(tier);
            tier.decide(move |operation| if operation == "claim" { fault } else { Fault::None });
            builder.shared(tier)
        })
        .await;
        let calls = join_all(caches.iter().flat_map(|cache| (0..5).map(|_| report(cache, &source, 7))));
        let release = async {
            until(|| source.loads() == 3).await;
            source.gate.open();
        };
        in_time(join(calls, release)).await;
        assert_eq!(source.loads(), 3, "{fault:?}");
    }
}
