//! The cache's memory alone: no `.await`, no serde bounds.

use super::{Fallible, Infallible, ask, counts};
use crate::cache::{Cache, Removed, Stored};
use crate::call::{CacheValue, Plan, Shape, has_value};
use crate::error::Error;
use crate::invalidation::{matching, under};
use crate::key::{Names, shorten};
use crate::lookup::Ttl;

/// A cache's memory tier; see [`Cache::local`].
#[derive(Debug, Clone, Copy)]
pub struct Local<'a> {
    pub(super) cache: &'a Cache,
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
        let name = shorten(key.into());
        let found = inner.store.find(&name);
        match found.as_ref().and_then(|entry| entry.value::<T>().map(|value| (entry, value))) {
            Some((entry, value)) => {
                inner.store.visit(entry, Some(inner.manual.stats.hit()));
                Some(value.clone())
            }
            None => {
                self.cache.missed(&name);
                None
            }
        }
    }

    /// [`get`](Self::get) of many, in their order.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// assert!(cache.local().set_many([("a", 1), ("b", 2)], Ttl::Default).memory);
    /// assert_eq!(cache.local().get_many::<i32>(["b", "c", "a"]), [Some(2), None, Some(1)]);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn get_many<T: CacheValue>(&self, keys: impl IntoIterator<Item: Into<String>>) -> Vec<Option<T>> {
        keys.into_iter().map(|key| self.get(key)).collect()
    }

    /// Whether the name has a fresh value, of whatever type. Not counted as a request.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set("a", 1, Ttl::Default);
    /// assert_eq!((cache.local().contains("a"), cache.local().contains("b")), (true, false));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, key: impl Into<String>) -> bool {
        self.cache.inner.store.find(&shorten(key.into())).as_ref().is_some_and(has_value)
    }

    /// Stores a value, in place of whatever the name has; a load of it under way will not overwrite it.
    ///
    /// Towards `max_bytes` it counts with its `size_of`: what it holds on the heap is not known here.
    pub fn set<T: CacheValue>(&self, key: impl Into<String>, value: T, ttl: impl Into<Ttl>) -> Stored {
        if !self.cache.inner.enabled() {
            return Stored::nowhere();
        }
        Plan::of_name(self.cache, shorten(key.into()), false).put(value, 0, None, ttl.into(), Vec::new()).0
    }

    /// [`set`](Self::set) of many. In memory is what all of them are.
    pub fn set_many<T: CacheValue>(
        &self,
        entries: impl IntoIterator<Item = (impl Into<String>, T)>,
        ttl: impl Into<Ttl>,
    ) -> Stored {
        let ttl = ttl.into();
        let enabled = self.cache.inner.enabled();
        let all = entries.into_iter().fold(enabled, |all, (key, value)| self.set(key, value, ttl).memory && all);
        Stored { memory: all, ..Stored::nowhere() }
    }

    /// Stores a value unless the name has a fresh one, of whatever type, in one step. Says whether it did. A load of the
    /// name under way will not overwrite it.
    ///
    /// # Errors
    /// [`ErrorKind::Disabled`](crate::ErrorKind::Disabled) if the cache is disabled or closed,
    /// [`NoTime`](crate::ErrorKind::NoTime) for a time to live of zero, [`NoRoom`](crate::ErrorKind::NoRoom) if the
    /// value does not fit: neither answer would be true then.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// let local = cache.local();
    /// assert!(local.set_if_absent("job:7", "ann", Ttl::Default)?);
    /// assert!(!local.set_if_absent("job:7", "bob", Ttl::Default)?);
    /// assert_eq!(local.get("job:7"), Some("ann"));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn set_if_absent<T: CacheValue>(
        &self,
        key: impl Into<String>,
        value: T,
        ttl: impl Into<Ttl>,
    ) -> Result<bool, Error> {
        counts::set_if_absent(self.cache, shorten(key.into()), value, ttl.into())
    }

    /// Adds to a count, which begins with 0 and does not expire, and gives the sum. In one step: no addition is lost. A
    /// count is an `i64`, and is not evicted.
    ///
    /// # Errors
    /// [`ErrorKind::WrongType`](crate::ErrorKind::WrongType) if the name has a value of another type,
    /// [`Overflow`](crate::ErrorKind::Overflow) if the sum is no `i64`, [`NoRoom`](crate::ErrorKind::NoRoom) if other
    /// counts take all the room that a new one would need, [`Disabled`](crate::ErrorKind::Disabled) if the cache is
    /// disabled or closed. What was stored stays.
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

    /// [`increment`](Self::increment) of a count that, where it is new, lives for `ttl`. Later increments do not lengthen
    /// it.
    ///
    /// # Errors
    /// As [`increment`](Self::increment); [`ErrorKind::NoTime`](crate::ErrorKind::NoTime) for a time to live of zero.
    ///
    /// ```
    /// # use cache_core::{Cache, testing::ManualClock};
    /// # use std::time::Duration;
    /// let clock = ManualClock::new();
    /// let cache = Cache::builder().clock(&clock).build()?;
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(cache.local().increment_for("calls:ann", 1, minute)?, 1);
    /// assert_eq!(cache.local().increment_for("calls:ann", 1, minute)?, 2);
    /// clock.advance(minute);
    /// assert_eq!(cache.local().increment_for("calls:ann", 1, minute)?, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
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
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// let down = cache.local().get_or_try_set("total", Ttl::Default, || Err::<u32, _>("down"));
    /// assert_eq!(down, Err("down"));
    /// let total = cache.local().get_or_try_set("total", Ttl::Default, || Ok::<u32, &str>(7));
    /// assert_eq!(total, Ok(7));
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn get_or_try_set<T: CacheValue, E>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        ask::<T, Fallible<E>>(self.cache, shorten(key.into()), Shape::none()).load_blocking(ttl.into(), factory)
    }

    /// Removes the entry of that name; says whether there was one. A load of it under way will not store its value.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set("a", 1, Ttl::Default);
    /// assert!(cache.local().delete("a") && !cache.local().delete("a"));
    /// assert_eq!(cache.stats().deletes, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn delete(&self, key: impl Into<String>) -> bool {
        let removed = self.cache.remove_local(&Names::One(shorten(key.into()))).entries > 0;
        if removed {
            self.cache.inner.manual.stats.delete();
        }
        removed
    }

    /// Removes the entry of that name, and keeps loads of it that are under way from storing theirs.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set("a", 1, Ttl::Default);
    /// assert_eq!(cache.local().invalidate("a").entries, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn invalidate(&self, key: impl Into<String>) -> Removed {
        self.cache.remove_here(Names::One(shorten(key.into())))
    }

    /// [`Cache::invalidate_pattern`] on memory.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty or has an unclosed `[`.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set_many([("a:1", 1), ("a:2", 2), ("b:1", 3)], Ttl::Default);
    /// assert_eq!(cache.local().invalidate_pattern("?:1")?.entries, 2);
    /// assert_eq!(cache.keys(), ["a:2"]);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn invalidate_pattern(&self, pattern: &str) -> Result<Removed, Error> {
        Ok(self.cache.remove_here(matching(pattern)?))
    }

    /// [`Cache::invalidate_prefix`] on memory.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set_many([("a:1", 1), ("ab:1", 2)], Ttl::Default);
    /// assert_eq!(cache.local().invalidate_prefix("a")?.entries, 1);
    /// assert_eq!(cache.keys(), ["ab:1"]);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn invalidate_prefix(&self, prefix: &str) -> Result<Removed, Error> {
        Ok(self.cache.remove_here(under(prefix)?))
    }

    /// Invalidates every entry that carries a tag: see [`Cache::invalidate_tag`].
    ///
    /// ```
    /// # use cache_core::{cached, key, testing::Scope};
    /// #[cached(tags_with = |word: &String| [word.to_lowercase()])]
    /// fn word(id: u32) -> String {
    ///     format!("Word-{id}")
    /// }
    ///
    /// let scope = Scope::new();
    /// let _entered = scope.enter();
    /// word(7);
    /// assert_eq!(scope.cache().local().invalidate_tag("word-7").entries, 1);
    /// assert_eq!(word::peek(7), None);
    /// ```
    pub fn invalidate_tag(&self, tag: impl Into<String>) -> Removed {
        self.cache.remove_local(&Names::Tagged(tag.into()))
    }

    /// Removes every entry, and keeps loads that are under way from storing theirs.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl};
    /// let cache = Cache::builder().build()?;
    /// cache.local().set_many([("a", 1), ("b", 2)], Ttl::Default);
    /// assert_eq!(cache.local().clear().entries, 2);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn clear(&self) -> Removed {
        self.cache.remove_here(Names::All)
    }
}
