//! How a cache is set up: in code, or from the environment.

use std::env::VarError;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Cache, IDS, Inner};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::registry::{Function, Registry};
use crate::store::{Store, StoreConfig};
use crate::tier::Remote;

/// Builds a [`Cache`].
#[derive(Debug, Clone)]
#[must_use]
pub struct CacheBuilder {
    enabled: bool,
    pub(crate) lasting: bool,
    default_ttl: Duration,
    namespace: String,
    store: StoreConfig,
    /// Values live in memory; false leaves them to the shared tier alone.
    memory: bool,
    #[cfg(feature = "shared")]
    shared: Option<Arc<dyn crate::SharedTier>>,
    #[cfg(feature = "shared")]
    shared_timeout: Duration,
}

impl Default for CacheBuilder {
    fn default() -> Self {
        Self {
            enabled: true,
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
            memory: true,
            #[cfg(feature = "shared")]
            shared: None,
            #[cfg(feature = "shared")]
            shared_timeout: Duration::from_millis(250),
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

    /// The tier behind this cache's memory that other processes share.
    #[cfg(feature = "shared")]
    pub fn shared(mut self, tier: impl crate::SharedTier) -> Self {
        self.shared = Some(Arc::new(tier));
        self
    }

    /// How much longer a call may take because of the shared tier, all of its reads and writes together; and how long a
    /// change waits to be made there before it is said to be queued. Default: 250 ms.
    #[cfg(feature = "shared")]
    pub fn shared_timeout(mut self, timeout: Duration) -> Self {
        self.shared_timeout = timeout;
        self
    }

    /// False leaves values that can go there to the shared tier alone, so that tests see what it does.
    #[doc(hidden)]
    pub fn __memory(mut self, memory: bool) -> Self {
        self.memory = memory;
        self
    }

    #[cfg(feature = "shared")]
    fn remote(&mut self) -> Option<Remote> {
        let tier = self.shared.take()?;
        Some(Remote::new(tier, self.namespace.clone(), self.store.clock.clone(), self.shared_timeout))
    }

    #[cfg(not(feature = "shared"))]
    fn remote(&mut self) -> Option<Remote> {
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

    /// Lets every hash be one, so that tests meet every collision.
    #[doc(hidden)]
    pub fn __constant_hash(mut self) -> Self {
        self.store.hash_mask = 0;
        self
    }

    /// The settings of the environment over the defaults: `CACHE_ENABLED`, `CACHE_MAX_BYTES`, `CACHE_MAX_ENTRIES`,
    /// `CACHE_DEFAULT_TTL`, `CACHE_NAMESPACE`. `read` looks a variable up.
    ///
    /// # Errors
    /// The first variable whose value cannot be.
    pub(super) fn from_env(read: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, Error> {
        let read = |name: &str| match read(name) {
            Err(VarError::NotUnicode(raw)) => Err(bad(name, &raw.to_string_lossy(), "it is not Unicode")),
            Err(VarError::NotPresent) => Ok(None),
            Ok(text) => Ok(Some(text)),
        };
        let mut builder = Self::default();
        if let Some(text) = read("CACHE_ENABLED")? {
            builder.enabled = match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => true,
                "false" | "0" | "no" | "off" => false,
                _ => return Err(bad("CACHE_ENABLED", &text, "write `true` or `false`")),
            };
        }
        if let Some(text) = read("CACHE_MAX_BYTES")? {
            let bytes = parse_bytes(&text).ok_or_else(|| {
                bad("CACHE_MAX_BYTES", &text, "write a number of bytes, such as `268435456` or `256MiB`")
            })?;
            builder = builder.max_bytes(bytes);
        }
        if let Some(text) = read("CACHE_MAX_ENTRIES")? {
            let entries = number(&text).map_err(|error| bad("CACHE_MAX_ENTRIES", &text, error))?;
            builder = builder.max_entries(entries);
        }
        if let Some(text) = read("CACHE_DEFAULT_TTL")? {
            let ttl = match text.parse() {
                Ok(seconds) => Duration::from_secs(seconds),
                Err(_) => humantime::parse_duration(&text).map_err(|error| {
                    bad("CACHE_DEFAULT_TTL", &text, "write seconds, such as `300`, or a span, such as `5m`")
                        .caused_by(error)
                })?,
            };
            builder = builder.default_ttl(ttl);
        }
        if let Some(text) = read("CACHE_NAMESPACE")? {
            builder = builder.namespace(text);
        }
        builder.check()?;
        Ok(builder)
    }

    fn check(&self) -> Result<(), Error> {
        let invalid = |what: &str| Err(Error::new(ErrorKind::InvalidConfig, what));
        if self.store.max_entries == 0 || self.store.max_bytes == 0 || self.store.max_entry_bytes == 0 {
            return invalid(
                "a cache of no entries or no bytes holds nothing: to switch it off, say `enabled(false)` (`CACHE_ENABLED=false`)",
            );
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
    /// [`ErrorKind::InvalidConfig`] for a bound or a time of zero, and for an empty namespace.
    pub fn build(mut self) -> Result<Cache, Error> {
        self.check()?;
        let remote = self.remote();
        let store = Arc::new(Store::new(&self.store));
        let manual = Function::manual();
        Ok(Cache {
            inner: Arc::new(Inner {
                id: IDS.fetch_add(1, Ordering::Relaxed),
                enabled: self.enabled,
                closed: AtomicBool::new(false),
                lasting: self.lasting,
                default_ttl: self.default_ttl,
                namespace: self.namespace,
                memory: self.memory || remote.is_none(),
                remote,
                store,
                registry: Registry::default(),
                manual,
            }),
        })
    }
}

fn bad(variable: &str, text: &str, what: impl Display) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{variable}={text:?}: {what}"))
}

fn number<T: FromStr<Err: Display>>(text: &str) -> Result<T, T::Err> {
    text.trim().replace('_', "").parse()
}

/// A count of bytes, with a unit or without.
fn parse_bytes(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    number::<usize>(count).ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<CacheBuilder, Error> {
        let found = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        CacheBuilder::from_env(|name| found(name).ok_or(VarError::NotPresent))
    }

    #[test]
    fn the_environment_sets_what_it_names() {
        let builder = from(&[
            ("CACHE_ENABLED", "off"),
            ("CACHE_MAX_BYTES", "64MiB"),
            ("CACHE_MAX_ENTRIES", "20_000"),
            ("CACHE_DEFAULT_TTL", "1h30m"),
            ("CACHE_NAMESPACE", "shop"),
        ])
        .unwrap();
        assert!(!builder.enabled);
        assert_eq!(builder.store.max_bytes, 64 << 20);
        assert_eq!(builder.store.max_entries, 20_000);
        assert_eq!(builder.default_ttl, Duration::from_secs(5_400));
        assert_eq!(builder.namespace, "shop");
        assert_eq!(from(&[("CACHE_DEFAULT_TTL", "60")]).unwrap().default_ttl, Duration::from_secs(60));
        assert_eq!(from(&[]).unwrap().store.max_entries, 10_000);
    }

    #[test]
    fn a_bad_value_names_its_variable_and_what_to_write() {
        for (pair, says) in [
            (("CACHE_ENABLED", "maybe"), "write `true` or `false`"),
            (("CACHE_MAX_BYTES", "lots"), "256MiB"),
            (("CACHE_MAX_ENTRIES", "-1"), "invalid digit"),
            (("CACHE_DEFAULT_TTL", "soon"), "such as `5m`"),
        ] {
            let error = from(&[pair]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            let text = error.to_string();
            assert!(text.contains(pair.0) && text.contains(pair.1) && text.contains(says), "{text}");
        }
        assert!(from(&[("CACHE_MAX_ENTRIES", "0")]).unwrap_err().to_string().contains("CACHE_ENABLED=false"));
    }
}
