//! What the instances of a service share: a Redis that the run has started, the one that the environment names, or nothing.

mod changes;
mod delay;
mod kept;
mod outage;
mod reads;
mod server;
mod stampede;

use std::env;
use std::io;
use std::time::{Duration, Instant};

use cache_core::{Cache, CacheBuilder};
use cache_redis::RedisTier;
use cache_redis::redis::aio::ConnectionManagerConfig;
use cache_redis::redis::{Client, InfoDict, cmd, pipe};

pub use self::changes::{Gone, gone};
pub use self::delay::{Delay, measure};
pub use self::kept::{Kept, kept, kept_blocking};
pub use self::outage::{Away, Back};
pub(crate) use self::outage::{Pair, live_through};
pub use self::reads::{Read, Source, asked};
pub use self::server::OwnServer;
pub use self::stampede::Stampede;

/// What is waited for comes sooner, or not at all.
const LONGEST: Duration = Duration::from_secs(20);

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The server that the environment names cannot be used.
    #[error("{variable}: {error}")]
    Named {
        /// Where it is named.
        variable: &'static str,
        /// Why not.
        error: cache_redis::Error,
    },
    /// It does not answer.
    #[error("{variable} names a Redis server that does not answer")]
    Silent {
        /// Where it is named.
        variable: &'static str,
    },
    /// What is asked of it beside the cache.
    #[error("Redis: {0}")]
    Asked(#[from] cache_redis::redis::RedisError),
    /// The cache's settings.
    #[error("{0}")]
    Cache(#[from] cache_core::Error),
    /// A server of the run's own cannot be started, ended or started again.
    #[error("redis-server: {0}")]
    Server(#[from] io::Error),
}

/// What is behind the memory of each instance.
#[derive(Debug)]
pub enum Behind {
    /// Nothing, and why.
    Memory(&'static str),
    /// A server that the run has started, and may kill.
    Own(OwnServer),
    /// A server of the user's, which is left as it was found.
    Named {
        /// What names it.
        variable: &'static str,
        /// Where it is.
        url: String,
        /// Nobody else has keys under it.
        namespace: String,
    },
}

impl Behind {
    /// Memory where `ENVIRONMENT` is `development`; else the server of `CACHE_REDIS_URL`, of `REDIS_URL`, or of `REDIS_HOST`
    /// and `REDIS_PORT`; else one of the run's own, if there is a `redis-server` to be started.
    ///
    /// # Errors
    ///
    /// When `redis-server` is there and does not start.
    pub async fn choose(application: &str) -> Result<Self, ClusterError> {
        if is_development() {
            return Ok(Self::Memory("ENVIRONMENT=development"));
        }
        if let Some((variable, url)) = named() {
            let namespace = format!("{application}-{:08x}", rand::random::<u32>());
            return Ok(Self::Named { variable, url, namespace });
        }
        Ok(match OwnServer::start().await? {
            Some(server) => Self::Own(server),
            None => Self::Memory(
                "no Redis is named (CACHE_REDIS_URL, REDIS_URL, REDIS_HOST) and no redis-server is on the PATH",
            ),
        })
    }

    /// In one line.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::Memory(why) => format!("memory alone, each instance its own: {why}"),
            Self::Own(server) => format!("a Redis of this run's own, {}", server.url()),
            Self::Named { variable, namespace, .. } => {
                format!("the Redis that {variable} names, under `{namespace}`; it is not killed: that part is left out")
            }
        }
    }

    /// The name that the keys stand under: `cache`, where nobody else's can be met.
    #[must_use]
    pub fn namespace(&self) -> &str {
        if let Self::Named { namespace, .. } = self { namespace } else { "cache" }
    }

    /// Where the server is.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Memory(_) => None,
            Self::Own(server) => Some(server.url()),
            Self::Named { url, .. } => Some(url.clone()),
        }
    }

    /// A server that may be killed.
    pub fn own(&mut self) -> Option<&mut OwnServer> {
        if let Self::Own(server) = self { Some(server) } else { None }
    }

    /// The cache of one instance, over a tier that finds the server by its URL.
    ///
    /// # Errors
    ///
    /// When the server refuses or does not answer, or the settings cannot be.
    pub async fn cache(&self, builder: CacheBuilder) -> Result<Cache, ClusterError> {
        let tier = self.tier().await?;
        self.built(builder, tier).await
    }

    /// The same over a client that the application makes and sets up itself.
    ///
    /// # Errors
    ///
    /// As [`cache`](Self::cache).
    pub async fn cache_on_client(&self, builder: CacheBuilder) -> Result<Cache, ClusterError> {
        // Says what is wrong with the URL, in whole sentences.
        self.tier().await?;
        let Some(url) = self.url() else { return self.built(builder, None).await };
        // The application's own settings: a server that is back is found soon.
        let settings =
            ConnectionManagerConfig::new().set_number_of_retries(2).set_max_delay(Duration::from_millis(500));
        let client = Client::open(url)?;
        let connected = tokio::time::timeout(LONGEST, client.get_connection_manager_with_config(settings)).await;
        let manager = connected.ok().and_then(Result::ok).ok_or_else(|| self.silent())?;
        self.built(builder, Some(RedisTier::from_manager(manager))).await
    }

    async fn tier(&self) -> Result<Option<RedisTier>, ClusterError> {
        let Some(url) = self.url() else { return Ok(None) };
        let tier = RedisTier::connect(url).await;
        Ok(Some(tier.map_err(|error| ClusterError::Named { variable: self.variable(), error })?))
    }

    /// What the server has under a name: the value as JSON, and the rest of its time in milliseconds.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn stored(&self, name: &str) -> Result<Option<(String, i64)>, ClusterError> {
        let Some(url) = self.url() else { return Ok(None) };
        let mut connection = Client::open(url)?.get_multiplexed_async_connection().await?;
        let key = format!("{}:{name}", self.namespace());
        // The first 56 bytes are the cache's own: docs/shared-tier.md.
        let (json, left): (Vec<u8>, i64) =
            pipe().cmd("GETRANGE").arg(&key).arg(56).arg(-1).cmd("PTTL").arg(&key).query_async(&mut connection).await?;
        Ok(Some((String::from_utf8_lossy(&json).into_owned(), left)))
    }

    /// How many keys the server has, and how many bytes it takes.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn size(&self) -> Result<Option<(u64, u64)>, ClusterError> {
        let Some(url) = self.url() else { return Ok(None) };
        let mut connection = Client::open(url)?.get_multiplexed_async_connection().await?;
        let (keys, memory): (u64, InfoDict) =
            pipe().cmd("DBSIZE").cmd("INFO").arg("memory").query_async(&mut connection).await?;
        Ok(Some((keys, memory.get("used_memory").unwrap_or(0))))
    }

    /// Removes from a server of the user's whatever the run has put there. Its caches are closed before.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn leave(&self) -> Result<(), ClusterError> {
        let Self::Named { url, namespace, .. } = self else { return Ok(()) };
        let mut connection = Client::open(&**url)?.get_multiplexed_async_connection().await?;
        let mut cursor = 0_u64;
        loop {
            let page =
                cmd("SCAN").arg(cursor).arg("MATCH").arg(format!("{namespace}[:%]*")).arg("COUNT").arg(500).to_owned();
            let (next, keys): (u64, Vec<String>) = page.query_async(&mut connection).await?;
            if !keys.is_empty() {
                cmd("UNLINK").arg(keys).query_async::<()>(&mut connection).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    async fn built(&self, builder: CacheBuilder, tier: Option<RedisTier>) -> Result<Cache, ClusterError> {
        let builder = builder.namespace(self.namespace());
        let Some(tier) = tier else { return Ok(builder.build()?) };
        let cache = builder.shared(tier).build()?;
        if until(|| hears(&cache)).await { Ok(cache) } else { Err(self.silent()) }
    }

    fn silent(&self) -> ClusterError {
        ClusterError::Silent { variable: self.variable() }
    }

    fn variable(&self) -> &'static str {
        if let Self::Named { variable, .. } = self { variable } else { "this run" }
    }
}

/// Whether the environment asks for memory: `ENVIRONMENT=development`.
#[must_use]
pub fn is_development() -> bool {
    env::var("ENVIRONMENT").is_ok_and(|environment| environment.trim().eq_ignore_ascii_case("development"))
}

/// The server that the environment names, in the order of [`cache_redis::init_from_env`].
fn named() -> Option<(&'static str, String)> {
    let read = |name: &str| env::var(name).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let url = ["CACHE_REDIS_URL", "REDIS_URL"].into_iter().find_map(|variable| Some((variable, read(variable)?)));
    url.or_else(|| {
        let port = read("REDIS_PORT").unwrap_or_else(|| "6379".to_owned());
        Some(("REDIS_HOST", format!("redis://{}:{port}", read("REDIS_HOST")?)))
    })
}

/// Whether an instance hears what others change.
#[must_use]
pub fn hears(cache: &Cache) -> bool {
    cache.shared_stats().is_some_and(|stats| !stats.cut_off)
}

/// Waits until the answer is yes; says whether it came to that.
pub async fn until(mut ask: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !ask() {
        if begun.elapsed() > LONGEST {
            return false;
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    true
}
