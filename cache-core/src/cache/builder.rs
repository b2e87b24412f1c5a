//! How a cache is set up in code.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::background::Background;
use super::{Cache, CheckError, Endings, IDS, Inner, Overrides};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::health::HealthThresholds;
use crate::registry::{Function, Registry};
use crate::store::{Store, StoreConfig};
use crate::tier::Encoding;
#[cfg(not(feature = "shared"))]
use crate::tier::Remote;
#[cfg(feature = "shared")]
use crate::tier::Writing;

/// Builds a [`Cache`].
#[derive(Debug, Clone)]
#[must_use]
pub struct CacheBuilder {
    pub(super) enabled: bool,
    strict: bool,
    pub(crate) lasting: bool,
    pub(super) default_ttl: Duration,
    pub(super) namespace: String,
    pub(super) store: StoreConfig,
    background_loads: usize,
    thresholds: HealthThresholds,
    /// Values live in memory; false leaves them to the shared tier alone.
    memory: bool,
    pub(super) encoding: Encoding,
    #[cfg(feature = "shared")]
    pub(super) writing: Writing,
    #[cfg(feature = "shared")]
    pub(super) shared: Option<Arc<dyn crate::SharedTier>>,
    #[cfg(feature = "shared")]
    pub(super) shared_timeout: Duration,
    #[cfg(feature = "shared")]
    pub(super) backplane_patience: Duration,
    pub(super) cluster_flight: bool,
}

impl Default for CacheBuilder {
    fn default() -> Self {
        Self {
            enabled: true,
            strict: false,
            lasting: true,
            default_ttl: Duration::from_secs(300),
            namespace: "cache".to_owned(),
            store: StoreConfig {
                max_entries: 10_000,
                max_bytes: 256 << 20,
                max_entry_bytes: usize::MAX,
                patience: Duration::from_secs(1),
                max_wait: Duration::from_secs(60),
                clock: Clock::Real,
                hash_mask: u64::MAX,
            },
            background_loads: 64,
            thresholds: HealthThresholds::default(),
            memory: true,
            encoding: Encoding::Json,
            #[cfg(feature = "shared")]
            writing: Writing { compress_above: None, most: 16 << 20 },
            #[cfg(feature = "shared")]
            shared: None,
            #[cfg(feature = "shared")]
            shared_timeout: Duration::from_millis(250),
            #[cfg(feature = "shared")]
            backplane_patience: Duration::from_secs(2),
            cluster_flight: false,
        }
    }
}

