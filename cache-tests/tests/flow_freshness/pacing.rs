//! When values are made anew: ahead of their time, by what loads find, and not all at once.

use std::time::Duration;

use cache_core::cached;
use cache_tests::in_memory;

use super::source::{Shared, Source, Trouble};
use super::{SECOND, scope};

#[cached(ttl = 10, refresh_ahead = 0.8, key_prefix = "ahead", skip(source))]
async fn ahead(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn the_first_hit_past_its_share_of_the_ttl_refreshes_beside_it() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let clock = scope.clock();
            source.set(1);
            ahead(&source, 1).await.unwrap();
            source.set(2);
            clock.advance(8 * SECOND - Duration::from_millis(1));
            assert_eq!(ahead(&source, 1).await, Ok(1));
            source.ran(1).await;
            clock.advance(Duration::from_millis(1));
            assert_eq!(ahead(&source, 1).await, Ok(1));
            source.ran(2).await;
            assert_eq!(ahead(&source, 1).await, Ok(2));
            clock.advance(9 * SECOND);
            source.fail(true);
            assert_eq!(ahead(&source, 1).await, Ok(2));
            source.ran(3).await;
            assert_eq!(ahead(&source, 1).await, Ok(2), "fresh as long as it was to be");
            clock.advance(SECOND);
            assert_eq!(ahead(&source, 1).await, Err(Trouble::Down));
        })
        .await;
}

#[cached(ttl = 100, adaptive_ttl = "10s..40s", key_prefix = "adaptive", skip(source))]
async fn adaptive(source: &Shared, id: u64) -> Result<u64, Trouble> {
    let _ = id;
    source.read().await
}

#[tokio::test]
async fn a_ttl_follows_what_its_loads_find() {
    if !in_memory() {
        return;
    }
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            let cache = scope.cache();
            let remaining = || cache.entry("adaptive:1").unwrap().remaining.unwrap().as_secs_f64().round() as u64;
            let mut lives = Vec::new();
            for value in [1, 1, 1, 1, 2, 3, 4, 4] {
                source.set(value);
                assert_eq!(adaptive(&source, 1).await, Ok(value));
                lives.push(remaining());
                adaptive(&source, 1).await.unwrap();
                scope.clock().advance(SECOND * lives[lives.len() - 1] as u32);
            }
            assert_eq!(lives, [40, 40, 40, 40, 20, 10, 10, 20]);
            // Nobody reads it: it lives no longer.
            adaptive(&source, 1).await.unwrap();
            scope.clock().advance(40 * SECOND);
            adaptive(&source, 1).await.unwrap();
            assert_eq!(remaining(), 40);
        })
        .await;
}

#[cached(adaptive_ttl = "1m..10m", key_prefix = "untold")]
async fn untold(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn a_ttl_that_nothing_is_said_of_begins_with_the_shorter_bound() {
    if !in_memory() {
        return;
    }
    let scope = scope();
    scope
        .run(async {
            untold(1).await;
            let entry = scope.cache().entry("untold:1").expect("it is stored");
            // And not with the cache's default, 300 s, which is within the bounds.
            assert_eq!(entry.remaining.map(|left| left.as_secs_f64().round()), Some(60.0));
        })
        .await;
}

#[cached(ttl = 100, jitter = 0.5, key_prefix = "jittered")]
async fn jittered(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn jitter_spreads_the_ends_of_lives() {
    if !in_memory() {
        return;
    }
    let scope = scope();
    scope
        .run(async {
            for id in 0..100 {
                jittered(id).await;
            }
            let remaining =
                |id: u64| scope.cache().entry(format!("jittered:{id}").as_str()).unwrap().remaining.unwrap();
            let all: Vec<_> = (0..100).map(remaining).collect();
            assert!(all.iter().all(|left| (50 * SECOND..=100 * SECOND).contains(left)));
            assert!(*all.iter().max().unwrap() - *all.iter().min().unwrap() > 20 * SECOND);
        })
        .await;
}
