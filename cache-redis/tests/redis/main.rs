//! The tier on real servers, which the tests start and end themselves.

mod caches;
mod claims;
mod clustered;
mod connecting;
mod contract;
mod crowded;
mod environment;
mod failing;
mod failover;
mod fence;
mod history;
mod joined;
mod nodes;
mod processes;
mod property;
mod protocols;
mod proxied;
mod proxy;
mod race;
mod rates;
mod recovering;
mod refusing;
mod sentinels;
mod server;
mod settings;
mod tagging;
mod telling;
#[cfg(feature = "tls")]
mod tls;
