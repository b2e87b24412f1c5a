//! That what is past its time comes to an end, whoever serves it; and what the cache's own methods make of it.

use cache_core::{Cache, Ttl, cached};

use super::{Kept, SECOND, Service, Shared, Trouble};

#[cached(ttl = 10, stale_while_revalidate = "5s", stale_if_error = "30s", key_prefix = "both", skip(source))]
async fn both(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn two_instances_do_not_keep_a_value_alive_for_each_other() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(both(source, 1)).await.unwrap();
        source.fail(true);
        let mut served = 0;
        for second in 1..100 {
            service.advance(SECOND);
            for scope in [&service.here, &service.there] {
                let answer = scope.run(both(source, 1)).await;
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(answer.is_ok(), second < 40, "{kept:?}, after {second} s");
                served += u64::from(answer.is_ok());
            }
            if second == 20 {
                // It begins anew, and finds what the tier has.
                service.there.cache().local().clear();
            }
        }
        assert_eq!((served, service.tier.len()), (78, 0), "{kept:?}");
    }
}

#[tokio::test]
async fn a_reader_with_less_grace_gives_less() {
    #[cached(ttl = 10, key_prefix = "both", skip(source))]
    async fn strict(source: &Shared, id: u64) -> Result<u64, Trouble> {
        let _ = id;
        source.read().await
    }
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(both(source, 1)).await.unwrap();
        service.advance(11 * SECOND);
        source.fail(true);
        assert_eq!(service.there.run(strict(source, 1)).await, Err(Trouble::Down), "{kept:?}");
        assert_eq!(service.here.run(both(source, 1)).await, Ok(1), "{kept:?}");
    }
}

#[tokio::test]
async fn what_is_past_its_time_is_not_there_for_the_caches_own_methods() {
    let service = Service::new(Kept::Shared);
    let source = &service.source;
    service.here.run(both(source, 1)).await.unwrap();
    let cache: &Cache = service.there.cache();
    assert!(cache.contains("both:1").await);
    assert_eq!(cache.get::<u64>("both:1").await, Some(0));
    assert!(!cache.set_if_absent("both:1", 5_u64, Ttl::Default).await.unwrap());
    service.advance(11 * SECOND);
    assert!(!service.tier.is_empty(), "for those who serve it");
    assert!(!cache.contains("both:1").await);
    assert_eq!(cache.get::<u64>("both:1").await, None);
    assert_eq!(cache.get_many::<u64>(["both:1"]).await, [None]);
    assert_eq!(service.there.run(async { both::peek(1).await }).await, None);
    assert!(cache.set_if_absent("both:1", 5_u64, Ttl::Default).await.unwrap());
    assert_eq!(cache.get::<u64>("both:1").await, Some(5));
}

#[tokio::test]
async fn an_entry_that_expires_by_hand_keeps_its_grace_in_the_tier_and_no_more() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(both(source, 1)).await.unwrap();
        service.advance(2 * SECOND);
        assert!(service.there.cache().expire("both:1").await, "{kept:?}");
        assert!(!service.there.cache().expire("both:1").await, "{kept:?}: not fresh any more");
        source.fail(true);
        service.advance(29 * SECOND);
        service
            .there
            .run(async {
                assert_eq!(both(source, 1).await, Ok(1), "{kept:?}");
                service.advance(SECOND);
                assert_eq!(both(source, 1).await, Err(Trouble::Down), "{kept:?}: the grace counts from the expiry");
            })
            .await;
    }
}

#[tokio::test]
async fn what_was_written_by_hand_has_its_functions_grace() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        service.here.run(async { both::put(1, 7).await }).await;
        service.advance(12 * SECOND);
        source.set(8);
        service
            .there
            .run(async {
                assert_eq!(both(source, 1).await, Ok(7), "{kept:?}");
                service.ran(1).await;
                assert_eq!(both(source, 1).await, Ok(8), "{kept:?}");
            })
            .await;
    }
}
