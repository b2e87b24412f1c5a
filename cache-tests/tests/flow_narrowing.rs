//! `#[invalidates]` with `result`: the write's arguments and its result together say what is removed.

use cache_core::{cached, invalidates};
use cache_tests::{in_memory, scope};

#[cached(ttl = "5m")]
async fn shelf(library: u64, number: u64) -> u64 {
    library * 100 + number
}

struct Moved {
    number: u64,
}

#[invalidates(shelf(library, result.number))]
async fn move_book(library: u64, fails: bool) -> Result<Option<Moved>, String> {
    if fails { Err("the shelf is full".to_owned()) } else { Ok(Some(Moved { number: 2 })) }
}

async fn fill() {
    for library in 1..=2 {
        for number in 1..=2 {
            shelf(library, number).await;
        }
    }
}

async fn kept() -> Vec<String> {
    let mut keys = cache_core::get_cache().keys();
    keys.sort();
    keys
}

#[tokio::test]
async fn arguments_and_result_narrow_an_invalidation_together() {
    if !in_memory() {
        return;
    }
    let scope = scope();
    scope
        .run(async {
            fill().await;
            assert!(move_book(1, false).await.is_ok());
            assert_eq!(kept().await, ["shelf:1:1", "shelf:2:1", "shelf:2:2"]);
        })
        .await;
}

#[tokio::test]
async fn a_failed_write_removes_nothing() {
    if !in_memory() {
        return;
    }
    let scope = scope();
    scope
        .run(async {
            fill().await;
            assert!(move_book(1, true).await.is_err());
            assert_eq!(kept().await.len(), 4);
        })
        .await;
}
