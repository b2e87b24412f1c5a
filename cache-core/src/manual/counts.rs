//! Counts, and what is set once: operations that need to know what is stored.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::Cache;
use crate::call::{CacheValue, Plan, Unmade};
use crate::error::{Error, ErrorKind};
use crate::key::shorten;
use crate::lookup::Ttl;

/// What is said of an operation that was not carried out: of the key its first segment, for the rest may be anybody's.
fn refused(operation: &str, name: &str, unmade: Unmade) -> Error {
    let (kind, why) = match unmade {
        Unmade::Disabled => (ErrorKind::Disabled, "the cache is disabled or closed"),
        Unmade::NoTime => (ErrorKind::NoTime, "a time to live of zero stores nothing"),
        Unmade::NoRoom => (
            ErrorKind::NoRoom,
            "it does not fit into the cache's bounds (counts are not evicted: let them expire, or raise the bounds)",
        ),
        Unmade::OtherType => (ErrorKind::WrongType, "the value there is no `i64`"),
        Unmade::Overflow => (ErrorKind::Overflow, "the sum is no `i64`"),
    };
    let prefix = name.split(':').next().unwrap_or(name);
    Error::new(kind, format!("`{operation}` of a key under `{prefix}` was refused: {why}"))
}

pub(super) fn increment(cache: &Cache, name: String, by: i64, ttl: Ttl) -> Result<i64, Error> {
    check(cache, "increment", &name, ttl)?;
    Plan::of_name(cache, name.clone(), false).increment(by, ttl).map_err(|why| refused("increment", &name, why))
}

pub(super) fn set_if_absent<T: CacheValue>(cache: &Cache, name: String, value: T, ttl: Ttl) -> Result<bool, Error> {
    check(cache, "set_if_absent", &name, ttl)?;
    let stored = Plan::of_name(cache, name.clone(), false).put_if_absent(value, ttl);
    stored.map_err(|why| refused("set_if_absent", &name, why))
}

/// What is refused whatever is stored, and in whichever tier.
fn check(cache: &Cache, operation: &str, name: &str, ttl: Ttl) -> Result<(), Error> {
    if !cache.inner.enabled() {
        Err(refused(operation, name, Unmade::Disabled))
    } else if cache.span(ttl).is_none() {
        Err(refused(operation, name, Unmade::NoTime))
    } else {
        Ok(())
    }
}

impl Cache {
    /// Stores a value unless the name has a fresh one, of whatever type, in one step: with a shared tier, in the whole
    /// cluster. Says whether it did. A load of the name under way will not overwrite it.
    ///
    /// # Errors
    /// As [`Local::set_if_absent`](crate::Local::set_if_absent); [`ErrorKind::Tier`] where the shared tier is needed
    /// and does not answer: nothing is stored then.
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
        check(self, "set_if_absent", &name, ttl)?;
        match self.set_shared_if_absent(&name, &value, ttl).await? {
            None => set_if_absent(self, name, value, ttl),
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
    /// As [`Local::increment`](crate::Local::increment); [`ErrorKind::Tier`] where the shared tier is needed and does not
    /// answer, or refuses.
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

    /// [`increment`](Self::increment) of a count that, where it is new, lives for `ttl`: calls in this minute, say. Later
    /// increments do not lengthen it.
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    ///
    /// ```
    /// use cache_core::{Cache, testing::ManualClock};
    /// use std::time::Duration;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let clock = ManualClock::new();
    /// let cache = Cache::builder().clock(&clock).build()?;
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(cache.increment_for("calls:ann", 1, minute).await?, 1);
    /// clock.advance(Duration::from_secs(59));
    /// assert_eq!(cache.increment_for("calls:ann", 1, minute).await?, 2);
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(cache.increment_for("calls:ann", 1, minute).await?, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn increment_for(&self, key: impl Into<String>, by: i64, ttl: impl Into<Ttl>) -> Result<i64, Error> {
        let (name, ttl) = (shorten(key.into()), ttl.into());
        check(self, "increment", &name, ttl)?;
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
        let Some(remote) = &self.inner.remote else { return Ok(None) };
        let span = self.span(ttl).flatten();
        remote.set_if_absent(name, self.manual_form(name), value, span).await.map(Some)
    }

    /// None where there is no shared tier.
    #[cfg(feature = "shared")]
    async fn increment_shared(&self, name: &str, by: i64, ttl: Ttl) -> Result<Option<i64>, Error> {
        let Some(remote) = &self.inner.remote else { return Ok(None) };
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
