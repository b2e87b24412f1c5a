//! Counts, and what is set once: operations that need to know what is stored.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::Cache;
use crate::call::{CacheValue, Plan};
use crate::error::{Error, ErrorKind};
use crate::key::shorten;
use crate::lookup::Ttl;
use crate::store::NoCount;

pub(super) fn increment(cache: &Cache, name: String, by: i64, ttl: Ttl) -> Result<i64, Error> {
    let prefix = name.split(':').next().unwrap_or_default().to_owned();
    let refused = |why: &str| {
        let what = format!("`increment` of a key under `{prefix}` was refused: {why}");
        Err(Error::new(ErrorKind::Increment, what))
    };
    if !cache.inner.enabled() {
        return refused("the cache is disabled");
    }
    match Plan::of_name(cache, name, true).increment(by, ttl) {
        Ok(sum) => Ok(sum),
        Err(NoCount::OtherType) => refused("its value is no `i64`"),
        Err(NoCount::Overflow) => refused("the sum is no 64-bit integer"),
        Err(NoCount::NoRoom) => refused("there is no room for another count: counts are not evicted"),
    }
}

impl Cache {
    /// Stores a value unless the name has a fresh one, of whatever type, in one step: with a shared tier, in the whole
    /// cluster. Says whether it did. A load of the name under way will not overwrite it.
    ///
    /// # Errors
    /// [`ErrorKind::Tier`] where the shared tier is needed and does not answer: nothing is stored then.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// assert!(cache.set_if_absent("job:7", 1_u32, Ttl::Default).await?);
    /// assert!(!cache.set_if_absent("job:7", 2_u32, Ttl::Default).await?);
    /// assert_eq!(cache.get::<u32>("job:7").await, Some(1));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn set_if_absent<T: CacheValue + Serialize + DeserializeOwned>(
        &self,
        key: impl Into<String>,
        value: T,
        ttl: impl Into<Ttl>,
    ) -> Result<bool, Error> {
        let (name, ttl) = (shorten(key.into()), ttl.into());
        match self.set_shared_if_absent(&name, &value, ttl).await? {
            None => Ok(self.local().set_if_absent(name, value, ttl)),
            Some(false) => Ok(false),
            // The tier has decided: what memory has is older.
            Some(true) => {
                if self.inner.memory {
                    self.local().set(name, value, ttl);
                } else {
                    self.local().invalidate(name);
                }
                Ok(true)
            }
        }
    }

    /// Adds to a count, which begins with 0 and does not expire, and gives the sum: with a shared tier, the whole
    /// cluster's. A count is an `i64`, and is not evicted from memory.
    ///
    /// # Errors
    /// [`ErrorKind::Increment`] as [`Local::increment`](crate::Local::increment); [`ErrorKind::Tier`] where the shared
    /// tier is needed and does not answer, or refuses.
    ///
    /// ```
    /// use cache_core::Cache;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// assert_eq!(cache.increment("views:42", 1).await?, 1);
    /// assert_eq!(cache.increment("views:42", 1).await?, 2);
    /// assert_eq!(cache.get::<i64>("views:42").await, Some(2));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn increment(&self, key: impl Into<String>, by: i64) -> Result<i64, Error> {
        self.increment_for(key, by, Ttl::Never).await
    }

    /// [`increment`](Self::increment) of a count that, where it is new, lives for `ttl`.
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub async fn increment_for(&self, key: impl Into<String>, by: i64, ttl: impl Into<Ttl>) -> Result<i64, Error> {
        let (name, ttl) = (shorten(key.into()), ttl.into());
        match self.increment_shared(&name, by, ttl).await? {
            None => increment(self, name, by, ttl),
            Some(sum) => {
                self.local().invalidate(name);
                Ok(sum)
            }
        }
    }

    /// None where there is no shared tier.
    #[cfg(feature = "shared")]
    async fn set_shared_if_absent<T: CacheValue + Serialize + DeserializeOwned>(
        &self,
        name: &str,
        value: &T,
        ttl: Ttl,
    ) -> Result<Option<bool>, Error> {
        let Some(remote) = self.inner.remote.as_ref().filter(|_| self.inner.enabled()) else { return Ok(None) };
        let Some(span) = self.span(ttl) else { return Ok(Some(false)) };
        remote.set_if_absent(name, self.manual_form(name), value, span).await.map(Some)
    }

    /// None where there is no shared tier.
    #[cfg(feature = "shared")]
    async fn increment_shared(&self, name: &str, by: i64, ttl: Ttl) -> Result<Option<i64>, Error> {
        let Some(remote) = self.inner.remote.as_ref().filter(|_| self.inner.enabled()) else { return Ok(None) };
        let span = self.span(ttl).flatten();
        remote.ask("increment", name, |tier, namespace| tier.increment(namespace, name, by, span)).await.map(Some)
    }

    #[cfg(not(feature = "shared"))]
    async fn set_shared_if_absent<T>(&self, _: &str, _: &T, _: Ttl) -> Result<Option<bool>, Error> {
        Ok(None)
    }

    #[cfg(not(feature = "shared"))]
    async fn increment_shared(&self, _: &str, _: i64, _: Ttl) -> Result<Option<i64>, Error> {
        Ok(None)
    }
}
