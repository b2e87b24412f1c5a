//! The cache's memory alone: no `.await`, no serde bounds.

use super::{Fallible, Infallible, ask, counts, names};
use crate::cache::{Cache, Removed, Stored};
use crate::call::{CacheValue, Plan, Shape};
use crate::error::Error;
use crate::key::{Names, shorten};
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

    /// [`get`](Self::get) of many, in their order.
    #[must_use]
    pub fn get_many<T: CacheValue>(&self, keys: impl IntoIterator<Item: Into<String>>) -> Vec<Option<T>> {
        keys.into_iter().map(|key| self.get(key)).collect()
    }

    /// Whether the name has a fresh value, of whatever type. Not counted as a request.
    #[must_use]
    pub fn contains(&self, key: impl Into<String>) -> bool {
        self.cache.inner.store.find(&shorten(key.into())).is_some()
    }

    /// Stores a value, in place of whatever the name has; a load of it under way will not overwrite it.
    ///
    /// Towards `max_bytes` it counts with its `size_of`: what it holds on the heap is not known here.
    pub fn set<T: CacheValue>(&self, key: impl Into<String>, value: T, ttl: impl Into<Ttl>) -> Stored {
        if !self.cache.inner.enabled() {
            return Stored::nowhere();
        }
        Plan::of_name(self.cache, shorten(key.into()), false).put(value, 0, None, ttl.into()).0
    }

    /// [`set`](Self::set) of many. In memory is what all of them are.
    pub fn set_many<T: CacheValue>(
        &self,
        entries: impl IntoIterator<Item = (impl Into<String>, T)>,
        ttl: impl Into<Ttl>,
    ) -> Stored {
        let ttl = ttl.into();
        let all = entries.into_iter().fold(true, |all, (key, value)| self.set(key, value, ttl).memory && all);
        Stored { memory: all, ..Stored::nowhere() }
    }

    /// Stores a value unless the name has a fresh one, of whatever type, in one step. Says whether it did. A load of the
    /// name under way will not overwrite it.
    pub fn set_if_absent<T: CacheValue>(&self, key: impl Into<String>, value: T, ttl: impl Into<Ttl>) -> bool {
        self.cache.inner.enabled()
            && Plan::of_name(self.cache, shorten(key.into()), false).put_if_absent(value, ttl.into())
    }

    /// Adds to a count, which begins with 0 and does not expire, and gives the sum. In one step: no addition is lost. A
    /// count is an `i64`, and is not evicted.
    ///
    /// # Errors
    /// [`ErrorKind::Increment`](crate::ErrorKind::Increment) if the name has a value of another type, if the sum is no
    /// `i64`, if there is no room for a new count, or if the cache is disabled.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// let local = cache.local();
    /// assert_eq!(local.increment("views:42", 2)?, 2);
    /// assert_eq!(local.increment("views:42", -1)?, 1);
    /// assert_eq!(local.get::<i64>("views:42"), Some(1));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn increment(&self, key: impl Into<String>, by: i64) -> Result<i64, Error> {
        self.increment_for(key, by, Ttl::Never)
    }

    /// [`increment`](Self::increment) of a count that, where it is new, lives for `ttl`.
    ///
    /// # Errors
    /// As [`increment`](Self::increment).
    pub fn increment_for(&self, key: impl Into<String>, by: i64, ttl: impl Into<Ttl>) -> Result<i64, Error> {
        counts::increment(self.cache, shorten(key.into()), by, ttl.into())
    }

    /// The value, or what `factory` gives, which is stored. Callers that miss together share one call of it; nothing
    /// is locked while it runs.
    pub fn get_or_set<T: CacheValue>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl FnOnce() -> T,
    ) -> T {
        ask::<T, Infallible>(self.cache, shorten(key.into()), Shape::none()).load_blocking(ttl.into(), factory)
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
        ask::<T, Fallible<E>>(self.cache, shorten(key.into()), Shape::none()).load_blocking(ttl.into(), factory)
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
        self.cache.remove_local(&Names::One(shorten(key.into())))
    }

    /// [`Cache::invalidate_pattern`] on memory.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`] if it is empty or has an unclosed `[`.
    pub fn invalidate_pattern(&self, pattern: &str) -> Result<Removed, Error> {
        Ok(self.cache.remove_local(&names::matching(pattern)?))
    }

    /// [`Cache::invalidate_prefix`] on memory.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`] if it is empty.
    pub fn invalidate_prefix(&self, prefix: &str) -> Result<Removed, Error> {
        Ok(self.cache.remove_local(&names::under(prefix)?))
    }

    /// Removes every entry, and keeps loads that are under way from storing theirs.
    pub fn clear(&self) -> Removed {
        self.cache.remove_local(&Names::All)
    }
}
