//! Options about the time around a TTL, on every kind of argument that a body can own.

use cache_core::{TimedOut, cached};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone)]
struct Db;

const GRACE: Duration = Duration::from_secs(60);

#[cached(ttl = 60, stale_while_revalidate = GRACE, stale_if_error = "1h", retry_after = "2s", jitter = 0.1, skip(db, state))]
async fn owned(
    db: &Db,
    state: Arc<Db>,
    id: u64,
    name: &str,
    ids: &[u64],
    note: Option<&str>,
    (a, b): (u8, u8),
) -> Result<Option<String>, String> {
    let _ = (db, state, id, ids, note, a, b);
    Ok(Some(name.to_owned()))
}

#[cached(ttl = 60, refresh_ahead = 0.5, ttl_with = |v| Duration::from_secs(*v + extra), ttl_none = 5)]
async fn with_rules(id: u64, extra: u64) -> Option<u64> {
    Some(id)
}

#[cached(stale_if_error = "1h", soft_timeout = "100ms", timeout = 2, adaptive_ttl = "30s..1h", single_flight = false)]
async fn bounded<T: cache_core::CacheKey + Clone + Send + Sync + 'static>(id: T) -> Result<u64, TimedOut> {
    let _ = id;
    Ok(1)
}

#[cached(stale_if_error = "1h", soft_timeout = "100ms")]
async fn softly(id: u64) -> u64 {
    id
}

#[cached(ttl = 60, stale_while_revalidate = "10s", skip(db))]
fn on_a_thread(db: &Db, name: &str) -> usize {
    let _ = db;
    name.len()
}

#[derive(Clone)]
struct Repo;

#[cached]
impl Repo {
    #[cached(ttl = 60, stale_while_revalidate = "10s", skip(self))]
    async fn read(&self, id: u64) -> u64 {
        id
    }

    #[cached(ttl = 60, refresh_ahead = 0.9, skip(self))]
    async fn shared(self: Arc<Self>, id: u64) -> u64 {
        id
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(owned(&Db, Arc::new(Db), 1, "a", &[1], None, (1, 2)).await, Ok(Some("a".to_owned())));
    assert_eq!(with_rules(1, 2).await, Some(1));
    assert_eq!(bounded(3_u8).await, Ok(1));
    assert_eq!((softly(1).await, on_a_thread(&Db, "abc")), (1, 3));
    assert_eq!(Repo.read(2).await + Arc::new(Repo).shared(3).await, 5);
}
