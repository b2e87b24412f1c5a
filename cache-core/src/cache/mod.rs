//! A cache: a store, and the functions that use it.

pub(crate) mod background;
#[cfg(feature = "shared")]
mod behind;
mod builder;
mod check;
mod endings;
mod environment;
mod functions;
mod global;
mod override_env;
#[cfg(feature = "toml")]
mod override_file;
mod overrides;
mod results;
pub(crate) mod scoped;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use self::background::Background;
pub use self::builder::CacheBuilder;
pub use self::check::{CheckError, Conflict, StaysLocal};
pub(crate) use self::endings::{Ending, Endings, Ends};
pub(crate) use self::global::{CacheRef, Chosen, chosen, with_cache_unseen};
pub use self::global::{DEFAULT, get_cache, init_cache, init_from_env, init_from_env_with};
pub(crate) use self::overrides::Overrides;
pub use self::overrides::{OverrideSource, TtlOverride};
pub use self::results::{Removed, Shared, Stored};
use crate::events::Cause;
use crate::health::HealthThresholds;
use crate::key::Names;
use crate::lookup::Ttl;
use crate::registry::{Function, Registry};
use crate::store::Store;
use crate::tier::{Encoding, Owed, Place, Remote};

static IDS: AtomicU64 = AtomicU64::new(1);

pub(crate) struct Inner {
    /// Tells caches apart without looking into them.
    pub(crate) id: u64,
    enabled: bool,
    /// From then on every call is its body, as if the cache were disabled.
    closed: AtomicBool,
    /// Nothing has to be brought to an end any more.
    ended: AtomicBool,
    /// False for the private cache of a test: functions do not settle there.
    lasting: bool,
    pub(crate) default_ttl: Duration,
    namespace: String,
    /// Values live in memory: false leaves them to the shared tier alone.
    pub(crate) memory: bool,
    pub(crate) remote: Option<Remote>,
    /// Instances that miss a name of the user's together share one load.
    pub(crate) cluster_flight: bool,
    /// How values are written there whose function does not say.
    pub(crate) encoding: Encoding,
    pub(crate) store: Arc<Store>,
    registry: Registry,
    /// What closing it brings to an end.
    pub(crate) endings: Endings,
    pub(crate) overrides: Overrides,
    pub(crate) thresholds: HealthThresholds,
    pub(crate) manual: Arc<Function>,
    pub(crate) background: Arc<Background>,
}

impl Inner {
    pub(crate) fn enabled(&self) -> bool {
        self.enabled && self.is_open()
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Acquire)
    }
}

/// A cache. Clones share it.
///
/// Most programs have one, process-wide ([`init_cache`], [`get_cache`]), and reach it through `#[cached]`. Its methods
/// are for keys of one's own and for looking after it. A manual key and a decorated function meet by name.
///
/// ```
/// use cache_core::{Cache, cached};
///
/// #[cached(ttl = 300, key_prefix = "greeting")]
/// async fn greeting(name: &str) -> String {
///     format!("hello {name}")
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// greeting("ann").await;
/// let cache = cache_core::get_cache();
/// assert_eq!(cache.get::<String>("greeting:ann").await.as_deref(), Some("hello ann"));
/// cache.invalidate("greeting:ann").await;
/// assert_eq!(greeting::peek("ann").await, None);
/// # });
/// ```
#[derive(Clone)]
pub struct Cache {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("namespace", &self.inner.namespace)
            .field("enabled", &self.inner.enabled())
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// How to build one.
    ///
    /// ```
    /// use cache_core::Cache;
    /// use std::time::Duration;
    ///
    /// let cache = Cache::builder().max_bytes(64 << 20).default_ttl(Duration::from_secs(60)).build()?;
    /// assert_eq!(cache.stats().max_bytes, 64 << 20);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }

    /// For `cache = expr`: reached through whatever smart pointer `expr` is.
    #[doc(hidden)]
    #[must_use]
    pub fn __cache(&self) -> &Self {
        self
    }

