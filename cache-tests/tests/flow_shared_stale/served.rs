//! `stale_while_revalidate` and what is promoted: who is answered at once, and who makes it anew.

use cache_core::cached;
use cache_tests::{in_time, until};

use super::{Kept, SECOND, Service, Shared, Trouble};

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "swr", skip(source))]
async fn swr(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn another_instances_value_past_its_time_is_served_at_once_while_one_load_runs() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        assert_eq!(service.here.run(swr(source, 1)).await, Ok(1));
        service.advance(12 * SECOND);
        source.set(2);
        source.probe.gate.shut();
        service
            .there
            .run(async {
                for _ in 0..20 {
                    assert_eq!(in_time(swr(source, 1)).await, Ok(1), "{kept:?}: at once, with the old value");
                }
                in_time(until(|| source.probe.running() == 1)).await;
                assert_eq!(source.probe.runs(), 2, "{kept:?}: one load makes it anew");
                source.probe.gate.open();
                service.ran(2).await;
                assert_eq!(swr(source, 1).await, Ok(2), "{kept:?}");
                let stats = swr::stats();
                assert_eq!((stats.hits, stats.misses, stats.stale_served, stats.refreshes), (21, 0, 20, 1), "{kept:?}");
            })
            .await;
        // The other one has its own entry, past its time: its load finds what was made anew.
        service.here.run(swr(source, 1)).await.unwrap();
        service.ran(2).await;
        assert_eq!(service.here.run(swr(source, 1)).await, Ok(2), "{kept:?}: without a body");
        assert_eq!(source.probe.runs(), 2);
    }
}

#[tokio::test]
async fn past_its_grace_nobody_is_served() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(swr(source, 1)).await.unwrap();
        service.advance(15 * SECOND);
        assert!(service.tier.is_empty(), "{kept:?}: nor is it kept");
        source.set(2);
        assert_eq!(service.there.run(swr(source, 1)).await, Ok(2), "{kept:?}");
    }
}

#[tokio::test]
async fn what_is_promoted_has_what_is_left_of_its_grace() {
    let service = Service::new(Kept::Both);
    let source = &service.source;
    source.set(1);
    service.here.run(swr(source, 1)).await.unwrap();
    service.advance(12 * SECOND);
    source.fail(true);
    service
        .there
        .run(async {
            assert_eq!(swr(source, 1).await, Ok(1));
            service.ran(2).await;
            service.advance(2 * SECOND);
            assert_eq!(swr(source, 1).await, Ok(1), "14 s old");
            service.ran(3).await;
            service.advance(SECOND);
            assert_eq!(swr(source, 1).await, Err(Trouble::Down), "15 s");
        })
        .await;
}

#[tokio::test]
async fn where_no_more_may_run_in_the_background_the_caller_loads() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::with(kept, |builder| builder.background_loads(0));
        let source = &service.source;
        source.set(1);
        service.here.run(swr(source, 1)).await.unwrap();
        service.advance(12 * SECOND);
        source.set(2);
        assert_eq!(service.there.run(swr(source, 1)).await, Ok(2), "{kept:?}");
    }
}

#[tokio::test]
async fn what_was_invalidated_is_not_served_and_its_renewal_lands_nowhere() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(swr(source, 1)).await.unwrap();
        service.advance(12 * SECOND);
        source.probe.gate.shut();
        service
            .there
            .run(async {
                assert_eq!(swr(source, 1).await, Ok(1));
                in_time(until(|| source.probe.running() == 1)).await;
                swr::invalidate(1).await;
                source.probe.gate.open();
                service.ran(2).await;
                assert_eq!(swr::peek(1).await, None, "{kept:?}");
                assert!(service.tier.is_empty(), "{kept:?}");
                source.set(3);
                assert_eq!(swr(source, 1).await, Ok(3), "{kept:?}");
            })
            .await;
    }
}

#[cached(ttl = 10, ttl_none = "4s", stale_while_revalidate = "5s", key_prefix = "found", skip(source))]
async fn found(source: &Shared, id: u64) -> Result<Option<u64>, Trouble> {
    let _ = id;
    source.read().await.map(|value| (value > 0).then_some(value))
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "gone", skip(source))]
async fn gone(source: &Shared, id: u64) -> Result<Option<u64>, Trouble> {
    let _ = id;
    source.read().await.map(|value| (value > 0).then_some(value))
}

#[tokio::test]
async fn absences_have_the_same_grace_and_take_the_place_of_values() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        assert_eq!(service.here.run(found(source, 1)).await, Ok(None));
        source.set(7);
        service.advance(6 * SECOND);
        service
            .there
            .run(async {
                assert_eq!(found(source, 1).await, Ok(None), "{kept:?}: served while it is made anew");
                service.ran(2).await;
                assert_eq!(found(source, 1).await, Ok(Some(7)), "{kept:?}");
                gone(source, 1).await.unwrap();
            })
            .await;
        service.advance(11 * SECOND);
        source.set(0);
        service
            .here
            .run(async {
                assert_eq!(gone(source, 1).await, Ok(Some(7)), "{kept:?}");
                service.ran(4).await;
                assert_eq!(gone(source, 1).await, Ok(None), "{kept:?}: what is gone at the source is not served");
            })
            .await;
    }
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "checked", validate = |value| *value != 1, skip(source))]
async fn checked(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn what_validate_rejects_is_not_served_past_its_time_either() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(checked(source, 1)).await.unwrap();
        service.advance(12 * SECOND);
        source.set(2);
        assert_eq!(service.there.run(checked(source, 1)).await, Ok(2), "{kept:?}");
        assert_eq!(service.there.run(async { checked::stats().rejected }).await, 1);
    }
}

#[tokio::test]
async fn who_observes_sees_the_age_of_what_was_made_elsewhere() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        service.here.run(swr(source, 1)).await.unwrap();
        service.advance(12 * SECOND);
        let (_, calls) = service.there.run(cache_core::observe(swr(source, 1))).await;
        service.ran(2).await;
        let call = &calls[0];
        assert_eq!((call.outcome, call.forward), (cache_core::CallOutcome::Stale, None), "{kept:?}");
        assert_eq!((call.age, call.overdue), (Some(12 * SECOND), Some(2 * SECOND)), "{kept:?}");
    }
}
