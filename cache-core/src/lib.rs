//! Typed caching for async Rust services.

// What only a load with a shared tier needs has no caller where there is none.
#![cfg_attr(not(feature = "shared"), allow(dead_code))]

mod cache;
mod call;
mod clock;
mod entry;
mod error;
mod events;
mod flight;
mod health;
mod invalidation;
mod key;
mod lookup;
mod manual;
#[cfg(all(test, cache_model))]
mod models;
mod observe;
#[doc(hidden)]
pub mod private;
mod registry;
mod stats;
mod store;
mod sync;
pub mod testing;
mod tier;
mod warm;

#[doc = include_str!("../docs/cache_key.md")]
pub use cache_macros::CacheKey;
#[doc = include_str!("../docs/weigh.md")]
pub use cache_macros::Weigh;
#[doc = include_str!("../docs/cached.md")]
pub use cache_macros::cached;
#[doc = include_str!("../docs/invalidates.md")]
pub use cache_macros::invalidates;
#[doc = include_str!("../docs/updates.md")]
pub use cache_macros::updates;

pub use cache::{
    Cache, CacheBuilder, CheckError, Conflict, OverrideSource, Removed, Shared, StaysLocal, Stored, TtlOverride,
    get_cache, init_cache, init_from_env, init_from_env_with,
};
pub use call::{BatchOutcome, BatchOutcomes, CacheValue, Previous, Refreshed, Source};
pub use clock::Clock;
pub use entry::Weigh;
pub use error::{Error, ErrorKind, TimedOut};
pub use events::{CacheEvent, Cause, Events};
pub use health::{Finding, Health, HealthThresholds, Topic};
pub use invalidation::{Deferred, EventRules, Invalidation, RuleStats};
pub use key::{CacheKey, Sink};
pub use lookup::Ttl;
pub use manual::{Cleanup, Counters, Local, WriteBack};
pub use observe::{CallOutcome, Forward, Observed, ObservedCall, Observer, observe, observe_blocking};
pub use registry::{FunctionInfo, Functions, Tier};
pub use stats::{FunctionStats, Stats};
pub use store::EntryInfo;
#[cfg(feature = "shared")]
pub use tier::{
    Backplane, Change, Encoding, Fetched, Message, News, Origin, Reach, SharedTier, Stamp, Sweep, Swept, TierError,
    TierFuture, TierStats, TierTask,
};
pub use warm::{StrategyReport, Warm, WarmCounts, WarmKeys, WarmProgress, WarmReport};

#[doc = include_str!("../docs/key.md")]
#[macro_export]
macro_rules! key {
    ($($template:tt)+) => {
        $crate::private::__key!($crate; $($template)+)
    };
}
