//! Functions under `cached`'s attributes, as its documentation says for a bound, a TTL and concurrent callers.

use std::marker::PhantomData;
use std::sync::Arc;

use cached::macros::{cached, concurrent_cached};

use super::{Artist, Ask, Counts, Db, Value};

#[cached(max_size = 20_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
pub(crate) async fn artist(db: &Db, id: u64) -> Arc<Artist> {
    db.load(id)
}

#[concurrent_cached(max_size = 20_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
pub(crate) async fn artist_concurrent(db: &Db, id: u64) -> Arc<Artist> {
    db.load(id)
}

#[concurrent_cached(max_size = 2_000_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
pub(crate) async fn artist_of_many(db: &Db, id: u64) -> Arc<Artist> {
    db.load(id)
}

#[cached(max_size = 20_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
pub(crate) async fn counts(db: &Db, id: u64) -> Counts {
    db.load(id)
}

#[concurrent_cached(max_size = 20_000, ttl_secs = 300, key = "u64", convert = "{ id }")]
pub(crate) async fn counts_concurrent(db: &Db, id: u64) -> Counts {
    db.load(id)
}

#[concurrent_cached(
    max_size = 20_000,
    ttl_secs = 300,
    key = "(i64, String, u32)",
    convert = "{ (id, sort.to_owned(), page) }"
)]
pub(crate) async fn page_concurrent(db: &Db, id: i64, sort: &str, page: u32) -> Arc<Artist> {
    debug_assert!(page < 10 && !sort.is_empty());
    db.load(id.cast_unsigned())
}

#[concurrent_cached(max_size = 20_000, ttl_secs = 300, key = "String", convert = "{ name.to_owned() }")]
pub(crate) async fn by_name_concurrent(db: &Db, name: &str) -> Arc<Artist> {
    db.load(name.len() as u64)
}

pub(crate) struct Cached<V>(PhantomData<fn() -> V>);

impl<V> Cached<V> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: Value> Ask for Cached<V> {
    async fn ask(&self, key: u64) -> u64 {
        V::cached(key).await.id()
    }
}

pub(crate) struct ConcurrentCached<V>(PhantomData<fn() -> V>);

impl<V> ConcurrentCached<V> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: Value> Ask for ConcurrentCached<V> {
    async fn ask(&self, key: u64) -> u64 {
        V::concurrent_cached(key).await.id()
    }
}

/// `#[concurrent_cached]` with room for two million.
pub(crate) struct OfMany;

impl Ask for OfMany {
    async fn ask(&self, key: u64) -> u64 {
        artist_of_many(&Db, key).await.id
    }
}
