//! Two tiers: memory, then the shared one, then the body; and back.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{CacheKey, Shared, Ttl, cached, invalidates};
use cache_tests::{Probe, in_time, until};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Artist {
    id: u64,
    name: String,
}

#[cached(ttl = "5m", key_prefix = "artist", skip(probe))]
async fn artist(probe: &Probe, id: u64) -> Option<Arc<Artist>> {
    let _running = probe.enter();
    probe.gate.passed().await;
    Some(Arc::new(Artist { id, name: format!("artist {}", probe.runs()) }))
}

/// Two instances of a service, on one shared tier.
fn instances() -> (MemoryTier, Scope, Scope, Probe) {
    let tier = MemoryTier::new();
    let probe = Probe::default();
    probe.gate.open();
    let instance = || Scope::with(|builder| builder.shared(tier.clone()));
    (tier.clone(), instance(), instance(), probe)
}

#[tokio::test]
async fn what_one_instance_loads_the_other_reads() {
    let (tier, here, there, probe) = instances();
    let loaded = here.run(artist(&probe, 1)).await;
    let read = there.run(artist(&probe, 1)).await;
    assert_eq!(loaded, read);
    assert_eq!((probe.runs(), tier.len()), (1, 1));
    let stats = there.cache().stats();
    assert_eq!((stats.hits, stats.misses, stats.loads, stats.entries), (1, 0, 0, 1), "promoted");
    assert_eq!(there.cache().get::<Artist>("artist:1").await, None, "in memory it is an `Arc`");
    assert_eq!(there.cache().get::<Arc<Artist>>("artist:1").await, read.clone());
    there.cache().local().clear();
    let plain = there.cache().get::<Artist>("artist:1").await;
    assert_eq!(plain.as_ref(), read.as_deref(), "in the shared tier it is what the `Arc` points to");
}

#[tokio::test]
async fn a_promoted_value_lives_for_what_is_left() {
    let (_tier, here, there, probe) = instances();
    here.run(artist(&probe, 1)).await;
    there.clock().advance(Duration::from_secs(200));
    there.run(artist(&probe, 1)).await;
    assert_eq!(probe.runs(), 1);
    assert_eq!(there.cache().entry("artist:1").unwrap().remaining, Some(Duration::from_secs(100)));
    there.clock().advance(Duration::from_secs(100));
    there.run(artist(&probe, 1)).await;
    assert_eq!(probe.runs(), 2, "neither tier serves it any longer");
}

#[invalidates(artist(id))]
async fn rename(id: u64) {
    let _ = id;
}

#[tokio::test]
async fn an_invalidation_reaches_both_tiers() {
    let (tier, here, there, probe) = instances();
    here.run(artist(&probe, 1)).await;
    let removed = here.run(async { artist::invalidate(1).await }).await;
    assert_eq!((removed.entries, removed.shared), (1, Shared::Applied));
    assert!(tier.is_empty());
    here.run(artist(&probe, 1)).await;
    there.run(artist(&probe, 1)).await;
    assert_eq!(probe.runs(), 2);
    here.run(rename(1)).await;
    assert!(tier.is_empty());
    for (change, what) in [("artist:*", "pattern"), ("artist", "prefix")] {
        here.run(artist(&probe, 1)).await;
        assert_eq!(tier.len(), 1);
        let cache = here.cache();
        let removed = match what {
            "pattern" => cache.invalidate_pattern(change).await.unwrap(),
            _ => cache.invalidate_prefix(change).await.unwrap(),
        };
        assert_eq!(removed.shared, Shared::Applied);
        assert!(tier.is_empty(), "{what}");
    }
    here.run(artist(&probe, 1)).await;
    here.cache().clear().await;
    assert!(tier.is_empty());
    here.run(artist(&probe, 1)).await;
    here.run(async { artist::invalidate_all().await }).await;
    assert!(tier.is_empty());
}

#[tokio::test]
async fn a_load_that_began_before_an_invalidation_elsewhere_lands_nowhere() {
    let (tier, here, there, probe) = instances();
    let probe = Arc::new(probe);
    probe.gate.shut();
    let load = tokio::spawn(here.run({
        let probe = probe.clone();
        async move { artist(&probe, 1).await }
    }));
    in_time(until(|| probe.running() == 1)).await;
    there.run(async { artist::invalidate(1).await }).await;
    probe.gate.open();
    load.await.unwrap();
    assert!(tier.is_empty(), "the tier has refused it");
    assert_eq!(here.cache().shared_stats().unwrap().refused, 1);
}

#[tokio::test]
async fn a_put_reaches_both_tiers_and_outdates_older_loads() {
    let (_tier, here, there, probe) = instances();
    let probe = Arc::new(probe);
    probe.gate.shut();
    let load = tokio::spawn(here.run({
        let probe = probe.clone();
        async move { artist(&probe, 1).await }
    }));
    in_time(until(|| probe.running() == 1)).await;
    let new = Arc::new(Artist { id: 1, name: "new".to_owned() });
    let stored = there.run(artist::put(1, new.clone())).await;
    assert_eq!((stored.memory, stored.shared), (true, Shared::Applied));
    probe.gate.open();
    load.await.unwrap();
    here.cache().local().clear();
    assert_eq!(here.run(artist::peek(1)).await, Some(Some(new)));
}

