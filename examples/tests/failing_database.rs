//! A database that fails, under callers that all want one row: `sqlx::Error` cannot be copied to those that wait.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use cache_core::cached;
use cache_core::testing::Scope;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::sync::watch;
use tokio::task::JoinSet;

static BODIES: AtomicUsize = AtomicUsize::new(0);

/// Each query takes one step of a time that the test moves.
#[cached(ttl = "5m", skip(time))]
async fn name_of(db: &SqlitePool, time: &watch::Sender<u32>, id: i64) -> Result<Option<String>, sqlx::Error> {
    let asked = *time.borrow();
    let mut steps = time.subscribe();
    BODIES.fetch_add(1, SeqCst);
    let stepped = steps.wait_for(|now| *now > asked).await.is_ok();
    assert!(stepped, "the test keeps time until all is answered");
    sqlx::query_scalar("SELECT name FROM artists WHERE id = ?").bind(id).fetch_optional(db).await
}

#[tokio::test]
async fn a_hundred_waiters_are_answered_within_three_loads() {
    let db = SqlitePoolOptions::new().connect("sqlite::memory:").await.unwrap();
    db.close().await;
    let (scope, time) = (Scope::new(), watch::Sender::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let (db, time) = (db.clone(), time.clone());
        callers.spawn(scope.run(async move { name_of(&db, &time, 42).await }));
    }
    // One load, one retry, and then everybody's own at once. On one thread, a yield lets every caller that was woken
    // come as far as it can: those that are to wait for a load have joined it.
    for begun in [1, 2, 100] {
        while BODIES.load(SeqCst) < begun {
            tokio::task::yield_now().await;
        }
        assert_eq!(BODIES.load(SeqCst), begun);
        time.send_modify(|now| *now += 1);
    }
    let answers = callers.join_all().await;
    assert_eq!(answers.len(), 100);
    assert!(answers.iter().all(|answer| matches!(answer, Err(sqlx::Error::PoolClosed))));
    let stats = scope.cache().stats();
    assert_eq!((stats.loads, stats.load_errors, stats.entries), (100, 100, 0));
}
