//! How a tier is made.

use std::fmt;
use std::sync::Arc;

use redis::Client;
use redis::aio::ConnectionManager;
use tokio::runtime::Handle;

use crate::address::{Target, because, invalid};
use crate::error::{Error, ErrorKind};
use crate::link::Link;
use crate::try_out::try_out;
use crate::wire::End;

/// A shared tier on Redis or Valkey: a server, a cluster, or a master with its sentinels. Clones use the same connection; each is closed by itself.
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
    /// A tier on the servers of a URL. Connections are made, and made again, as they are needed.
    ///
    /// | URL | servers |
    /// |---|---|
    /// | `redis://[user:password@]host[:port][/database]` | one; `unix:///path` too |
    /// | `redis-cluster://[user:password@]host[:port][,host[:port]…]` | a Redis Cluster, of which some nodes are named: the others are found |
    /// | `redis-sentinel://[user:password@]host[:port][,host[:port]…]/master[/database]` | the master that sentinels know by that name, wherever it is. Credentials are the server's; those of the sentinels are `?sentinel_user=…&sentinel_password=…` |
    ///
    /// `rediss` for `redis` encrypts, with the feature `tls`. Ports are 6379, of sentinels 26379. Credentials are
    /// percent-encoded.
    ///
    /// Servers that know RESP3 are spoken to in it, others in RESP2; with `?protocol=resp2` behind the URL all of them are.
    ///
    /// A server that does not answer is no error: the cache begins without it, on memory alone, and finds out by itself
    /// when it is there. A warning is traced.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUrl`], [`ErrorKind::Credentials`], [`ErrorKind::Certificates`] and [`ErrorKind::Refused`]: what
    /// waiting does not mend. A server of a cluster under a URL for one server is refused, as is the other way round.
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
        let runtime = runtime()?;
        Self::on(Target::parse(url.as_ref())?, runtime).await
    }

    /// The same with certificates: `root_cert`, whom to trust instead of the system's authorities, and `client_tls`, who
    /// this is. Both are PEM. [`init_from_env`](crate::init_from_env) takes the first from a file.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect); [`ErrorKind::Certificates`] where there is none in what was given, or the URL is
    /// not one of an encrypted connection.
    ///
    /// # Cancel safety
    /// Dropping it leaves nothing behind.
    ///
    /// ```no_run
    /// use cache_redis::RedisTier;
    /// use cache_redis::redis::TlsCertificates;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let root_cert = Some(std::fs::read("/etc/redis/ca.pem")?);
    /// let certificates = TlsCertificates { client_tls: None, root_cert };
    /// let tier = RedisTier::connect_with_certificates("rediss://redis.internal", certificates).await?;
    /// # drop(tier);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub async fn connect_with_certificates(
        url: impl AsRef<str>,
        certificates: redis::TlsCertificates,
    ) -> Result<Self, Error> {
        let runtime = runtime()?;
        let unusable =
            |why: &str| Error::new(ErrorKind::Certificates, format!("the certificates cannot be used: {why}"));
        let roots = certificates.root_cert.as_deref();
        if roots.is_some_and(|roots| !String::from_utf8_lossy(roots).contains("-----BEGIN CERTIFICATE-----")) {
            return Err(unusable("the root has none in PEM"));
        }
        provide_cryptography();
        let target = Target::parse(url.as_ref())?.each(|information| {
            let client = Client::build_with_tls(information, certificates.clone());
            Ok(client.map_err(|error| unusable(&because(&error)))?.get_connection_info().clone())
        })?;
        Self::on(target, runtime).await
    }

    async fn on(target: Target, runtime: Handle) -> Result<Self, Error> {
        #[cfg(feature = "tls")]
        provide_cryptography();
        try_out(&target).await?;
        let place: Arc<str> = target.place().into();
        let link = match target {
            Target::Server(server) => Client::open(server).map(|client| Link::to(End::Server(client), runtime, place)),
            Target::Cluster(nodes) => Link::clustered(&nodes, runtime, place),
            Target::Sentinel(watched) => Ok(Link::to(End::Master(watched), runtime, place)),
        };
        Ok(Self { link: link.map_err(|error| invalid(&because(&error), "`redis://host:6379/0`"))? })
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

fn runtime() -> Result<Handle, Error> {
    let none = |_| Error::new(ErrorKind::NoRuntime, "Redis is reached through a tokio runtime, and there is none");
    Handle::try_current().map_err(none)
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