#[tokio::test]
async fn a_refresh_takes_the_place_in_both_tiers() {
    let (_tier, here, there, probe) = instances();
    here.run(artist(&probe, 1)).await;
    here.run(artist::refresh(&probe, 1)).await;
    assert_eq!(there.run(artist(&probe, 1)).await.unwrap().name, "artist 2");
    assert_eq!(probe.runs(), 2);
}

#[cached(ttl = "5m", key_prefix = "artist", version = 2, skip(probe))]
async fn artist_of_version_2(probe: &Probe, id: u64) -> Option<Arc<Artist>> {
    let _running = probe.enter();
    Some(Arc::new(Artist { id, name: "of version 2".to_owned() }))
}

#[tokio::test]
async fn another_version_is_a_miss_and_an_invalidation_reaches_it() {
    let (tier, here, there, probe) = instances();
    here.run(artist(&probe, 1)).await;
    assert_eq!(there.run(artist_of_version_2(&probe, 1)).await.unwrap().name, "of version 2");
    there.cache().local().clear();
    there.run(artist_of_version_2(&probe, 1)).await;
    assert_eq!(probe.runs(), 2, "it took the record's place");
    assert_eq!(there.cache().get::<Arc<Artist>>("artist:1").await.unwrap().name, "of version 2");
    here.run(async { artist::invalidate(1).await }).await;
    assert!(tier.is_empty());
}

#[derive(Clone)]
struct Opaque;

#[cached(ttl = "5m", key_prefix = "opaque")]
async fn opaque(id: u64) -> Opaque {
    let _ = id;
    Opaque
}

#[cached(ttl = "5m", key_prefix = "local", tier = "local")]
async fn local(id: u64) -> u64 {
    id
}

#[cached(ttl = "5m", key_prefix = "remote", tier = "shared")]
async fn remote(id: u64) -> u64 {
    id
}

#[cached(ttl = "5m", key_prefix = "generic")]
async fn generic<T>(value: u64, x: T) -> Vec<T>
where
    T: CacheKey + Clone + Send + Sync + Serialize + serde::de::DeserializeOwned + 'static,
{
    let _ = value;
    vec![x]
}

#[cached(ttl = "5m", key_prefix = "sync")]
fn sync(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn each_value_lives_where_its_function_says() {
    let (tier, here, ..) = instances();
    here.run(async {
        opaque(1).await;
        local(1).await;
        generic(1, 2_u8).await;
        sync(1);
        assert!(tier.is_empty());
        assert_eq!(here.cache().stats().entries, 4);
        remote(1).await;
        remote(1).await;
        assert_eq!((tier.len(), here.cache().stats().entries), (1, 4));
        assert_eq!((remote::stats().hits, remote::stats().loads), (1, 1));
        assert_eq!(remote::peek(1).await, Some(1));
        remote::put(2, 20).await;
        assert_eq!(remote(2).await, 20);
        assert_eq!(here.cache().stats().entries, 4);
    })
    .await;
    let alone = Scope::new();
    alone.run(async { remote(1).await }).await;
    assert_eq!(alone.cache().stats().entries, 1, "without a shared tier it lives in memory");
}

#[tokio::test]
async fn the_caches_own_methods_work_on_both_tiers() {
    let (tier, here, there, _probe) = instances();
    let (here, there) = (here.cache(), there.cache());
    assert_eq!(here.set("a", 1_u8, Ttl::Default).await.shared, Shared::Applied);
    assert_eq!(there.get::<u8>("a").await, Some(1));
    assert_eq!(there.get::<String>("a").await, None, "another type is nothing");
    here.set_many([("b", 2_u8), ("c", 3)], Ttl::Never).await;
    assert_eq!(there.get_many::<u8>(["c", "d", "a", "b"]).await, [Some(3), None, Some(1), Some(2)]);
    assert_eq!(there.stats().entries, 3, "promoted");
    assert!(there.contains("b").await && !there.contains("d").await);
    assert!(!there.set_if_absent("a", 9_u8, Ttl::Default).await.unwrap());
    assert!(there.set_if_absent("d", 4_u8, Ttl::Default).await.unwrap());
    assert_eq!(here.get::<u8>("d").await, Some(4));
    assert_eq!(here.increment("n", 2).await.unwrap(), 2);
    assert_eq!(there.increment("n", 3).await.unwrap(), 5);
    assert_eq!(here.get::<i64>("n").await, Some(5));
    here.set("m", 10_i64, Ttl::Never).await;
    assert_eq!(there.increment("m", 1).await.unwrap(), 11);
    assert_eq!(here.local().get::<i64>("m"), Some(10), "until it is told");
    assert!(there.increment("b", 1).await.is_err(), "no count");
    assert!(there.delete("b").await && !there.delete("b").await);
    assert_eq!(here.get_or_set("e", Ttl::Default, async || 5_u8).await, 5);
    assert_eq!(there.get_or_set("e", Ttl::Default, async || 6_u8).await, 5);
    there.close().await;
    assert_eq!(there.get::<u8>("a").await, None);
    assert!(!tier.is_empty());
}
