//! A hit allocates nothing. In a binary of its own, for its counting allocator.

use std::sync::Arc;

use allocation_counter::measure;
use cache_core::cached;
use cache_core::testing::Scope;

#[derive(Debug, Clone)]
struct Artist {
    id: i64,
}

#[cached(ttl = "5m", key_prefix = "works")]
fn works(artist_id: i64, filter: &str, page: u32) -> Arc<Artist> {
    let _ = (filter, page);
    Arc::new(Artist { id: artist_id })
}

#[cached(ttl = "5m", key_prefix = "async_works")]
async fn async_works(artist_id: i64, filter: Option<&str>, page: u32) -> Result<Option<Arc<Artist>>, String> {
    let _ = (filter, page);
    Ok(Some(Arc::new(Artist { id: artist_id })))
}

/// Longer than what a key holds without the heap.
const LONG: &str = "a filter that is longer than what the stored form of a key has room for in place";

fn hit() {
    for filter in ["matched", "", LONG] {
        assert_eq!(works(42, filter, 7).id, 42);
    }
}

async fn async_hit() {
    for filter in [Some("matched"), None, Some(LONG)] {
        assert_eq!(async_works(42, filter, 7).await.unwrap().unwrap().id, 42);
    }
}

#[test]
fn the_allocator_counts() {
    assert_eq!(measure(|| drop(Box::new(7))).count_total, 1);
}

#[test]
fn a_hit_allocates_nothing_in_the_process_wide_cache() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    hit();
    runtime.block_on(async_hit());
    // A second look settles what is settled once: this thread's place in the counters, the entry under its typed key.
    hit();
    runtime.block_on(async_hit());
    let counted = measure(|| {
        for _ in 0..1_000 {
            hit();
        }
    });
    assert_eq!(counted.count_total, 0);
    runtime.block_on(async {
        let counted = {
            let mut hits = Box::pin(async {
                for _ in 0..1_000 {
                    async_hit().await;
                }
            });
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            measure(|| assert!(hits.as_mut().poll(&mut context).is_ready()))
        };
        assert_eq!(counted.count_total, 0);
    });
    assert_eq!((works::stats().loads, async_works::stats().loads), (3, 3));
}

#[test]
fn nor_in_a_tests_own_cache() {
    let scope = Scope::new();
    let _entered = scope.enter();
    hit();
    hit();
    assert_eq!(measure(hit).count_total, 0);
}
