//! Where the server is, as the environment says it.

use std::env::VarError;

use cache_core::Cache;

use crate::{Error, ErrorKind, RedisTier};

/// What names the server, the first that is set.
const URLS: [&str; 2] = ["CACHE_REDIS_URL", "REDIS_URL"];
const HOST: &str = "REDIS_HOST";
const PORT: &str = "REDIS_PORT";
/// Whom to trust.
const AUTHORITY: &str = "CACHE_REDIS_CA_FILE";

impl RedisTier {
    /// The tier on the servers that the environment names, for caches of one's own; none where it names none.
    ///
    /// It reads the variables that [`init_from_env`] lists, and no others.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), with the variable's name. No error names the user or the password.
    ///
    /// # Cancel safety
    /// Dropping it leaves nothing behind.
    ///
    /// # Performance
    /// That of [`connect`](Self::connect), each time: clones of a tier share its connections.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    /// use cache_redis::RedisTier;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut builder = Cache::builder().namespace("reports");
    /// if let Some(tier) = RedisTier::from_env().await? {
    ///     builder = builder.shared(tier);
    /// }
    /// let reports = builder.build()?;
    /// assert_eq!(reports.get_or_set("of:may", Ttl::Default, async || 42).await, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_env() -> Result<Option<Self>, Error> {
        let Some((variable, url)) = server(|name| std::env::var(name))? else { return Ok(None) };
        let tier = match text(AUTHORITY, |name| std::env::var(name))? {
            None => Self::connect(url).await.map_err(|error| error.of_variable(variable))?,
            Some(file) => trusting(&url, &file).await.map_err(|error| {
                let certificates = error.kind() == ErrorKind::Certificates;
                error.of_variable(if certificates { AUTHORITY } else { variable })
            })?,
        };
        Ok(Some(tier))
    }
}

/// Builds the process-wide cache from the environment as [`cache_core::init_from_env`] does, with a tier on Redis where
/// one is named; gives it. On memory alone where none is. For other caches there is [`RedisTier::from_env`].
///
/// | variable | value |
/// |---|---|
/// | `CACHE_REDIS_URL` | the server, the cluster or the sentinels, as [`RedisTier::connect`] takes it |
/// | `REDIS_URL` | the same, where the first is not set |
/// | `REDIS_HOST`, `REDIS_PORT` | its parts, where neither is set; the port may be left out: 6379 |
/// | `CACHE_REDIS_CA_FILE` | a file with the certificates, in PEM, of whom to trust instead of the system's authorities. It takes the feature `tls`, and `rediss` in the URL |
///
/// An empty variable is as one that is not set.
///
/// # Errors
/// Those of [`RedisTier::connect`], with the variable's name, and of [`cache_core::init_from_env`]. With a server named, also
/// [`ErrorKind::Cache`] where a process-wide cache is there already, since that one has no tier: call this before the
/// first cached call. The process-wide cache is then as it was.
///
/// # Cancel safety
/// Dropped before it is ready, it has made no cache.
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), cache_redis::Error> {
/// let cache = cache_redis::init_from_env().await?;
/// # drop(cache);
/// # Ok(())
/// # }
/// ```
pub async fn init_from_env() -> Result<Cache, Error> {
    Ok(match RedisTier::from_env().await? {
        None => cache_core::init_from_env()?,
        Some(tier) => cache_core::init_from_env_with(|builder| builder.shared(tier))?,
    })
}

#[cfg(feature = "tls")]
async fn trusting(url: &str, file: &str) -> Result<RedisTier, Error> {
    let unreadable = |error| Error::new(ErrorKind::Certificates, format!("{file:?} cannot be read: {error}"));
    let root_cert = Some(std::fs::read(file).map_err(unreadable)?);
    RedisTier::connect_with_certificates(url, redis::TlsCertificates { client_tls: None, root_cert }).await
}

#[cfg(not(feature = "tls"))]
async fn trusting(_: &str, _: &str) -> Result<RedisTier, Error> {
    Err(Error::new(ErrorKind::Certificates, "certificates take the feature `tls` of `cache-redis`"))
}

/// The text of a variable; none where it is not set, or empty.
fn text(name: &str, read: impl Fn(&str) -> Result<String, VarError>) -> Result<Option<String>, Error> {
    match read(name) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::new(ErrorKind::InvalidUrl, "it is not Unicode").of_variable(name)),
    }
}

/// The server's URL, and the variable that it is from.
fn server(read: impl Fn(&str) -> Result<String, VarError>) -> Result<Option<(&'static str, String)>, Error> {
    let read = |name: &'static str| text(name, &read);
    for variable in URLS {
        if let Some(url) = read(variable)? {
            return Ok(Some((variable, url)));
        }
    }
    let Some(host) = read(HOST)? else { return Ok(None) };
    let port = match read(PORT)? {
        None => 6379,
        Some(text) => text.parse::<u16>().map_err(|error| {
            Error::new(ErrorKind::InvalidUrl, format!("{text:?} is no port: {error}")).of_variable(PORT)
        })?,
    };
    // An address with colons has to be told from its port.
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
    Ok(Some((HOST, format!("redis://{host}:{port}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Option<(&'static str, String)>, Error> {
        let found = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        server(|name| found(name).ok_or(VarError::NotPresent))
    }

    #[test]
    fn the_first_variable_that_is_set_names_the_server() {
        assert_eq!(of(&[]).unwrap(), None);
        let all = [("REDIS_HOST", "h"), ("REDIS_URL", "redis://b"), ("CACHE_REDIS_URL", "redis://a")];
        assert_eq!(of(&all).unwrap(), Some(("CACHE_REDIS_URL", "redis://a".into())));
        assert_eq!(of(&all[..2]).unwrap(), Some(("REDIS_URL", "redis://b".into())));
        assert_eq!(of(&all[..1]).unwrap(), Some(("REDIS_HOST", "redis://h:6379".into())));
        assert_eq!(of(&[("REDIS_HOST", "::1"), ("REDIS_PORT", "7")]).unwrap().unwrap().1, "redis://[::1]:7");
        assert_eq!(of(&[("CACHE_REDIS_URL", " "), ("REDIS_PORT", "7")]).unwrap(), None);
    }

    #[test]
    fn a_port_that_is_none_names_its_variable() {
        let error = of(&[("REDIS_HOST", "h"), ("REDIS_PORT", "many")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUrl);
        assert!(error.to_string().starts_with("REDIS_PORT: \"many\" is no port"), "{error}");
    }
}
