//! The process-wide cache.

use std::ffi::OsString;
use std::ops::Deref;

use once_cell::sync::OnceCell;

use super::{Cache, CacheBuilder, scoped};
use crate::error::{Error, ErrorKind};

static GLOBAL: OnceCell<Cache> = OnceCell::new();

/// Which cache a call is for: the process-wide one where none is given.
pub(crate) type CacheRef<'a> = Option<&'a Cache>;

/// The process-wide cache.
pub const DEFAULT: Option<&Cache> = None;

/// Makes `cache` the process-wide one.
///
/// # Errors
/// [`ErrorKind::AlreadyInitialized`] if there is one: it was set, or a call has built it from the environment.
pub fn init_cache(cache: Cache) -> Result<(), Error> {
    GLOBAL.set(cache).map_err(|_| there_already())
}

/// The process-wide cache, built from the environment at first use. Inside a
/// [`testing::Scope`](crate::testing::Scope): that scope's.
///
/// A variable with a bad value is traced as an error and the default settings are used; [`init_from_env`] returns it.
#[must_use]
pub fn get_cache() -> Cache {
    chosen(DEFAULT).clone()
}

/// Builds the process-wide cache from the environment, unless it is there; gives it.
///
/// | variable | value | default |
/// |---|---|---|
/// | `CACHE_ENABLED` | `true` or `false` | `true` |
/// | `CACHE_MAX_BYTES` | bytes: `268435456`, `256MiB` | 256 MiB |
/// | `CACHE_MAX_ENTRIES` | a count | 10,000 |
/// | `CACHE_DEFAULT_TTL` | seconds, or a span: `300`, `5m` | 300 s |
/// | `CACHE_NAMESPACE` | a name | `cache` |
/// | `CACHE_TTL__GET_ARTIST` | the same of one function, in place of what the code says; see
///   [`Cache::reload_ttl_overrides_from_env`] | |
/// | `CACHE_TTL_FILE` | a file of such, with the feature `toml` | |
///
/// # Errors
/// [`ErrorKind::InvalidConfig`] for a variable whose value cannot be, [`ErrorKind::UnknownFunction`] for an override of a
/// function that there is not; the process-wide cache is then still unset.
pub fn init_from_env() -> Result<Cache, Error> {
    GLOBAL.get_or_try_init(|| from_env(|builder| builder)).cloned()
}

/// [`init_from_env`] with settings that the environment does not make: a shared tier, a
/// clock. Unlike that, it does not take a cache that is there already, which has not got them.
///
/// # Errors
/// Those of [`init_from_env`], and [`ErrorKind::AlreadyInitialized`] if there is a process-wide cache.
///
/// ```standalone_crate
/// use std::time::Duration;
///
/// let cache = cache_core::init_from_env_with(|builder| builder.flight_max_wait(Duration::from_secs(5)))?;
/// # drop(cache);
/// assert!(cache_core::init_from_env_with(|builder| builder).is_err(), "it is there");
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn init_from_env_with(change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Result<Cache, Error> {
    let mut made = false;
    let cache = GLOBAL.get_or_try_init(|| {
        let cache = from_env(change)?;
        made = true;
        Ok(cache)
    })?;
    if made { Ok(cache.clone()) } else { Err(there_already()) }
}

fn there_already() -> Error {
    Error::new(
        ErrorKind::AlreadyInitialized,
        "the process-wide cache is there already: make it once, before the first cached call",
    )
}

fn from_env(change: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Result<Cache, Error> {
    let cache = CacheBuilder::from_env(|name| std::env::var(name)).map(change).and_then(CacheBuilder::build)?;
    if let Some(file) = std::env::var_os("CACHE_TTL_FILE") {
        override_from(&cache, file)?;
    }
    cache.reload_ttl_overrides_from_env()?;
    Ok(cache)
}

#[cfg(feature = "toml")]
fn override_from(cache: &Cache, file: OsString) -> Result<(), Error> {
    cache.reload_ttl_overrides(file)
}

#[cfg(not(feature = "toml"))]
fn override_from(_: &Cache, file: OsString) -> Result<(), Error> {
    let what = "a file of overrides takes the feature `toml` of `cache-core`";
    Err(super::environment::bad("CACHE_TTL_FILE", &file.to_string_lossy(), what))
}

/// Whether the cache of that number is the process-wide one, or could become it.
pub(super) fn is_unset_or(id: u64) -> bool {
    GLOBAL.get().is_none_or(|cache| cache.inner.id == id)
}

#[cold]
fn build() -> &'static Cache {
    GLOBAL.get_or_init(|| {
        from_env(|builder| builder).unwrap_or_else(|error| {
            tracing::error!(target: "cache", %error, "the process-wide cache is built with the default settings");
            // The defaults have no zero in them.
            CacheBuilder::default().build().unwrap_or_else(|error| unreachable!("{error}"))
        })
    })
}

/// Shows the [`chosen`] cache, unless there is a scope or an observation: then the call is to be looked at more closely.
#[inline]
pub(crate) fn with_cache_unseen<R>(cache: CacheRef<'_>, show: impl FnOnce(&Cache) -> Option<R>) -> Option<R> {
    if scoped::exist() {
        return None;
    }
    match cache {
        Some(cache) => show(cache),
        None => show(default()),
    }
}

/// The cache that a call is for, as long as it needs it.
pub(crate) enum Chosen<'a> {
    Lasting(&'a Cache),
    Scoped(Cache),
}

impl Deref for Chosen<'_> {
    type Target = Cache;

    fn deref(&self) -> &Cache {
        match self {
            Self::Lasting(cache) => cache,
            Self::Scoped(cache) => cache,
        }
    }
}

/// The cache that a call is for.
pub(crate) fn chosen(cache: CacheRef<'_>) -> Chosen<'_> {
    match cache {
        Some(cache) => Chosen::Lasting(cache),
        None => in_scope().map_or_else(|| Chosen::Lasting(default()), Chosen::Scoped),
    }
}

fn in_scope() -> Option<Cache> {
    if scoped::exist() { scoped::current() } else { None }
}

#[inline]
fn default() -> &'static Cache {
    GLOBAL.get().unwrap_or_else(build)
}