    /// Whether decorated calls are looked up at all: not where the cache is disabled or closed.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.inner.enabled()
    }

    /// Ends the cache's work: from now on calls run their bodies, nothing is stored and memory is empty; loads in the
    /// background come to their end, for at most `flight_max_wait`; counts are [written back](Self::counters), however long
    /// that takes; what the shared tier is owed is made, as far as an operation's time allows, and its connections end.
    ///
    /// # Cancel safety
    /// Memory is done when the future is first polled. Dropped half-way, call it again for the rest.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set("answer", 42, Ttl::Default).await;
    /// cache.close().await;
    /// assert!(!cache.is_enabled());
    /// assert_eq!(cache.get::<i32>("answer").await, None);
    /// assert_eq!(cache.get_or_set("answer", Ttl::Default, async || 43).await, 43);
    /// assert!(cache.keys().is_empty());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn close(&self) {
        if !self.inner.closed.swap(true, Ordering::AcqRel) {
            self.inner.store.close();
        }
        // A body that hangs is not waited for longer than a caller would.
        let store = &self.inner.store;
        let until = store.clock.now().saturating_add(store.max_wait);
        store.clock.timeout(until, self.inner.background.idle()).await;
        self.inner.store.events.close();
        self.inner.endings.end().await;
        if let Some(remote) = self.inner.remote.as_ref().filter(|_| !self.inner.ended.swap(true, Ordering::AcqRel)) {
            remote.close().await;
        }
    }

    /// The name that this cache's keys stand under wherever they leave the process.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.inner.namespace
    }

    /// The function, if it was called here before. Where it is at home it need not be looked up, nor anything be locked.
    #[inline]
    pub(crate) fn known_function(&self, site: &'static crate::registry::Site) -> Option<Arc<Function>> {
        let home = site.at_home(self.inner.id).map(|home| home.function.clone());
        home.or_else(|| self.inner.registry.get(site))
    }

    /// The version that a manual key's values have, so that they meet those of the functions.
    pub(crate) fn schema_version(&self, name: &str) -> u32 {
        self.inner.registry.version_of(name)
    }

    /// A TTL as a span; `None` for ever. None at all where nothing is to be stored.
    pub(crate) fn span(&self, ttl: Ttl) -> Option<Option<Duration>> {
        let span = match ttl {
            Ttl::Never => return Some(None),
            Ttl::Default => self.inner.default_ttl,
            Ttl::After(span) => span,
        };
        (!span.is_zero()).then_some(Some(span))
    }

    /// How a manual key's value goes through the shared tier.
    #[cfg(feature = "shared")]
    pub(crate) fn manual_form<T: serde::Serialize + serde::de::DeserializeOwned + 'static>(
        &self,
        name: &str,
    ) -> crate::tier::Form<T> {
        let (encoding, version) = (self.inner.encoding, self.schema_version(name));
        crate::tier::Form { codec: crate::tier::Codec::new(), encoding, version, plain: true }
    }

    /// Writes down that the shared tier owes a removal. Before memory is changed: whoever asks the tier later finds it
    /// owed, and whoever asked before has a load under way, which memory detaches.
    pub(crate) fn owe_removal(&self, names: &Names) -> Option<Owed> {
        let remote = self.inner.remote.as_ref()?;
        Some(remote.owe_removal(names.clone()))
    }

    /// Removes from memory; gives the place of what the shared tier owes.
    pub(crate) fn remove(&self, names: &Names) -> (Removed, Option<Place>) {
        let owed = self.owe_removal(names);
        let mut removed = self.remove_local(names);
        if owed.is_some() {
            removed.shared = Shared::Queued;
        }
        (removed, owed.map(Owed::release))
    }

    /// Removes from memory alone.
    pub(crate) fn remove_local(&self, names: &Names) -> Removed {
        let entries = self.inner.store.invalidate(names);
        let cause = match names {
            Names::All => Cause::Clear,
            Names::One(_) => Cause::Key,
            Names::Under(_) => Cause::Prefix,
            Names::Like(_) => Cause::Pattern,
            Names::Tagged(_) => Cause::Tag,
        };
        self.invalidated(names, None, cause, entries);
        Removed { entries, shared: Shared::None }
    }

    /// Tells that so many entries went.
    pub(crate) fn invalidated(&self, names: &Names, function: Option<&'static str>, cause: Cause, entries: usize) {
        tracing::debug!(target: "cache", %names, entries, "invalidated");
        self.inner.store.events.invalidated(names, function, cause, entries);
    }

    /// Removes from both tiers, whoever collects. What memory has is gone when the future is first polled.
    pub(crate) async fn remove_now(&self, names: &Names) -> Removed {
        let (mut removed, place) = self.remove(names);
        removed.shared = self.settle(place).await;
        removed
    }

    /// Waits until a change is made in the shared tier, as long as an operation may take.
    pub(crate) async fn settle(&self, place: Option<Place>) -> Shared {
        match (&self.inner.remote, place) {
            (Some(remote), Some(place)) => remote.settle(place).await,
            _ => Shared::None,
        }
    }

    /// Has what is owed to the shared tier made, beside its callers.
    pub(crate) fn keep(&self) {
        if let Some(remote) = &self.inner.remote {
            remote.keep();
        }
    }

    /// What happened at the shared tier. None where there is none.
    #[cfg(feature = "shared")]
    #[must_use]
    pub fn shared_stats(&self) -> Option<crate::TierStats> {
        self.inner.remote.as_ref().map(Remote::stats)
    }
}
