//! Instances that tell each other of their changes: what one has changed, another does not serve from its memory.

mod sweeping;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, ManualClock, MemoryTier, Scope};
use cache_core::{Cache, CacheEvent, Change, Fetched, Removed, Shared, SharedTier, Ttl, cached};
use cache_tests::{in_time, until};
use futures_util::{FutureExt, StreamExt};

const PATIENCE: Duration = Duration::from_secs(2);
/// As long as a question about news waits for an answer.
const STEP: Duration = Duration::from_millis(500);

/// Two instances of a service. The faults are those of the second.
struct Instances {
    clock: ManualClock,
    here: Cache,
    there: Cache,
    faults: FaultyTier,
    tier: MemoryTier,
}

async fn instances() -> Instances {
    let clock = ManualClock::new();
    let tier = MemoryTier::with_clock(&clock).with_backplane();
    let faults = FaultyTier::new(tier.clone());
    let here = Cache::builder().clock(&clock).shared(tier.clone()).build().unwrap();
    let there = Cache::builder().clock(&clock).shared(faults.clone()).build().unwrap();
    let instances = Instances { clock, here, there, faults, tier };
    instances.hear_again(&instances.here).await;
    instances.hear_again(&instances.there).await;
    instances
}

impl Instances {
    /// Whether the tier has something under a name.
    async fn tier_has(&self, name: &str) -> bool {
        matches!(self.tier.get("cache", name).await.unwrap(), Fetched::Found(_))
    }

    /// Lets time go on until an instance hears the others.
    async fn hear_again(&self, cache: &Cache) {
        let hear = async {
            while cache.shared_stats().unwrap().cut_off {
                self.clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
        };
        in_time(hear).await;
    }

    /// Lets time go on, at such a pace that those who listen come along.
    async fn wait(&self, span: Duration) {
        let step = Duration::from_millis(250);
        for _ in 0..span.as_millis() / step.as_millis() {
            self.clock.advance(step);
            self.hear_again(&self.here).await;
            self.hear_again(&self.there).await;
        }
    }

    /// Nothing that is told reaches the second instance from now on.
    async fn cut_off(&self, fault: Fault) {
        let asked = Arc::new(AtomicU32::new(0));
        let hears = asked.clone();
        self.faults.decide(move |operation| match operation {
            "hear" => {
                hears.fetch_add(1, Ordering::SeqCst);
                fault
            }
            _ => Fault::None,
        });
        // What it has asked before is answered still, by then at the latest: it listens on a thread of its own, which this one
        // is not to run away from.
        self.clock.advance(STEP);
        in_time(until(|| asked.load(Ordering::SeqCst) > 0)).await;
    }
}

fn in_memory(cache: &Cache, name: &str) -> bool {
    cache.local().contains(name)
}

async fn load(cache: &Cache, name: &str, value: u32) -> u32 {
    cache.get_or_set(name, Ttl::Default, async || value).await
}

#[tokio::test]
async fn every_kind_of_change_is_told() {
    type Make = for<'a> fn(&'a Cache) -> std::pin::Pin<Box<dyn Future<Output = Removed> + 'a>>;
    let kinds: [(&str, Make); 4] = [
        ("name", |cache| Box::pin(cache.invalidate("list:7:new"))),
        ("prefix", |cache| Box::pin(async { cache.invalidate_prefix("list:7").await.unwrap() })),
        ("pattern", |cache| Box::pin(async { cache.invalidate_pattern("list:*:new").await.unwrap() })),
        ("clear", |cache| Box::pin(cache.clear())),
    ];
    let Instances { here, there, .. } = instances().await;
    let heard = || there.shared_stats().unwrap().heard;
    for (told, (kind, make)) in (1..).zip(kinds) {
        assert_eq!(load(&there, "list:7:new", 1).await, 1, "{kind}");
        load(&there, "other", 1).await;
        assert_eq!(make(&here).await.shared, Shared::Applied, "{kind}");
        in_time(until(|| heard() == told)).await;
        assert!(!in_memory(&there, "list:7:new"), "{kind}");
        assert_eq!(in_memory(&there, "other"), kind != "clear", "{kind}");
    }
    load(&there, "list:7:new", 1).await;
    here.set("list:7:new", 2_u32, Ttl::Default).await;
    in_time(until(|| heard() == 5)).await;
    assert_eq!(load(&there, "list:7:new", 3).await, 2);
}

