//! The annotated service: nothing but attributes was added, and it answers as the plain one does.

use cache_core::testing::Scope;
use examples::adopt::after::{AppState, Catalogue, Review, ShopError, SqliteCatalogue, list_category, sell};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

const BEFORE: &str = include_str!("../src/adopt/before.rs");
const AFTER: &str = include_str!("../src/adopt/after.rs");

/// Without the comment at the head.
fn code(source: &'static str) -> Vec<&'static str> {
    source.lines().skip_while(|line| line.starts_with("//!")).collect()
}

#[test]
fn the_difference_is_attributes_alone_and_as_large_as_it_says() {
    let is_ours = |line: &&str| {
        let line = line.trim_start();
        ["#[cached(", "#[cache_core::"].iter().any(|start| line.starts_with(start)) && line.ends_with(']')
    };
    let (added, kept): (Vec<&str>, Vec<&str>) = code(AFTER).into_iter().partition(is_ours);
    assert_eq!(kept, code(BEFORE));
    let said = format!("{} lines, attributes all of them, in {}.", added.len(), BEFORE.lines().count());
    assert!(AFTER.contains(&said), "the head comment should say: {said}");
    let said = format!("differ in {} lines", added.len());
    assert!(include_str!("../src/bin/adopt.rs").contains(&said), "{said}");
}

async fn shop() -> AppState {
    let memory = SqliteConnectOptions::new().filename(":memory:");
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(memory)
        .await
        .unwrap();
    let state = AppState::new(pool);
    state.catalogue.prepare().await.unwrap();
    state
}

#[tokio::test]
async fn reads_are_answered_from_memory_and_writes_are_seen_at_once() {
    let (scope, state) = (Scope::new(), shop().await);
    scope
        .run(async {
            for _ in 0..5 {
                assert_eq!(state.catalogue.product(1).await.unwrap().unwrap().cents, 890);
                assert_eq!(state.catalogue.product(9).await.unwrap(), None);
                assert_eq!(list_category(&state.pool, "tea", 20).await.unwrap().len(), 2);
                assert_eq!(state.reviews.of_product(1).await.unwrap().len(), 2);
                assert_eq!(state.reviews.stars(1).await.unwrap(), Some(4.0));
            }
            assert_eq!(scope.cache().stats().loads, 5);

            state.catalogue.reprice(1, 990).await.unwrap();
            assert_eq!(state.catalogue.product(1).await.unwrap().unwrap().cents, 990);
            assert_eq!(scope.cache().stats().loads, 5, "the write's own value");
            assert_eq!(list_category(&state.pool, "tea", 20).await.unwrap()[0].cents, 990);

            state.reviews.add(1, Review { stars: 1, text: "cold".to_owned() }).await.unwrap();
            assert_eq!(state.reviews.of_product(1).await.unwrap().len(), 3);
            assert_eq!(state.reviews.stars(1).await.unwrap(), Some(3.0));

            assert_eq!(sell(&state.pool, 1, 4).await.unwrap(), 6);
            assert_eq!(state.catalogue.product(1).await.unwrap().unwrap().stock, 6);
            assert!(matches!(sell(&state.pool, 1, 7).await, Err(ShopError::OutOfStock(6))));
            assert_eq!(SqliteCatalogue::product_cache().key(1), "product:1");
        })
        .await;
}
