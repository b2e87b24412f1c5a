//! The cache's own methods, for keys of one's own and for looking after it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Fallible, Infallible, ask};
use crate::cache::{Cache, Removed, Stored};
use crate::call::CacheValue;
use crate::error::Error;
use crate::key::shorten;
use crate::lookup::Ttl;
use crate::store::EntryInfo;

impl Cache {
    /// The value of that name, if it is fresh and of that type. A decorated function's entry has the stored type: its
    /// return type without `Result` and `Option`.
    pub async fn get<T: CacheValue + Serialize + DeserializeOwned>(&self, key: impl Into<String>) -> Option<T> {
        self.local().get(key)
    }

    /// Stores a value, in place of whatever the name has; a load of it under way will not overwrite it.
    ///
    /// Towards `max_bytes` it counts with its `size_of`: what it holds on the heap is not known here.
    ///
    /// ```
    /// use cache_core::{Cache, key};
    /// use std::time::Duration;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// let id = 42;
    /// cache.set(key!("user:{id}"), "ann".to_owned(), Duration::from_secs(60)).await;
    /// assert_eq!(cache.get::<String>("user:42").await.as_deref(), Some("ann"));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn set<T: CacheValue + Serialize + DeserializeOwned>(
        &self,
        key: impl Into<String>,
        value: T,
        ttl: impl Into<Ttl>,
    ) -> Stored {
        self.local().set(key, value, ttl)
    }

    /// The value, or what `factory` gives, which is stored. Callers that miss together share one call of it; nothing
    /// is locked while it runs.
    ///
    /// # Cancel safety
    /// Dropped while it waits, it leaves the load to the others; dropped while the factory runs, one of those that
    /// wait takes over with its own.
    ///
    /// ```
    /// use cache_core::Cache;
    /// use std::time::Duration;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(cache.get_or_set("answer", minute, async || 42).await, 42);
    /// assert_eq!(cache.get_or_set("answer", minute, async || 0).await, 42);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_or_set<T: CacheValue + Serialize + DeserializeOwned>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl AsyncFnOnce() -> T,
    ) -> T {
        ask::<T, Infallible>(self, shorten(key.into())).load(ttl.into(), || async move { factory().await }).await
    }

    /// The value, or what `factory` gives, which is stored if it is `Ok`. Callers that miss together share one call
    /// of it; when it fails, one of the others tries again, and when that fails too, the rest call their own.
    ///
    /// # Errors
    /// The factory's.
    ///
    /// # Cancel safety
    /// As [`get_or_set`](Self::get_or_set).
    pub async fn get_or_try_set<T: CacheValue + Serialize + DeserializeOwned, E>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        ask::<T, Fallible<E>>(self, shorten(key.into())).load(ttl.into(), || async move { factory().await }).await
    }

    /// Removes the entry of that name; says whether there was one. A load of it under way will not store its value.
    pub async fn delete(&self, key: impl Into<String>) -> bool {
        self.local().delete(key)
    }

    /// Removes the entry of that name. Once this has returned, no call returns a value whose load began before.
    ///
    /// # Cancel safety
    /// Done before the future can be dropped.
    pub async fn invalidate(&self, key: impl Into<String>) -> Removed {
        self.local().invalidate(key)
    }

    /// Removes every entry whose printed name matches a pattern in Redis' glob syntax: `*` is any run of characters,
    /// the `:` between segments included, `?` one byte, `[a-z]` and `[^a-z]` one of a set, `\` takes the next
    /// character as it is. Looks at every name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty or has an unclosed `[`.
    ///
    /// ```
    /// use cache_core::{Cache, key};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// for page in 0..3 {
    ///     cache.set(key!("works:{}:{}", 42, page), page, cache_core::Ttl::Default).await;
    /// }
    /// assert_eq!(cache.invalidate_pattern("works:42:[01]").await?.entries, 2);
    /// assert!(cache.invalidate_pattern("").await.is_err());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate_pattern(&self, pattern: &str) -> Result<Removed, Error> {
        self.local().invalidate_pattern(pattern)
    }

    /// Removes every entry under whole leading segments: `artist` reaches `artist:42` and not `artist_works:42`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty.
    pub async fn invalidate_prefix(&self, prefix: &str) -> Result<Removed, Error> {
        self.local().invalidate_prefix(prefix)
    }

    /// Removes every entry, and keeps loads that are under way from storing theirs.
    pub async fn clear(&self) -> Removed {
        self.local().clear()
    }

    /// Reclaims what has expired and says how many entries that were. Never needed for correctness: an expired entry
    /// is not served, and each insertion reclaims a few.
    pub fn cleanup_expired(&self) -> usize {
        self.inner.store.cleanup_expired()
    }

    /// The printed names of all fresh entries, in no order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.inner.store.keys()
    }

    /// When the entry of that name was made, when it expires, and how often it was hit.
    #[must_use]
    pub fn entry(&self, key: impl Into<String>) -> Option<EntryInfo> {
        self.inner.store.info(&shorten(key.into()))
    }
}
