//! A load that fails, and what is served in its place; an entry that expires by hand.

use cache_core::cached;
use cache_tests::{in_time, until};

use super::source::{Shared, Source, Trouble};
use super::{SECOND, scope, swr};

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
