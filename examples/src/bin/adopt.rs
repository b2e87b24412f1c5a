//! A service that was annotated after it was written: `src/adopt/before.rs` and `src/adopt/after.rs` differ in 10 lines
//! of attributes and in nothing else. Runs both on the same requests and shows what the second one was spared.

use std::time::{Duration, Instant};

use cache_core::get_cache;
use examples::adopt::{after, before};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

const ROUNDS: i64 = 2_000;

async fn database() -> Result<SqlitePool, sqlx::Error> {
    let memory = SqliteConnectOptions::new().filename(":memory:");
    SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None).connect_with(memory).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let state = before::AppState::new(database().await?);
    state.catalogue.prepare().await?;
    let plain = {
        use before::Catalogue;
        let start = Instant::now();
        for round in 0..ROUNDS {
            state.catalogue.product(round % 3 + 1).await?;
            state.reviews.of_product(round % 3 + 1).await?;
            before::list_category(&state.pool, "tea", 20).await?;
        }
        start.elapsed()
    };

    let state = after::AppState::new(database().await?);
    state.catalogue.prepare().await?;
    let cached = {
        use after::Catalogue;
        let start = Instant::now();
        for round in 0..ROUNDS {
            state.catalogue.product(round % 3 + 1).await?;
            state.reviews.of_product(round % 3 + 1).await?;
            after::list_category(&state.pool, "tea", 20).await?;
        }
        start.elapsed()
    };

    let stats = get_cache().stats();
    let per_call = |total: Duration| total / (3 * ROUNDS as u32);
    println!("before: {:>9.2?} per call", per_call(plain));
    println!(
        "after:  {:>9.2?} per call, {:.1} % hits, {} loads",
        per_call(cached),
        100.0 * stats.hit_rate,
        stats.loads
    );
    Ok(())
}
