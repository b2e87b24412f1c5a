//! Functions under our attribute.

use std::marker::PhantomData;
use std::sync::Arc;

use cache_core::{Cache, cached};

use super::{Artist, Ask, Counts, Db, Value};

#[cached(ttl = 300)]
pub(crate) async fn artist(db: &Db, id: u64) -> Arc<Artist> {
    db.load(id)
}

#[cached(ttl = 300)]
pub(crate) async fn counts(db: &Db, id: u64) -> Counts {
    db.load(id)
}

#[cached(ttl = 300)]
pub(crate) async fn page(db: &Db, id: i64, sort: &str, page: u32) -> Arc<Artist> {
    debug_assert!(page < 10 && !sort.is_empty());
    db.load(id.cast_unsigned())
}

#[cached(ttl = 300)]
pub(crate) async fn by_name(db: &Db, name: &str) -> Arc<Artist> {
    db.load(name.len() as u64)
}

/// In a cache of its own: for benches that need one of a certain size.
#[cached(ttl = 300, cache = cache, skip(cache))]
pub(crate) async fn number(cache: &Cache, id: u64) -> u64 {
    id
}

/// With a tag that all entries carry, and one for a few.
#[cached(ttl = 300, cache = cache, tags = ["all", "ten:{few}"], skip(cache, few))]
pub(crate) async fn tagged(cache: &Cache, id: u64, few: u64) -> u64 {
    id
}

pub(crate) struct Ours<V>(PhantomData<fn() -> V>);

impl<V> Ours<V> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: Value> Ask for Ours<V> {
    async fn ask(&self, key: u64) -> u64 {
        V::ours(key).await.id()
    }
}

/// [`number`] in one cache.
pub(crate) struct Numbers(pub(crate) Cache);

impl Ask for Numbers {
    async fn ask(&self, key: u64) -> u64 {
        number(&self.0, key).await
    }
}
