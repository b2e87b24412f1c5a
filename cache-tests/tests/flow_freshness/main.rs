//! What each caller sees at each instant, of functions with a grace: on a clock that the test moves, and in whatever tier the
//! values are.

mod absences;
mod beside;
mod failures;
mod late;
mod pacing;
mod source;

use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Scope;
use cache_tests::{in_time, until};

use self::source::{Shared, Source, Trouble};

const SECOND: Duration = Duration::from_secs(1);

fn scope() -> Scope {
    cache_tests::scope()
}

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
