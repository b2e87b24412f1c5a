//! The tier on real servers, which the tests start and end themselves.

mod caches;
mod claims;
mod connecting;
mod contract;
mod environment;
mod failing;
mod fence;
mod property;
mod race;
mod server;
mod telling;
