//! For tests: a clock that the test moves, and a private process-wide cache per test.

#[cfg(feature = "shared")]
mod channel;
#[cfg(feature = "shared")]
mod faulty_tier;
#[cfg(feature = "shared")]
mod memory_tier;
mod scope;

#[cfg(feature = "shared")]
pub use faulty_tier::{Fault, FaultyTier};
#[cfg(feature = "shared")]
pub use memory_tier::MemoryTier;
pub use scope::{Entered, Scope};

pub use crate::clock::ManualClock;
