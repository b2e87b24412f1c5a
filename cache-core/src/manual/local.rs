//! The cache's memory alone: no `.await`, no serde bounds.

use super::{Fallible, Infallible, ask};
use crate::cache::{Cache, Removed, Stored};
use crate::call::{CacheValue, Plan};
use crate::error::{Error, ErrorKind};
use crate::key::{Glob, Names, shorten};
use crate::lookup::Ttl;

/// A cache's memory tier; see [`Cache::local`].
#[derive(Debug, Clone, Copy)]
pub struct Local<'a> {
    cache: &'a Cache,
}

impl Cache {
    /// The same operations on memory alone: they return at once and ask nothing of the value but
    /// [`CacheValue`](crate::CacheValue).
    ///
    /// ```
    /// use cache_core::Cache;
    /// use std::time::Duration;
    ///
    /// let cache = Cache::builder().build()?;
    /// let local = cache.local();
    /// local.set("answer", 42, Duration::from_secs(60));
    /// assert_eq!(local.get::<i32>("answer"), Some(42));
    /// assert_eq!(local.get_or_set("answer", Duration::from_secs(60), || 0), 42);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn local(&self) -> Local<'_> {
        Local { cache: self }
    }
}

impl Local<'_> {
    /// The value of that name, if it is fresh and of that type.
    #[must_use]
    pub fn get<T: CacheValue>(&self, key: impl Into<String>) -> Option<T> {
        let inner = &self.cache.inner;
        let found = inner.store.find(&shorten(key.into()));
        match found.as_ref().and_then(|entry| entry.value::<T>().map(|value| (entry, value))) {
            Some((entry, value)) => {
                entry.visit(inner.manual.stats.hit());
                Some(value.clone())
            }
            None => {
                inner.manual.stats.miss();
                None
            }
        }
    }

    /// Stores a value, in place of whatever the name has; a load of it under way will not overwrite it.
    ///
    /// Towards `max_bytes` it counts with its `size_of`: what it holds on the heap is not known here.
    pub fn set<T: CacheValue>(&self, key: impl Into<String>, value: T, ttl: impl Into<Ttl>) -> Stored {
        if !self.cache.inner.enabled {
            return Stored::nowhere();
        }
        Plan::of_name(self.cache, shorten(key.into())).put(value, |_| 0, ttl.into())
    }

    /// The value, or what `factory` gives, which is stored. Callers that miss together share one call of it; nothing
    /// is locked while it runs.
    pub fn get_or_set<T: CacheValue>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl FnOnce() -> T,
    ) -> T {
        ask::<T, Infallible>(self.cache, shorten(key.into())).load_blocking(ttl.into(), factory)
    }

    /// The value, or what `factory` gives, which is stored if it is `Ok`. Callers that miss together share one call
    /// of it; when it fails, one of the others tries again, and when that fails too, the rest call their own.
    ///
    /// # Errors
    /// The factory's.
    pub fn get_or_try_set<T: CacheValue, E>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        ask::<T, Fallible<E>>(self.cache, shorten(key.into())).load_blocking(ttl.into(), factory)
    }

    /// Removes the entry of that name; says whether there was one. A load of it under way will not store its value.
    pub fn delete(&self, key: impl Into<String>) -> bool {
        let removed = self.invalidate(key).entries > 0;
        if removed {
            self.cache.inner.manual.stats.delete();
        }
        removed
    }

    /// Removes the entry of that name, and keeps loads of it that are under way from storing theirs.
    pub fn invalidate(&self, key: impl Into<String>) -> Removed {
        self.cache.remove(&Names::One(shorten(key.into())))
    }

    /// [`Cache::invalidate_pattern`] on memory.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`] if it is empty or has an unclosed `[`.
    pub fn invalidate_pattern(&self, pattern: &str) -> Result<Removed, Error> {
        let glob = Glob::new(pattern).map_err(|error| {
            Error::new(ErrorKind::InvalidPattern, format!("the pattern {pattern:?} was refused")).caused_by(error)
        })?;
        Ok(self.cache.remove(&Names::Like(glob)))
    }

    /// [`Cache::invalidate_prefix`] on memory.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`] if it is empty.
    pub fn invalidate_prefix(&self, prefix: &str) -> Result<Removed, Error> {
        let prefix = prefix.strip_suffix(':').unwrap_or(prefix);
        if prefix.is_empty() {
            let what = "an empty prefix was refused: to remove everything, call `clear()`";
            return Err(Error::new(ErrorKind::InvalidPattern, what));
        }
        Ok(self.cache.remove(&Names::Under(prefix.to_owned())))
    }

    /// Removes every entry, and keeps loads that are under way from storing theirs.
    pub fn clear(&self) -> Removed {
        self.cache.remove(&Names::All)
    }
}
