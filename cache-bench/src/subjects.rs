//! The same repository function under each toolkit, called as its user calls it.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cache_core::Weigh;

/// Keys there are.
pub(crate) const KEYS: u64 = 10_000;
const TTL: Duration = Duration::from_secs(300);
/// Twice the keys: every lookup after the first is a hit, in caches that split their bound over shards too.
const CAPACITY: usize = 2 * KEYS as usize;

/// What is cached.
#[derive(Debug, Clone, Weigh)]
pub(crate) struct Artist {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) country: String,
}

/// Stands for the connection that a real function takes.
#[derive(Debug)]
pub(crate) struct Db;

impl Db {
    fn artist(&self, id: u64) -> Arc<Artist> {
        Arc::new(Artist { id, name: format!("artist {id}"), country: String::from("NL") })
    }
}

/// Gives the process-wide cache the same room as the others.
pub(crate) fn set_up() -> Result<(), cache_core::Error> {
    cache_core::init_cache(cache_core::Cache::builder().max_entries(CAPACITY).build()?)
}

/// Polls a future that is ready: the cost of a hit without an executor around it.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

pub(crate) mod ours {
    use super::{Arc, Artist, Db};
    use cache_core::cached;

    #[cached(ttl = 300)]
    pub(crate) async fn artist(db: &Db, id: u64) -> Arc<Artist> {
        db.artist(id)
    }

    #[cached(ttl = 300)]
    pub(crate) async fn page(db: &Db, id: i64, sort: &str, page: u32) -> Arc<Artist> {
        debug_assert!(page < 10 && !sort.is_empty());
        db.artist(id.cast_unsigned())
    }
}

pub(crate) mod theirs {
    use super::{Arc, Artist, Db};
    use cached::macros::{cached, concurrent_cached};

    #[cached(max_size = 20_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
    pub(crate) async fn artist(db: &Db, id: u64) -> Arc<Artist> {
        db.artist(id)
    }

    #[concurrent_cached(max_size = 20_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
    pub(crate) async fn artist_concurrent(db: &Db, id: u64) -> Arc<Artist> {
        db.artist(id)
    }

    #[concurrent_cached(
        max_size = 20_000,
        ttl_secs = 300,
        key = "(i64, String, u32)",
        convert = "{ (id, sort.to_owned(), page) }"
    )]
    pub(crate) async fn page_concurrent(db: &Db, id: i64, sort: &str, page: u32) -> Arc<Artist> {
        debug_assert!(page < 10 && !sort.is_empty());
        db.artist(id.cast_unsigned())
    }
}

pub(crate) fn load(id: u64) -> Arc<Artist> {
    Db.artist(id)
}

pub(crate) fn moka_sync<K: std::hash::Hash + Eq + Send + Sync + 'static>() -> moka::sync::Cache<K, Arc<Artist>> {
    moka::sync::Cache::builder().max_capacity(CAPACITY as u64).time_to_live(TTL).build()
}

pub(crate) fn moka_future<K: std::hash::Hash + Eq + Send + Sync + 'static>() -> moka::future::Cache<K, Arc<Artist>> {
    moka::future::Cache::builder().max_capacity(CAPACITY as u64).time_to_live(TTL).build()
}

pub(crate) fn quick<K: std::hash::Hash + Eq>() -> quick_cache::sync::Cache<K, Arc<Artist>> {
    quick_cache::sync::Cache::new(CAPACITY)
}