impl CacheBuilder {
    /// The name that this cache's keys stand under wherever they leave the process. Default: `cache`.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// How many bytes the entries may count for. Default: 256 MiB.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.store.max_bytes = bytes;
        self
    }

    /// How many bytes one entry may count for, its key and overhead included. A larger value is answered and not kept in
    /// memory; `Stats::oversized` counts it. Default: a shard's part of `max_bytes`.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// let cache = Cache::builder().max_entry_bytes(1_000).build()?;
    /// assert!(cache.local().set("small", [0_u8; 500], Ttl::Default).memory);
    /// assert!(!cache.local().set("large", [0_u8; 1_000], Ttl::Default).memory);
    /// assert_eq!(cache.stats().oversized, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn max_entry_bytes(mut self, bytes: usize) -> Self {
        self.store.max_entry_bytes = bytes;
        self
    }

    /// How many entries there may be. Default: 10,000.
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.store.max_entries = entries;
        self
    }

    /// The time to live of values that come with none. Default: 300 s.
    pub fn default_ttl(mut self, ttl: Duration) -> Self {
        self.default_ttl = ttl;
        self
    }

    /// What [`Cache::health`] holds the cache against.
    pub fn health_thresholds(mut self, thresholds: HealthThresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// How long a leader that was woken may go unpolled before a waiter takes over. Default: 1 s.
    pub fn flight_patience(mut self, patience: Duration) -> Self {
        self.store.patience = patience;
        self
    }

    /// How long a caller waits for another's load before it runs the body itself. Default: 60 s.
    pub fn flight_max_wait(mut self, wait: Duration) -> Self {
        self.store.max_wait = wait;
        self
    }

    /// How many loads may run in the background at a time. Where one more would, its caller runs it. Zero: none does.
    /// Default: 64.
    pub fn background_loads(mut self, loads: usize) -> Self {
        self.background_loads = loads;
        self
    }

    /// False leaves values that can go there to the shared tier alone, so that tests see what it does.
    #[doc(hidden)]
    pub fn __memory(mut self, memory: bool) -> Self {
        self.memory = memory;
        self
    }

    #[cfg(not(feature = "shared"))]
    fn remote(&mut self, _: &Store) -> Option<Remote> {
        None
    }

    /// Where time comes from. Default: the machine.
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.store.clock = clock.into();
        self
    }

    /// False: every decorated call is its body, and nothing is stored. Default: true.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// True: the cache is not built if functions of the process-wide cache, those without `cache = …`, could store under
    /// the same names; see [`Cache::check`]. Default: false, such functions run uncached and an error is traced.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Lets every hash be one, so that tests meet every collision.
    #[doc(hidden)]
    pub fn __constant_hash(mut self) -> Self {
        self.store.hash_mask = 0;
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let invalid = |what: &str| Err(Error::new(ErrorKind::InvalidConfig, what));
        if self.store.max_entries == 0 || self.store.max_bytes == 0 {
            return invalid(
                "a cache of no entries or no bytes holds nothing: to switch it off, say `enabled(false)` (`CACHE_ENABLED=false`)",
            );
        }
        if self.store.max_entry_bytes == 0 {
            return invalid("`max_entry_bytes(0)` keeps nothing: to switch the cache off, say `enabled(false)`");
        }
        if self.default_ttl.is_zero() {
            return invalid(
                "a default TTL of zero stores nothing: to switch the cache off, say `enabled(false)` (`CACHE_ENABLED=false`)",
            );
        }
        if self.namespace.is_empty() {
            return invalid("the namespace is empty: other programs' keys could be met");
        }
        #[cfg(feature = "shared")]
        if self.shared_timeout.is_zero() {
            return invalid("a `shared_timeout` of zero would never let the shared tier answer");
        }
        #[cfg(feature = "shared")]
        if self.backplane_patience < Duration::from_millis(100) {
            return invalid(
                "a `backplane_patience` of less than 100 ms is used up by the way there and back: to keep shared values out of memory, say `tier = \"shared\"`",
            );
        }
        #[cfg(feature = "shared")]
        if self.writing.most == 0 {
            return invalid("`max_record_bytes(0)` writes nothing: leave the shared tier out");
        }
        self.thresholds.check()?;
        if self.store.patience.is_zero() || self.store.max_wait.is_zero() {
            return invalid(
                "`flight_patience` and `flight_max_wait` must be more than zero: to let every miss compute, say `single_flight = false`",
            );
        }
        Ok(())
    }

    /// The cache.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] for a bound or a time of zero, an empty namespace, and a threshold that is no share;
    /// [`ErrorKind::Conflict`] for functions in conflict where the cache is [`strict`](Self::strict).
    pub fn build(mut self) -> Result<Cache, Error> {
        self.check()?;
        if self.strict {
            CheckError::of_program()
                .map_err(|found| Error::new(ErrorKind::Conflict, "a strict cache was refused").caused_by(found))?;
        }
        let store = Arc::new(Store::new(&self.store));
        let remote = self.remote(&store);
        let manual = Function::manual();
        let cache = Cache {
            inner: Arc::new(Inner {
                id: IDS.fetch_add(1, Ordering::Relaxed),
                enabled: self.enabled,
                closed: AtomicBool::new(false),
                ended: AtomicBool::new(false),
                lasting: self.lasting,
                default_ttl: self.default_ttl,
                namespace: self.namespace,
                memory: self.memory || remote.is_none(),
                remote,
                cluster_flight: self.cluster_flight,
                encoding: self.encoding,
                store,
                registry: Registry::default(),
                endings: Endings::default(),
                overrides: Overrides::default(),
                thresholds: self.thresholds,
                manual,
                background: Background::new(self.background_loads),
            }),
        };
        if let Some(remote) = cache.inner.remote.as_ref().filter(|_| cache.inner.enabled) {
            remote.listen(&cache);
        }
        if cache.inner.lasting {
            for function in cache.stay_local() {
                tracing::warn!(target: "cache", "{function}");
            }
        }
        Ok(cache)
    }
}
