//! How a tier is made.

use std::fmt;
use std::sync::Arc;

use redis::aio::ConnectionManager;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, RedisError};

use crate::error::{Error, ErrorKind, is_answer};
use crate::link::{ANSWERING, CONNECTING, Link, tcp};

/// A shared tier on a Redis or Valkey server. Clones use the same connection; each is closed by itself.
///
/// See [the crate's page](crate) for what it writes.
#[derive(Clone)]
pub struct RedisTier {
    pub(crate) link: Link,
}

impl fmt::Debug for RedisTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTier").field("server", &self.link.place).finish_non_exhaustive()
    }
}

impl RedisTier {
    /// A tier on the server of a URL: `redis://[user:password@]host[:port][/database]`, `rediss://` with the feature
    /// `tls`, `unix:///path`. Connections are made, and made again, as they are needed.
    ///
    /// A server that does not answer is no error: the cache begins without it, on memory alone, and finds out by itself
    /// when it is there. A warning is traced.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUrl`], [`ErrorKind::Credentials`] and [`ErrorKind::Refused`]: what waiting does not mend.
    /// [`ErrorKind::NoRuntime`] outside of a tokio runtime. No error names the user or the password.
    ///
    /// # Cancel safety
    /// Dropping it leaves nothing behind.
    ///
    /// # Performance
    /// Two connections, one of which is closed again: the first finds out what is wrong. At most 4 s.
    ///
    /// ```no_run
    /// use cache_core::{Cache, Ttl};
    /// use cache_redis::RedisTier;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cache = Cache::builder().shared(RedisTier::connect("redis://127.0.0.1").await?).build()?;
    /// assert_eq!(cache.get_or_set("answer", Ttl::Default, async || 42).await, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, Error> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::new(
                ErrorKind::NoRuntime,
                "Redis is reached through a tokio runtime, and there is none",
            ));
        }
        let information = url.as_ref().into_connection_info().map_err(|error| invalid(&error))?;
        let client = Client::open(information.set_tcp_settings(tcp())).map_err(|error| invalid(&error))?;
        let address = client.get_connection_info().addr();
        #[cfg(feature = "tls")]
        if matches!(address, redis::ConnectionAddr::TcpTls { .. }) {
            provide_cryptography();
        }
        let place: Arc<str> = address.to_string().into();
        try_out(&client, &place).await?;
        Ok(Self { link: Link::own(client, place).map_err(|error| invalid(&error))? })
    }

    /// A tier on connections that the application makes, with its own settings: timeouts, certificates, credentials that
    /// change. The tier is on the database and the server that they are on. [`redis`](crate::redis) is the crate whose
    /// type this is.
    ///
    /// Call it inside of the tokio runtime that the connections run on.
    ///
    /// # Performance
    /// Whoever waits for a message keeps a connection from everybody else, so over these it asks, ten times a second: what
    /// other instances change leaves this one's memory within about 100 ms, where a tier that
    /// [connects](RedisTier::connect) itself hears of it at once.
    ///
    /// ```no_run
    /// use cache_core::Cache;
    /// use cache_redis::{RedisTier, redis};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let manager = redis::Client::open("redis://127.0.0.1")?.get_connection_manager().await?;
    /// let cache = Cache::builder().shared(RedisTier::from_manager(manager)).build()?;
    /// # drop(cache);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_manager(manager: ConnectionManager) -> Self {
        Self { link: Link::handed_in(manager) }
    }
}

/// Finds out what waiting would not mend.
async fn try_out(client: &Client, place: &str) -> Result<(), Error> {
    let config =
        AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(Some(ANSWERING));
    let ping = async {
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        redis::cmd("PING").query_async::<()>(&mut connection).await
    };
    let away = |why: &dyn fmt::Display| {
        tracing::warn!(target: "cache", server = place, error = %why, "Redis does not answer: the cache begins without it");
    };
    match tokio::time::timeout(CONNECTING + ANSWERING, ping).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => match (error.kind(), error.code()) {
            (redis::ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS" | "NOAUTH")) => {
                let what = format!("the Redis server at {place} does not take the user name and password of the URL");
                Err(Error::new(ErrorKind::Credentials, what))
            }
            // Whoever may not PING was let in.
            (_, Some("NOPERM")) => Ok(()),
            _ if is_answer(&error) => {
                Err(Error::new(ErrorKind::Refused, format!("the Redis server at {place} refuses: {error}")))
            }
            _ => {
                away(&error);
                Ok(())
            }
        },
        Err(_) => {
            away(&"it took too long");
            Ok(())
        }
    }
}

fn invalid(error: &RedisError) -> Error {
    // The details may quote the URL.
    let why = error.detail().map_or_else(|| error.to_string(), |detail| error.to_string().replace(detail, "…"));
    let what = "write `redis://host:6379/0`; `rediss://` takes the feature `tls` of `cache-redis`";
    Error::new(ErrorKind::InvalidUrl, format!("the URL of the Redis server cannot be used ({why}): {what}"))
}

/// Where the application has not chosen who encrypts, ring does: without a choice, or with two crates to choose from,
/// rustls would panic.
#[cfg(feature = "tls")]
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have chosen meanwhile, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
