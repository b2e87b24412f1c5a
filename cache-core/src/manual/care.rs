//! Looking after a cache: what is in it, what has expired, how much it may hold.

use std::time::Duration;

use super::{Cleanup, Local};
use crate::cache::Cache;
use crate::error::{Error, ErrorKind};
use crate::key::shorten;
use crate::stats::Stats;
use crate::store::EntryInfo;

impl Cache {
    /// Reclaims what has expired and says how many entries that were. Never needed for correctness: an expired entry
    /// is not served, and each insertion reclaims a few.
    ///
    /// ```
    /// use cache_core::{Cache, testing::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cache = Cache::builder().clock(&clock).build()?;
    /// cache.local().set("greeting", "hello", Duration::from_secs(10));
    /// clock.advance(Duration::from_secs(10));
    /// assert_eq!(cache.cleanup_expired(), 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn cleanup_expired(&self) -> usize {
        self.inner.store.cleanup_expired()
    }

    /// The printed names of all fresh entries, in no order.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set(key!("user:{}", 42), "ann", Ttl::Default);
    /// assert_eq!(cache.keys(), ["user:42"]);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.inner.store.keys()
    }

    /// When the entry of that name was made, when it expires, and how often it was hit.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # use std::time::Duration;
    /// let cache = Cache::builder().build()?;
    /// cache.local().set("answer", 42, Duration::from_secs(60));
    /// cache.local().get::<i32>("answer");
    /// let entry = cache.entry("answer").expect("it was just stored");
    /// assert_eq!(entry.hits, 1);
    /// assert!(entry.remaining.is_some_and(|left| left <= Duration::from_secs(60)));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn entry(&self, key: impl Into<String>) -> Option<EntryInfo> {
        self.inner.store.info(&shorten(key.into()))
    }

    /// Reclaims what has expired once in every `period`, until what this gives is dropped, or the cache is closed or gone:
    /// this does not keep it alive. By the machine's clock it is done on a thread of its own, which `close` waits for.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for a period of zero.
    ///
    /// ```
    /// use cache_core::{Cache, testing::ManualClock};
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), cache_core::Error> {
    /// let clock = ManualClock::new();
    /// let cache = Cache::builder().clock(&clock).build()?;
    /// let _cleanup = cache.cleanup_every(Duration::from_secs(60))?;
    /// cache.local().set("greeting", "hello", Duration::from_secs(10));
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(cache.stats().expirations, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cleanup_every(&self, period: Duration) -> Result<Cleanup, Error> {
        if period.is_zero() {
            return Err(Error::new(ErrorKind::InvalidConfig, "`cleanup_every` takes a period of more than zero"));
        }
        Ok(Cleanup::begin(self, period))
    }

    /// Changes how much the cache may hold. What does not fit any more is evicted before this returns, a few entries under
    /// each lock; counts stay, even where they alone are too many.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for a bound of zero, and for fewer entries than the cache has shards: how many those
    /// are was settled when it was built, by its `max_entries`.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().max_entries(1_000).build()?;
    /// for id in 0..100 {
    ///     cache.local().set(format!("user:{id}"), id, Ttl::Default);
    /// }
    /// cache.resize(10, 1 << 20)?;
    /// assert_eq!(cache.stats().entries, 10);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn resize(&self, max_entries: usize, max_bytes: usize) -> Result<(), Error> {
        if max_entries == 0 || max_bytes == 0 {
            let what = "a cache of no entries or no bytes holds nothing: to end its work, call `close()`";
            return Err(Error::new(ErrorKind::InvalidConfig, what));
        }
        let shards = self.inner.store.parts();
        if max_entries < shards {
            let what = format!("{max_entries} entries cannot be divided among the {shards} shards of this cache");
            return Err(Error::new(ErrorKind::InvalidConfig, what));
        }
        self.inner.store.resize(max_entries, max_bytes);
        Ok(())
    }
}

impl Local<'_> {
    /// [`Cache::stats`] of memory alone: what the shared tier answered is a miss here.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set("answer", 42, Ttl::Default);
    /// cache.local().get::<i32>("answer");
    /// assert_eq!(cache.local().stats().hits, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.cache.stats().in_memory()
    }
}
