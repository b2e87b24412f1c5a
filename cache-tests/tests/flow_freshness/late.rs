//! Loads that take longer than a call may.

use std::time::Duration;

use cache_core::cached;
use cache_tests::{in_time, until};

use super::source::{Shared, Source, Trouble};
use super::{SECOND, scope};

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
