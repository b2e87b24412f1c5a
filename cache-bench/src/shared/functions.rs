//! The same function under each toolkit, with its values in Redis.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::{Cache, Weigh};
use cached::AsyncRedisCache;
use serde::{Deserialize, Serialize};

/// How often a body has run: once per key and cache, or else what was timed were no hits.
pub(super) static LOADS: AtomicU64 = AtomicU64::new(0);

/// Where `cached` finds the server: its cache is made in the function's first call.
pub(super) static URL: OnceLock<String> = OnceLock::new();

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Weigh)]
pub(super) struct Artist {
    pub(super) id: u64,
    name: String,
    country: String,
}

impl Artist {
    pub(super) fn new(id: u64) -> Self {
        Self { id, name: format!("artist {id}"), country: String::from("NL") }
    }

    fn load(id: u64) -> Self {
        LOADS.fetch_add(1, Ordering::Relaxed);
        Self::new(id)
    }
}

/// In Redis alone: each hit asks it.
#[cache_core::cached(ttl = 300, tier = "shared", cache = cache, skip(cache))]
pub(super) async fn remote(cache: &Cache, id: u64) -> Artist {
    Artist::load(id)
}

/// In memory too.
#[cache_core::cached(ttl = 300, tier = "both", cache = cache, skip(cache))]
pub(super) async fn both(cache: &Cache, id: u64) -> Artist {
    Artist::load(id)
}

/// The same for the cache without a tier: a function that knows one cache alone finds it sooner.
#[cache_core::cached(ttl = 300, tier = "both", cache = cache, skip(cache))]
pub(super) async fn alone(cache: &Cache, id: u64) -> Artist {
    Artist::load(id)
}

/// As the documentation of `cached` sets it up, over a connection that is made again where it breaks, as ours is.
#[cached::macros::concurrent_cached(
    map_error = r##"|error| format!("{error:?}")"##,
    ty = "cached::AsyncRedisCache<u64, Artist>",
    create = r##" { peer().await } "##
)]
pub(super) async fn theirs(id: u64) -> Result<Artist, String> {
    Ok(Artist::load(id))
}

async fn peer() -> AsyncRedisCache<u64, Artist> {
    let url = URL.get().map(String::as_str).unwrap_or_default();
    let built = AsyncRedisCache::builder("peer").ttl(Duration::from_secs(300)).connection_string(url);
    // The attribute takes no error here.
    built.connection_manager(true).build().await.unwrap_or_else(|error| panic!("cached: {error:?}"))
}
