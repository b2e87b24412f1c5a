//! `refresh_ahead`, `jitter` and `adaptive_ttl` across instances.

use cache_core::{Cache, SharedTier, cached};

use super::{Kept, SECOND, Service, Shared, Trouble};

#[cached(ttl = 10, refresh_ahead = 0.8, key_prefix = "ahead", skip(source))]
async fn ahead(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_promoted_value_is_refreshed_at_its_share_of_the_whole_ttl() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(ahead(source, 1)).await.unwrap();
        service.advance(5 * SECOND);
        service.there.run(ahead(source, 1)).await.unwrap();
        source.set(2);
        service.advance(2 * SECOND);
        assert_eq!(service.there.run(ahead(source, 1)).await, Ok(1), "{kept:?}: 7 s old");
        service.ran(1).await;
        service.advance(SECOND);
        assert_eq!(service.there.run(ahead(source, 1)).await, Ok(1), "{kept:?}: 8 s");
        service.ran(2).await;
        assert_eq!(service.there.run(ahead(source, 1)).await, Ok(2), "{kept:?}");
        // The other one's is due as well: it finds the new one, and runs no body.
        assert_eq!(service.here.run(ahead(source, 1)).await, Ok(if kept == Kept::Both { 1 } else { 2 }));
        service.ran(2).await;
        assert_eq!(service.here.run(ahead(source, 1)).await, Ok(2), "{kept:?}");
    }
}

#[tokio::test]
async fn who_finds_a_value_that_is_due_refreshes_it_beside_the_caller() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(ahead(source, 1)).await.unwrap();
        service.advance(9 * SECOND);
        source.set(2);
        source.probe.gate.shut();
        service
            .there
            .run(async {
                assert_eq!(ahead(source, 1).await, Ok(1), "{kept:?}");
                assert_eq!(ahead(source, 1).await, Ok(1), "{kept:?}");
                source.probe.gate.open();
                service.ran(2).await;
                assert_eq!(ahead(source, 1).await, Ok(2), "{kept:?}");
                assert_eq!((ahead::stats().stale_served, ahead::stats().refreshes), (0, 1), "{kept:?}");
            })
            .await;
    }
}

#[cached(ttl = 100, jitter = 0.5, key_prefix = "jittered")]
async fn jittered(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn both_tiers_have_the_same_shortened_life() {
    let service = Service::new(Kept::Both);
    for id in 0..20 {
        service.here.run(jittered(id)).await;
        service.there.run(jittered(id)).await;
    }
    let left = |cache: &Cache, id: u64| cache.entry(format!("jittered:{id}").as_str()).unwrap().remaining.unwrap();
    let mut shortest = 100 * SECOND;
    for id in 0..20 {
        let (here, there) = (left(service.here.cache(), id), left(service.there.cache(), id));
        assert!(here.abs_diff(there) <= SECOND / 500, "{here:?} and {there:?}");
        shortest = shortest.min(here);
    }
    assert!(shortest < 95 * SECOND);
    assert_eq!(service.here.cache().stats().loads, 20, "and it is one load");
    service.advance(50 * SECOND);
    let kept = service.tier.len();
    service.advance(50 * SECOND);
    assert!(service.tier.is_empty() && kept == 20, "{kept}");
    assert_eq!(format!("{:?}", service.tier.longest_apply(&[])), "None");
}

#[cached(ttl = 10, adaptive_ttl = "10s..40s", key_prefix = "adaptive", skip(source))]
async fn adaptive(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_ttl_follows_what_loads_of_all_instances_find() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        let mut lives = Vec::new();
        for (turn, value) in [1, 1, 1, 1, 2, 3].into_iter().enumerate() {
            source.set(value);
            let scope = if turn % 2 == 0 { &service.here } else { &service.there };
            assert_eq!(scope.run(adaptive(source, 1)).await, Ok(value), "{kept:?}");
            scope.run(adaptive(source, 1)).await.unwrap();
            let mut lived = 0;
            while scope.run(async { adaptive::peek(1).await }).await.is_some() {
                service.advance(SECOND);
                lived += 1;
            }
            lives.push(lived);
        }
        assert_eq!(lives, [10, 20, 40, 40, 20, 10], "{kept:?}");
    }
}
