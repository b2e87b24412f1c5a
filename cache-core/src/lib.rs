//! Typed caching for async Rust services.

mod cache;
mod call;
mod clock;
mod entry;
mod error;
mod flight;
mod key;
mod lookup;
mod manual;
#[cfg(all(test, cache_model))]
mod models;
#[doc(hidden)]
pub mod private;
mod registry;
mod stats;
mod store;
mod sync;
pub mod testing;
mod tier;

pub use cache_macros::{CacheKey, Weigh, cached, invalidates, updates};

pub use cache::{
    Cache, CacheBuilder, CheckError, Conflict, Removed, Shared, StaysLocal, Stored, get_cache, init_cache,
    init_from_env,
};
pub use call::CacheValue;
pub use clock::Clock;
pub use entry::Weigh;
pub use error::{Error, ErrorKind};
pub use key::{CacheKey, Sink};
pub use lookup::Ttl;
pub use manual::{Cleanup, Local};
pub use registry::{FunctionInfo, Functions, Tier};
pub use stats::{FunctionStats, Stats};
pub use store::EntryInfo;
#[cfg(feature = "shared")]
pub use tier::{Change, Fetched, Reach, SharedTier, Stamp, TierError, TierFuture, TierStats, TierTask};

/// A key by hand, as decorated functions print theirs: each argument is escaped, so that distinct arguments never share
/// a name.
///
/// ```
/// let user_id = 42;
/// assert_eq!(cache_core::key!("user:{}", user_id), "user:42");
/// assert_eq!(cache_core::key!("user:{user_id}:albums"), "user:42:albums");
/// assert_eq!(cache_core::key!("search:{}", "a:b*"), "search:a%3Ab%2A");
/// ```
#[macro_export]
macro_rules! key {
    ($($template:tt)+) => {
        $crate::private::__key!($crate; $($template)+)
    };
}
