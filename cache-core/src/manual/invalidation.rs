//! Removal by the cache's own methods, in both tiers. Memory is done when the future is first polled; what the shared
//! tier owes then is kept until it is made, whatever becomes of the future.

use crate::cache::{Cache, Removed};
use crate::error::Error;
use crate::invalidation::{matching, under};
use crate::key::{Names, shorten};
use crate::tier::{Owed, Place};

impl Cache {
    /// Removes the entry of that name; says whether there was one. A load of it under way will not store its value.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set("a", 1, Ttl::Default).await;
    /// assert!(cache.delete("a").await);
    /// assert!(!cache.delete("a").await);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn delete(&self, key: impl Into<String>) -> bool {
        let name = shorten(key.into());
        let known = self.contains(name.as_str()).await;
        let removed = self.remove_now(&Names::One(name)).await;
        let was_there = known || removed.entries > 0;
        if was_there {
            self.inner.manual.stats.delete();
        }
        was_there
    }

    /// Removes the entry of that name. Once this has returned, no call returns a value whose load began before.
    ///
    /// # Cancel safety
    /// Done before the future can be dropped.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set("a", 1, Ttl::Default).await;
    /// assert_eq!(cache.invalidate("a").await.entries, 1);
    /// assert_eq!(cache.get::<i32>("a").await, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate(&self, key: impl Into<String>) -> Removed {
        let name = shorten(key.into());
        self.remove_shared(Names::One(name)).await
    }

    /// Invalidates every entry that carries a tag, in time that does not depend on how many do. Once this has returned, no call
    /// returns one of them, or a value whose load began before and that carries the tag. Tags are what `tags` and `tags_with`
    /// of [`cached`](crate::cached) say; [`key!`](crate::key) prints one with the escapes that they have.
    ///
    /// `entries` of what it gives counts those that carried the tag, entries that had expired and take room still among them.
    ///
    /// # Cancel safety
    /// Done when the future is first polled.
    ///
    /// # Performance
    /// One look-up. What carried the tag takes room until its TTL is over or it is evicted, which it is before others.
    ///
    /// ```
    /// use cache_core::{cached, key, testing::Scope};
    ///
    /// #[cached(ttl = "5m", tags = ["artist:{artist_id}"])]
    /// async fn discography(artist_id: i64, page: u32) -> Vec<String> {
    ///     vec![format!("work {page} of {artist_id}")]
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// Scope::new()
    ///     .run(async {
    ///         for page in 0..10 {
    ///             discography(42, page).await;
    ///             discography(43, page).await;
    ///         }
    ///         let removed = cache_core::get_cache().invalidate_tag(key!("artist:{}", 42)).await;
    ///         assert_eq!(removed.entries, 10);
    ///         assert_eq!(discography::peek(42, 0).await, None);
    ///         assert!(discography::peek(43, 0).await.is_some());
    ///     })
    ///     .await;
    /// # });
    /// ```
    pub async fn invalidate_tag(&self, tag: impl Into<String>) -> Removed {
        self.remove_shared(Names::Tagged(tag.into())).await
    }

    /// Takes the freshness of that name's entry, which stays for as long as its function lets values be served past their
    /// time (`stale_while_revalidate`, `stale_if_error`), counted from now; without such a grace it is removed. A load of it
    /// under way will not store its value, and the shared tier's copy is removed. Says whether there was a fresh one.
    ///
    /// # Cancel safety
    /// Memory is done when the future is first polled.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, cached};
    /// use cache_core::testing::Scope;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// static READS: AtomicU32 = AtomicU32::new(0);
    ///
    /// #[cached(ttl = "5m", stale_if_error = "1h", key_prefix = "rate")]
    /// async fn rate(currency: &str) -> Result<u32, String> {
    ///     if READS.fetch_add(1, Relaxed) == 0 { Ok(42) } else { Err(format!("{currency}: down")) }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// Scope::new()
    ///     .run(async {
    ///         assert_eq!(rate("eur").await, Ok(42));
    ///         assert!(cache_core::get_cache().expire("rate:eur").await);
    ///         assert_eq!(rate("eur").await, Ok(42), "asked again, which failed");
    ///         assert_eq!(READS.load(Relaxed), 2);
    ///     })
    ///     .await;
    /// # });
    /// ```
    pub async fn expire(&self, key: impl Into<String>) -> bool {
        let name = shorten(key.into());
        let mut was_fresh = self.inner.store.expire(&name);
        let mut ending = Expiring { cache: self, name: Some(name) };
        if let (Some(remote), Some(name)) = (&self.inner.remote, &ending.name) {
            let expired = remote.expire(name).await;
            was_fresh |= expired.was_fresh;
            if expired.done {
                // Somebody may have read it there before that.
                self.inner.store.expire(name);
                ending.name = None;
            }
        }
        let place = ending.remove();
        self.settle(place).await;
        was_fresh
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
        Ok(self.remove_shared(matching(pattern)?).await)
    }

    /// Removes every entry under whole leading segments: `artist` reaches `artist:42` and not `artist_works:42`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set_many([("artist:1", 1), ("artist_works:1", 2)], Ttl::Default).await;
    /// assert_eq!(cache.invalidate_prefix("artist").await?.entries, 1);
    /// assert!(cache.contains("artist_works:1").await);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate_prefix(&self, prefix: &str) -> Result<Removed, Error> {
        Ok(self.remove_shared(under(prefix)?).await)
    }

    /// Removes every entry, and keeps loads that are under way from storing theirs.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set_many([("a", 1), ("b", 2)], Ttl::Default).await;
    /// assert_eq!(cache.clear().await.entries, 2);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn clear(&self) -> Removed {
        self.remove_shared(Names::All).await
    }
}

/// What the shared tier has is removed, should it not be told that its freshness is over: because it has no grace, cannot be
/// reached, or the caller has gone.
struct Expiring<'a> {
    cache: &'a Cache,
    name: Option<String>,
}

impl Expiring<'_> {
    fn remove(&mut self) -> Option<Place> {
        let name = self.name.take()?;
        let owed = self.cache.owe_removal(&Names::One(name.clone()));
        // Somebody may have read it there before that was owed.
        self.cache.inner.store.expire(&name);
        owed.map(Owed::release)
    }
}

impl Drop for Expiring<'_> {
    fn drop(&mut self) {
        if self.remove().is_some() {
            self.cache.keep();
        }
    }
}
