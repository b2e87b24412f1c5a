//! Absences: they have the grace of values, and take their place.

use cache_core::cached;
use cache_tests::in_time;

use super::source::{Shared, Source, Trouble};
use super::{SECOND, scope};

#[cached(
    ttl = 10,
    ttl_none = "4s",
    stale_while_revalidate = "5s",
    stale_if_error = "20s",
    key_prefix = "both",
    skip(source)
)]
async fn both(source: &Shared, id: u64) -> Result<Option<u64>, Trouble> {
    let _ = id;
    source.read().await.map(|value| (value > 0).then_some(value))
}

/// What was loaded beside its caller is stored a moment after its body has run. Looking at it begins no other load.
async fn comes(value: Option<u64>) {
    let comes = async {
        while both::peek(1).await != Some(Ok(value)) {
            tokio::task::yield_now().await;
        }
    };
    in_time(comes).await;
}

/// Calls until one has begun the next load, which they do not wait for: a load ends a moment after what it stored can be
/// seen in the shared tier, and until then there is no other. Nobody is answered with anything but what was there and
/// what comes.
async fn renews(source: &Shared, there: Option<u64>, coming: Option<u64>) {
    let runs = source.runs();
    let renews = async {
        while source.runs() == runs {
            let served = both(source, 1).await;
            assert!(served == Ok(there) || served == Ok(coming), "{served:?}");
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(both(source, 1).await, Ok(there), "served while it is made anew");
    in_time(renews).await;
    source.ran(runs + 1).await;
    comes(coming).await;
}

#[tokio::test]
async fn absences_have_the_same_grace_and_take_the_place_of_values() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            assert_eq!(both(&source, 1).await, Ok(None));
            source.set(7);
            clock.advance(4 * SECOND);
            renews(&source, None, Some(7)).await;
            source.set(0);
            clock.advance(10 * SECOND);
            // What is gone at the source is not served.
            renews(&source, Some(7), None).await;
            source.fail(true);
            clock.advance(12 * SECOND);
            assert_eq!(both(&source, 1).await, Ok(None), "bridged");
            clock.advance(20 * SECOND);
            assert_eq!(both(&source, 1).await, Err(Trouble::Down));
        })
        .await;
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "gone", skip(source))]
async fn gone(source: &Shared, id: u64) -> Result<Option<u64>, Trouble> {
    let _ = id;
    source.read().await.map(|value| (value > 0).then_some(value))
}

#[tokio::test]
async fn a_refresh_that_finds_nothing_removes_the_value() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            source.set(7);
            gone(&source, 1).await.unwrap();
            source.set(0);
            scope.clock().advance(10 * SECOND);
            assert_eq!(gone(&source, 1).await, Ok(Some(7)));
            source.ran(2).await;
            assert_eq!(gone(&source, 1).await, Ok(None));
        })
        .await;
}