#[cached(ttl = "5m", key_prefix = "told", skip(version))]
async fn told(id: u64, version: &AtomicU32) -> u32 {
    let _ = id;
    version.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_decorated_function_is_told_of_and_nobody_has_to_say_so() {
    let tier = MemoryTier::new().with_backplane();
    let instance = || Scope::with(|builder| builder.shared(tier.clone()));
    let (here, there) = (instance(), instance());
    let version = AtomicU32::new(1);
    in_time(until(|| !there.cache().shared_stats().unwrap().cut_off)).await;
    assert_eq!(there.run(told(1, &version)).await, 1);
    version.store(2, Ordering::SeqCst);
    assert_eq!(there.run(told(1, &version)).await, 1);
    here.run(async { told::invalidate(1).await }).await;
    in_time(until(|| !in_memory(there.cache(), "told:1"))).await;
    assert_eq!(there.run(told(1, &version)).await, 2);
}

#[tokio::test]
async fn what_is_loaded_is_not_told_and_ones_own_changes_are_passed_over() {
    let Instances { here, there, .. } = instances().await;
    load(&here, "a", 1).await;
    load(&there, "a", 1).await;
    assert_eq!(here.shared_stats().unwrap().told, 0, "a load is no change");
    here.invalidate("a").await;
    load(&here, "a", 2).await;
    there.invalidate("b").await;
    in_time(until(|| here.shared_stats().unwrap().heard == 1)).await;
    assert!(in_memory(&here, "a"), "what was loaded since stays");
    assert_eq!(here.shared_stats().unwrap().told, 1);
}

#[tokio::test]
async fn a_load_under_way_is_not_stored_where_its_name_was_changed_elsewhere() {
    let Instances { here, there, .. } = instances().await;
    let heard = || there.shared_stats().unwrap().heard;
    let loaded = there
        .get_or_set("a", Ttl::Default, async || {
            here.invalidate("a").await;
            in_time(until(|| heard() == 1)).await;
            1_u32
        })
        .await;
    assert_eq!(loaded, 1, "its own caller is answered");
    assert!(!in_memory(&there, "a"));
    assert_eq!(load(&there, "a", 2).await, 2);
}

#[tokio::test]
async fn while_others_are_heard_a_copy_lives_for_its_whole_time() {
    let instances = instances().await;
    let Instances { there, faults, .. } = &instances;
    load(there, "a", 1).await;
    instances.wait(Duration::from_secs(60)).await;
    let before = faults.operations();
    assert_eq!(load(there, "a", 2).await, 1);
    assert!(in_memory(there, "a"));
    assert!(there.entry("a").unwrap().hits > 0);
    faults.fail(Fault::Error);
    assert_eq!(load(there, "a", 2).await, 1, "without the tier");
    assert!(faults.operations() >= before);
}

#[tokio::test]
async fn who_is_cut_off_trusts_no_copy_beyond_the_bound() {
    for fault in [Fault::Error, Fault::Hang, Fault::Unanswered, Fault::Lost, Fault::Panic] {
        let instances = instances().await;
        let Instances { clock, here, there, .. } = &instances;
        load(there, "a", 1).await;
        there.local().set("mine", 1_u32, Ttl::Default);
        instances.cut_off(fault).await;
        here.set("a", 2_u32, Ttl::Default).await;
        assert_eq!(load(there, "a", 3).await, 1, "{fault:?}: it does not know yet");
        clock.advance(PATIENCE);
        assert_eq!(load(there, "a", 3).await, 2, "{fault:?}");
        assert_eq!(there.local().get::<u32>("mine"), Some(1), "nobody else has it");
    }
}

#[tokio::test]
async fn with_the_tier_away_copies_live_for_the_bound_and_no_call_fails() {
    let instances = instances().await;
    let Instances { clock, there, faults, .. } = &instances;
    let mut events = there.events();
    faults.fail(Fault::Error);
    clock.advance(2 * PATIENCE);
    in_time(async { while events.next().await != Some(CacheEvent::BackplaneDown) {} }).await;
    assert!(there.shared_stats().unwrap().cut_off);
    assert_eq!(load(there, "a", 1).await, 1);
    clock.advance(PATIENCE - Duration::from_millis(1));
    assert_eq!(load(there, "a", 2).await, 1, "for as long as the bound says");
    clock.advance(Duration::from_millis(1));
    assert_eq!(load(there, "a", 3).await, 3);
    faults.fail(Fault::None);
    let back = async {
        loop {
            clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
            if !there.shared_stats().unwrap().cut_off {
                break;
            }
        }
    };
    in_time(back).await;
    in_time(async { while events.next().await != Some(CacheEvent::BackplaneUp) {} }).await;
}

#[tokio::test]
async fn where_messages_were_lost_every_copy_is_dropped_and_nothing_else() {
    let instances = instances().await;
    let Instances { clock, here, there, faults, .. } = &instances;
    load(there, "a", 1).await;
    there.local().set("mine", 1_u32, Ttl::Default);
    instances.cut_off(Fault::Hang).await;
    // More than wait for anybody.
    for _ in 0..1_100 {
        here.invalidate("other").await;
    }
    here.set("a", 2_u32, Ttl::Default).await;
    faults.fail(Fault::None);
    let missed = async {
        while there.shared_stats().unwrap().missed == 0 {
            clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
    };
    in_time(missed).await;
    assert_eq!(load(there, "a", 3).await, 2);
    assert_eq!(there.local().get::<u32>("mine"), Some(1));
}

#[tokio::test]
async fn what_could_not_be_told_is_told_later_and_not_applied_again() {
    let instances = instances().await;
    let Instances { clock, here, there, faults, .. } = &instances;
    load(here, "a", 1).await;
    faults.decide(|operation| if operation == "tell" { Fault::Error } else { Fault::None });
    let set = there.set("a", 2_u32, Ttl::Default);
    let mut set = std::pin::pin!(set);
    let queued = async {
        loop {
            if let Some(stored) = (&mut set).now_or_never() {
                break stored.shared;
            }
            clock.advance(Duration::from_millis(20));
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(in_time(queued).await, Shared::Queued);
    let in_vain = async {
        while there.shared_stats().unwrap().errors == 0 {
            clock.advance(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
    };
    in_time(in_vain).await;
    assert_eq!((faults.applied().len(), there.shared_stats().unwrap().owed), (1, 1));
    let heard = || here.shared_stats().unwrap().heard;
    assert_eq!(heard(), 0, "it does not know yet");
    faults.fail(Fault::None);
    let told = async {
        while heard() == 0 {
            clock.advance(Duration::from_millis(20));
            tokio::task::yield_now().await;
        }
    };
    in_time(told).await;
    assert_eq!(faults.applied().iter().filter(|change| matches!(change, Change::Set { .. })).count(), 1);
    assert_eq!(load(here, "a", 3).await, 2);
}

#[tokio::test]
async fn a_closed_cache_listens_no_more() {
    let Instances { here, there, .. } = instances().await;
    there.close().await;
    here.invalidate("a").await;
    assert_eq!(there.shared_stats().unwrap().heard, 0);
}

#[test]
fn a_patience_that_nobody_can_keep_is_refused() {
    let refused = Cache::builder().backplane_patience(Duration::from_millis(20)).build().unwrap_err();
    assert!(refused.to_string().contains("backplane_patience"), "{refused}");
    assert!(Cache::builder().backplane_patience(Duration::MAX).build().is_ok());
}

#[tokio::test]
async fn who_is_cut_off_joins_no_load_that_is_older_than_the_bound() {
    let all = instances().await;
    let (body, held) = tokio::sync::oneshot::channel();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let old = tokio::spawn({
        let there = all.there.clone();
        async move {
            let body = async move || {
                begun.send(()).unwrap();
                held.await.unwrap()
            };
            there.get_or_set("a", Ttl::Default, body).await
        }
    });
    in_time(begins).await.unwrap();
    all.cut_off(Fault::Hang).await;
    all.clock.advance(PATIENCE);
    all.here.invalidate("a").await;
    assert_eq!(in_time(all.there.get_or_set("a", Ttl::Default, async || 2)).await, 2);
    body.send(1).unwrap();
    assert_eq!(in_time(old).await.unwrap(), 1, "who began before has what was read before");
}
