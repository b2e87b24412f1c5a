//! Loads that fail, are slow, or ask what there was before: the shared tier's value stands in as memory's would.

use std::time::Duration;

use cache_core::{Previous, Refreshed, cached};
use cache_tests::{in_time, until};

use super::{Kept, SECOND, Service, Shared, Trouble};

#[cached(ttl = 10, stale_if_error = "1m", retry_after = "5s", key_prefix = "sie", skip(source))]
async fn sie(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_failure_is_bridged_with_another_instances_value_and_tried_again_now_and_then() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(sie(source, 1)).await.unwrap();
        source.fail(true);
        service.advance(10 * SECOND);
        service
            .there
            .run(async {
                // (seconds later, bodies so far)
                for (wait, runs) in [(0, 2), (1, 2), (4, 3), (4, 3), (1, 4), (49, 5)] {
                    service.advance(wait * SECOND);
                    assert_eq!(sie(source, 1).await, Ok(1), "{kept:?}, {wait} s later");
                    assert_eq!(source.probe.runs(), runs, "{kept:?}, {wait} s later");
                }
                assert_eq!(sie::stats().stale_served, 6, "{kept:?}");
                service.advance(SECOND);
                assert_eq!(sie(source, 1).await, Err(Trouble::Down), "{kept:?}: a minute past its time");
                source.fail(false);
                source.set(2);
                assert_eq!(sie(source, 1).await, Ok(2), "{kept:?}");
            })
            .await;
    }
}

#[tokio::test]
async fn those_who_wait_for_a_load_that_fails_are_served_it_too() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(sie(source, 1)).await.unwrap();
        source.fail(true);
        service.advance(10 * SECOND);
        source.probe.gate.shut();
        let calls: Vec<_> = (0..10)
            .map(|_| {
                let (scope, source) = (service.there.clone(), source.clone());
                tokio::spawn(async move { scope.run(async { sie(&source, 1).await }).await })
            })
            .collect();
        let misses = || service.there.cache().stats().misses;
        in_time(until(|| source.probe.running() == 1 && misses() == 10)).await;
        source.probe.gate.open();
        for call in calls {
            assert_eq!(call.await.unwrap(), Ok(1), "{kept:?}");
        }
        assert_eq!(source.probe.runs(), 2, "{kept:?}");
    }
}

#[tokio::test]
async fn what_is_invalidated_during_a_load_that_fails_does_not_stand_in() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = service.source.clone();
        source.set(1);
        service.here.run(sie(&source, 1)).await.unwrap();
        source.fail(true);
        service.advance(10 * SECOND);
        source.probe.gate.shut();
        let call = tokio::spawn(service.there.run({
            let source = source.clone();
            async move { sie(&source, 1).await }
        }));
        in_time(until(|| source.probe.running() == 1)).await;
        service.there.run(async { sie::invalidate(1).await }).await;
        source.probe.gate.open();
        assert_eq!(call.await.unwrap(), Err(Trouble::Down), "{kept:?}");
    }
}

#[cached(ttl = 10, stale_while_revalidate = "20s", retry_after = "3s", key_prefix = "paced", skip(source))]
async fn paced(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_renewal_that_fails_is_not_tried_again_at_once() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(paced(source, 1)).await.unwrap();
        source.fail(true);
        service.advance(10 * SECOND);
        service
            .there
            .run(async {
                for (wait, runs) in [(0, 2), (0, 2), (2, 2), (1, 3), (0, 3)] {
                    service.advance(wait * SECOND);
                    assert_eq!(paced(source, 1).await, Ok(1), "{kept:?}");
                    service.ran(runs).await;
                }
                source.fail(false);
                source.set(2);
                service.advance(3 * SECOND);
                assert_eq!(paced(source, 1).await, Ok(1), "{kept:?}");
                service.ran(4).await;
                assert_eq!(paced(source, 1).await, Ok(2), "{kept:?}");
            })
            .await;
    }
}

#[cached(ttl = 10, stale_if_error = "1m", soft_timeout = "200ms", timeout = "2s", key_prefix = "bounded", skip(source))]
async fn bounded(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_slow_load_is_left_behind_for_another_instances_value() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = service.source.clone();
        source.set(1);
        service.here.run(bounded(&source, 1)).await.unwrap();
        service.advance(11 * SECOND);
        source.set(2);
        source.probe.gate.shut();
        let call = || {
            let source = source.clone();
            tokio::spawn(service.there.run(async move { bounded(&source, 1).await }))
        };
        let calls = [call(), call()];
        in_time(until(|| source.probe.running() == 1 && service.there.cache().stats().misses == 2)).await;
        service.advance(Duration::from_millis(200));
        for call in calls {
            assert_eq!(in_time(call).await.unwrap(), Ok(1), "{kept:?}: past its time, and quicker");
        }
        source.probe.gate.open();
        service.ran(2).await;
        assert_eq!(service.there.run(bounded(&source, 1)).await, Ok(2), "{kept:?}: the load went on");
        assert_eq!(source.probe.runs(), 2);
    }
}

#[cached(ttl = 10, stale_while_revalidate = "1m", timeout = "2s", key_prefix = "within", skip(source))]
async fn within(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_call_with_a_timeout_is_served_at_once_too() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(within(source, 1)).await.unwrap();
        service.advance(11 * SECOND);
        source.set(2);
        source.probe.gate.shut();
        service
            .there
            .run(async {
                assert_eq!(in_time(within(source, 1)).await, Ok(1), "{kept:?}");
                source.probe.gate.open();
                service.ran(2).await;
                assert_eq!(within(source, 1).await, Ok(2), "{kept:?}");
            })
            .await;
    }
}

#[cached(ttl = 10, stale_if_error = "1m", key_prefix = "asked", skip(source))]
async fn asked(source: &Shared, id: u64, previous: Option<Previous<u64>>) -> Result<Refreshed<u64>, Trouble> {
    let _ = id;
    let value = source.read().await?;
    Ok(match previous {
        Some(previous) if *previous.value() == value => Refreshed::NotModified,
        Some(previous) => Refreshed::New(value * 1_000 + previous.age().as_secs()),
        None => Refreshed::New(value),
    })
}

#[tokio::test]
async fn a_load_is_given_what_another_instance_had() {
    for kept in [Kept::Both, Kept::Shared] {
        let service = Service::new(kept);
        let source = &service.source;
        source.set(1);
        service.here.run(asked(source, 1)).await.unwrap();
        service.advance(12 * SECOND);
        service
            .there
            .run(async {
                assert_eq!(asked(source, 1).await, Ok(1), "{kept:?}");
                assert_eq!(asked::stats().refreshes, 1, "{kept:?}: not modified");
                service.advance(9 * SECOND);
                assert_eq!(asked(source, 1).await, Ok(1), "{kept:?}: fresh for a whole TTL again");
                assert_eq!(source.probe.runs(), 2);
                service.advance(4 * SECOND);
                source.set(2);
                assert_eq!(asked(source, 1).await, Ok(2_013), "{kept:?}: as old as it was");
            })
            .await;
        // Asked for by hand, where memory has nothing.
        source.set(3);
        service.here.cache().local().clear();
        service.advance(SECOND);
        assert_eq!(service.here.run(async { asked::refresh(source, 1).await }).await, Ok(3_001), "{kept:?}");
    }
}
