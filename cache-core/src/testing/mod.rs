//! For tests: a clock that the test moves, and a private process-wide cache per test.

mod scope;

pub use scope::{Entered, Scope};

pub use crate::clock::ManualClock;
