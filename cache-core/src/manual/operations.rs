//! The cache's own methods, for keys of one's own, in both tiers.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Fallible, Infallible, ask};
use crate::cache::{Cache, Stored};
use crate::call::{CacheValue, Plan, Shape};
use crate::key::shorten;
use crate::lookup::Ttl;
use crate::tier::Owed;

impl Cache {
    /// The value of that name, if it is fresh and of that type. A decorated function's entry has the stored type: its
    /// return type without `Result` and `Option`.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set("user:42", "ann".to_owned(), Ttl::Default).await;
    /// assert_eq!(cache.get::<String>("user:42").await.as_deref(), Some("ann"));
    /// assert_eq!(cache.get::<u32>("user:42").await, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get<T: CacheValue + Serialize + DeserializeOwned>(&self, key: impl Into<String>) -> Option<T> {
        let name = shorten(key.into());
        let stats = &self.inner.manual.stats;
        if let Some(value) = self.in_memory(&name) {
            return Some(value);
        }
        let fetched = Plan::of_name(self, name.clone(), true).fetch(&Shape::<T, Infallible>::manual()).await;
        if fetched.is_some() {
            stats.hit_elsewhere();
        } else {
            self.missed(&name);
        }
        fetched
    }

    /// [`get`](Self::get) of many, in their order: the shared tier is asked for all of them at once.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set_many([("a", 1), ("b", 2)], Ttl::Default).await;
    /// assert_eq!(cache.get_many::<i32>(["b", "c", "a"]).await, [Some(2), None, Some(1)]);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_many<T: CacheValue + Serialize + DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item: Into<String>>,
    ) -> Vec<Option<T>> {
        let names: Vec<String> = keys.into_iter().map(|key| shorten(key.into())).collect();
        let stats = &self.inner.manual.stats;
        let mut found: Vec<Option<T>> = names.iter().map(|name| self.in_memory(name)).collect();
        let missing: Vec<usize> = (0..names.len()).filter(|index| found[*index].is_none()).collect();
        let plans = missing.iter().map(|index| Plan::of_name(self, names[*index].clone(), true)).collect();
        let fetched = Plan::fetch_many(plans, &Shape::<T, Infallible>::manual()).await;
        for (index, value) in missing.into_iter().zip(fetched) {
            if value.is_some() {
                stats.hit_elsewhere();
            } else {
                self.missed(&names[index]);
            }
            found[index] = value;
        }
        found
    }

    /// Counts a miss.
    pub(super) fn missed(&self, name: &str) {
        self.inner.manual.stats.miss();
        self.inner.store.missed(name, &self.inner.manual);
    }

    /// What memory has, counted as a hit.
    fn in_memory<T: CacheValue>(&self, name: &str) -> Option<T> {
        let entry = self.inner.store.find(name)?;
        let value = entry.value::<T>()?;
        self.inner.store.visit(&entry, Some(self.inner.manual.stats.hit()));
        Some(value.clone())
    }

    /// Whether the name has a fresh value, of whatever type. Not counted as a request.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set("a", 1, Ttl::Default).await;
    /// assert!(cache.contains("a").await && !cache.contains("b").await);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn contains(&self, key: impl Into<String>) -> bool {
        let name = shorten(key.into());
        self.local().contains(name.as_str()) || self.shared_contains(&name).await
    }

    #[cfg(feature = "shared")]
    async fn shared_contains(&self, name: &str) -> bool {
        match &self.inner.remote {
            Some(remote) => remote.contains(name).await,
            None => false,
        }
    }

    #[cfg(not(feature = "shared"))]
    async fn shared_contains(&self, _: &str) -> bool {
        false
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
        if !self.inner.enabled() {
            return Stored::nowhere();
        }
        let plan = Plan::of_name(self, shorten(key.into()), true);
        let (mut stored, owed) = plan.put(value, 0, Shape::<T, Infallible>::manual().codec, ttl.into(), Vec::new());
        stored.shared = self.settle(owed.map(Owed::release)).await;
        stored
    }

    /// [`set`](Self::set) of many. In memory, and in the shared tier, is what all of them are.
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// assert!(cache.set_many([("a", 1), ("b", 2)], Ttl::Default).await.memory);
    /// assert_eq!(cache.get::<i32>("b").await, Some(2));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn set_many<T: CacheValue + Serialize + DeserializeOwned>(
        &self,
        entries: impl IntoIterator<Item = (impl Into<String>, T)>,
        ttl: impl Into<Ttl>,
    ) -> Stored {
        if !self.inner.enabled() {
            return Stored::nowhere();
        }
        let (ttl, codec) = (ttl.into(), Shape::<T, Infallible>::manual().codec);
        let mut all = Stored::in_memory();
        let mut last = None;
        for (key, value) in entries {
            let plan = Plan::of_name(self, shorten(key.into()), true);
            let (stored, owed) = plan.put(value, 0, codec, ttl, Vec::new());
            all.memory &= stored.memory;
            last = owed.map(Owed::release).or(last);
        }
        // Changes are made in their order: the last of them is made when all are.
        all.shared = self.settle(last).await;
        all
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
        ask::<T, Infallible>(self, shorten(key.into()), Shape::manual())
            .load(ttl.into(), async move { factory().await })
            .await
    }

    /// The value, or what `factory` gives, which is stored if it is `Ok`. Callers that miss together share one call
    /// of it; when it fails, one of the others tries again, and when that fails too, the rest call their own.
    ///
    /// # Errors
    /// The factory's.
    ///
    /// # Cancel safety
    /// As [`get_or_set`](Self::get_or_set).
    ///
    /// ```
    /// # use cache_core::{Cache, Ttl, key};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// let failed = cache.get_or_try_set("total", Ttl::Default, async || Err::<u32, _>("down")).await;
    /// assert_eq!(failed, Err("down"));
    /// let loaded = cache.get_or_try_set("total", Ttl::Default, async || Ok::<u32, &str>(7)).await;
    /// assert_eq!(loaded, Ok(7));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_or_try_set<T: CacheValue + Serialize + DeserializeOwned, E>(
        &self,
        key: impl Into<String>,
        ttl: impl Into<Ttl>,
        factory: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        ask::<T, Fallible<E>>(self, shorten(key.into()), Shape::manual())
            .load(ttl.into(), async move { factory().await })
            .await
    }
}
