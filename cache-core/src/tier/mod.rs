//! The shared tier, seen from the cache: bounded in time, behind a breaker, and owed what it has missed.
//!
//! Without the feature `shared` there is none: the same names stand for what cannot be.

#[cfg(not(feature = "shared"))]
mod absent;
#[cfg(feature = "shared")]
mod backplane;
#[cfg(any(feature = "msgpack", feature = "postcard"))]
mod bounded;
#[cfg(feature = "shared")]
mod breaker;
#[cfg(feature = "shared")]
mod change;
#[cfg(feature = "shared")]
mod claim;
#[cfg(feature = "shared")]
mod codec;
#[cfg(feature = "shared")]
mod compression;
#[cfg(feature = "shared")]
mod deadlines;
mod encoding;
#[cfg(feature = "shared")]
mod envelope;
#[cfg(feature = "shared")]
mod guard;
#[cfg(all(test, feature = "shared"))]
mod hostile;
#[cfg(feature = "shared")]
mod keeper;
#[cfg(feature = "shared")]
mod listener;
#[cfg(feature = "shared")]
mod outbox;
#[cfg(feature = "shared")]
mod pace;
#[cfg(feature = "shared")]
mod reading;
#[cfg(feature = "shared")]
mod record;
#[cfg(feature = "shared")]
mod shared;
#[cfg(feature = "shared")]
mod stats;
#[cfg(feature = "shared")]
mod sweeps;
#[cfg(feature = "shared")]
mod writing;

#[cfg(not(feature = "shared"))]
pub use self::absent::Codec;
#[cfg(not(feature = "shared"))]
pub(crate) use self::absent::{Claim, Claimed, Fetch, Form, Loaded, Owed, Place, Remote, Stamp, Useless};
#[cfg(feature = "shared")]
pub use self::backplane::{Backplane, Message, News, Origin, Sweep, Swept};
#[cfg(feature = "shared")]
pub use self::change::{Change, Reach};
#[cfg(feature = "shared")]
pub(crate) use self::claim::{Claim, Claimed};
#[cfg(feature = "shared")]
pub use self::codec::Codec;
pub use self::encoding::Encoding;
#[cfg(feature = "shared")]
pub(crate) use self::guard::{Owed, Remote};
#[cfg(feature = "shared")]
pub(crate) use self::outbox::Place;
#[cfg(feature = "shared")]
pub(crate) use self::reading::Fetch;
#[cfg(feature = "shared")]
pub(crate) use self::record::{Form, Loaded, Useless};
#[cfg(feature = "shared")]
pub use self::shared::{Fetched, SharedTier, Stamp, TierError, TierFuture, TierTask};
#[cfg(feature = "shared")]
pub use self::stats::TierStats;
#[cfg(feature = "shared")]
pub(crate) use self::writing::Writing;
