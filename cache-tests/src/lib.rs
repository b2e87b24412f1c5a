//! What the tests of the toolkit's promises share.

mod events;
mod gate;
mod hang;
mod held;
pub mod history;
#[cfg(feature = "redis")]
#[path = "../../cache-redis/tests/redis/joined.rs"]
mod joined;
pub mod naive;
mod probe;
mod random;
#[cfg(feature = "redis")]
mod server;
mod settings;
mod setup;
mod spans;
mod wild;

pub use events::Events;
pub use gate::Gate;
pub use hang::{in_time, in_time_blocking, until, until_blocking};
pub use held::during_a_load;
pub use probe::{Probe, Running};
pub use random::Random;
pub use settings::settings;
pub use setup::{Setup, in_memory, scope, scope_with, setup, tiers};
pub use spans::Spans;
pub use wild::Wild;
