//! Typed caching for async Rust services.

mod cache;
mod call;
mod clock;
mod error;
mod flight;
mod key;
mod lookup;
#[doc(hidden)]
pub mod private;
mod registry;
mod stats;
mod store;
mod sync;
pub mod testing;

pub use cache::{Cache, CacheBuilder, Local, Removed, Shared, Stored, get_cache, init_cache, init_from_env};
pub use call::CacheValue;
pub use clock::Clock;
pub use error::{Error, ErrorKind};
pub use key::{CacheKey, Sink};
pub use lookup::Ttl;
pub use stats::{FunctionStats, Stats};
pub use store::{EntryInfo, Weigh};
