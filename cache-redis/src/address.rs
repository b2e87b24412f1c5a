//! What a URL asks for.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError};

use crate::error::{Error, ErrorKind};
use crate::link::tcp;
use crate::sentinel::Watched;
use crate::slots::Node;

/// The port of a sentinel that names none.
const SENTINEL: u16 = 26_379;

/// Where a tier is to be.
pub(crate) enum Target {
    Server(ConnectionInfo),
    /// The nodes that are asked at first.
    Cluster(Vec<ConnectionInfo>),
    Sentinel(Watched),
}

impl Target {
    /// Of a URL. No error quotes it.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let Some((scheme, rest)) = url.split_once("://") else { return Ok(Self::Server(server(url)?)) };
        if let Some(scheme) = scheme.strip_suffix("-cluster") {
            return cluster(scheme, rest);
        }
        match scheme.strip_suffix("-sentinel") {
            Some(scheme) => sentinel(scheme, rest),
            None => Ok(Self::Server(server(url)?)),
        }
    }

    /// Every connection that it speaks of, to be changed.
    #[cfg(feature = "tls")]
    pub(crate) fn each(self, change: impl Fn(ConnectionInfo) -> Result<ConnectionInfo, Error>) -> Result<Self, Error> {
        let all = |several: Vec<ConnectionInfo>| several.into_iter().map(&change).collect::<Result<_, _>>();
        Ok(match self {
            Self::Server(server) => Self::Server(change(server)?),
            Self::Cluster(nodes) => Self::Cluster(all(nodes)?),
            Self::Sentinel(Watched { sentinels, name, server }) => {
                Self::Sentinel(Watched { sentinels: all(sentinels)?, name, server: change(server)? })
            }
        })
    }

    /// How it is called where something is said about it.
    pub(crate) fn place(&self) -> String {
        let all = |several: &[ConnectionInfo]| {
            several.iter().map(|information| information.addr().to_string()).collect::<Vec<_>>().join(",")
        };
        match self {
            Self::Server(server) => server.addr().to_string(),
            Self::Cluster(nodes) => format!("the cluster of {}", all(nodes)),
            Self::Sentinel(watched) => format!("the master {:?} of {}", watched.name, all(&watched.sentinels)),
        }
    }
}

/// The same settings, at another address.
pub(crate) fn at(settings: &ConnectionInfo, node: &Node) -> ConnectionInfo {
    let (host, port) = (node.host.clone(), node.port);
    settings.clone().set_addr(match settings.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => ConnectionAddr::Tcp(host, port),
    })
}

fn server(url: &str) -> Result<ConnectionInfo, Error> {
    read(url, "`redis://host:6379/0`")
}

fn read(url: &str, form: &str) -> Result<ConnectionInfo, Error> {
    match url.into_connection_info() {
        Ok(information) => Ok(newest(information.set_tcp_settings(tcp()), url)),
        Err(error) => Err(invalid(&because(&error), form)),
    }
}

/// A URL that names no protocol leaves the choice to the server.
fn newest(information: ConnectionInfo, url: &str) -> ConnectionInfo {
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    if query.split(['&', '#']).any(|pair| pair.starts_with("protocol=")) {
        return information;
    }
    let settings = information.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    information.set_redis_settings(settings)
}

/// What an error says without its details, which may quote the URL.
pub(crate) fn because(error: &RedisError) -> String {
    error.detail().map_or_else(|| error.to_string(), |detail| error.to_string().replace(detail, "…"))
}

pub(crate) fn invalid(why: &str, form: &str) -> Error {
    let what = format!(
        "the URL of the Redis server cannot be used ({why}): write {form}; `rediss` for `redis` takes the feature `tls` of \
         `cache-redis`"
    );
    Error::new(ErrorKind::InvalidUrl, what)
}

/// `[user:password@]host[:port][,host[:port]…][/path][?query][#fragment]`.
struct Parts<'u> {
    credentials: &'u str,
    hosts: Vec<&'u str>,
    path: &'u str,
    query: &'u str,
    fragment: &'u str,
}

fn parts<'u>(rest: &'u str, form: &str) -> Result<Parts<'u>, Error> {
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let hosts: Vec<&str> = hosts.split(',').map(str::trim).collect();
    if hosts.iter().any(|host| host.is_empty()) {
        return Err(invalid("a host is missing", form));
    }
    Ok(Parts { credentials, hosts, path, query, fragment })
}

fn url(scheme: &str, credentials: &str, host: &str, rest: &str, query: &str, fragment: &str) -> String {
    let after = |sign: &str, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
    let at = if credentials.is_empty() { "" } else { "@" };
    format!("{scheme}://{credentials}{at}{host}/{rest}{}{}", after("?", query), after("#", fragment))
}

fn cluster(scheme: &str, rest: &str) -> Result<Target, Error> {
    let form = "`redis-cluster://user:password@host:6379,host:6379`";
    let Parts { credentials, hosts, path, query, fragment } = parts(rest, form)?;
    if !matches!(path, "" | "0") {
        return Err(invalid("a cluster has no databases", form));
    }
    let node = |host: &&str| read(&url(scheme, credentials, host, "", query, fragment), form);
    Ok(Target::Cluster(hosts.iter().map(node).collect::<Result<_, _>>()?))
}

fn sentinel(scheme: &str, rest: &str) -> Result<Target, Error> {
    let form = "`redis-sentinel://user:password@host:26379,host:26379/name-of-the-master/0`";
    let Parts { credentials, hosts, path, query, fragment } = parts(rest, form)?;
    let (name, database) = path.split_once('/').unwrap_or((path, ""));
    if name.is_empty() {
        return Err(invalid("the name of the master is missing", form));
    }
    let (mut user, mut password, mut others) = ("", "", Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sentinel_user", value)) => user = value,
            Some(("sentinel_password", value)) => password = value,
            _ => others.push(pair),
        }
    }
    let query = others.join("&");
    let own = if password.is_empty() { user.to_owned() } else { format!("{user}:{password}") };
    let sentinel = |host: &&str| {
        let named = if host.ends_with(']') { None } else { host.rsplit_once(':') };
        let host = if named.is_some() { (*host).to_owned() } else { format!("{host}:{SENTINEL}") };
        read(&url(scheme, &own, &host, "", &query, fragment), form)
    };
    let sentinels = hosts.iter().map(sentinel).collect::<Result<_, _>>()?;
    // Any host: sentinels say where the master is.
    let server = read(&url(scheme, credentials, "master.invalid", database, &query, fragment), form)?;
    Ok(Target::Sentinel(Watched { sentinels, name: name.to_owned(), server }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_hosts_shares_what_stands_around_it() {
        let Ok(Target::Cluster(nodes)) = Target::parse("redis-cluster://u%40:p%2Cq@a:1,[::1],b/?protocol=3") else {
            panic!("no cluster")
        };
        let addresses: Vec<String> = nodes.iter().map(|node| node.addr().to_string()).collect();
        assert_eq!(addresses, ["a:1", "::1:6379", "b:6379"]);
        for node in &nodes {
            assert_eq!(node.redis_settings().username(), Some("u@"));
            assert_eq!(node.redis_settings().password(), Some("p,q"));
            assert!(matches!(node.redis_settings().protocol(), redis::ProtocolVersion::RESP3));
        }
        let another = at(&nodes[0], &Node { host: "c".to_owned(), port: 9 });
        assert_eq!((another.addr().to_string().as_str(), another.redis_settings().username()), ("c:9", Some("u@")));
    }

    #[test]
    fn a_protocol_that_is_named_is_kept_to() {
        let spoken = |url: &str| match Target::parse(url) {
            Ok(Target::Server(server)) => server.redis_settings().protocol(),
            Ok(Target::Cluster(nodes)) => nodes[0].redis_settings().protocol(),
            Ok(Target::Sentinel(watched)) => {
                assert_eq!(
                    watched.server.redis_settings().protocol(),
                    watched.sentinels[0].redis_settings().protocol()
                );
                watched.server.redis_settings().protocol()
            }
            Err(error) => panic!("{error}"),
        };
        for url in
            ["redis://a", "redis://:protocol=2@a/3", "redis-cluster://a,b", "redis-sentinel://a/main", "unix:///a"]
        {
            assert_eq!(spoken(url), ProtocolVersion::RESP3, "{url}");
        }
        for url in ["redis://a?protocol=2", "redis-cluster://a/?protocol=resp2", "redis-sentinel://a/main?protocol=2"] {
            assert_eq!(spoken(url), ProtocolVersion::RESP2, "{url}");
        }
    }

    #[test]
    fn sentinels_have_credentials_of_their_own() {
        let url = "redis-sentinel://u:p@a,b:5/main/3?sentinel_password=s&sentinel_user=w";
        let Ok(Target::Sentinel(watched)) = Target::parse(url) else { panic!("no sentinel") };
        let addresses: Vec<String> = watched.sentinels.iter().map(|node| node.addr().to_string()).collect();
        assert_eq!((watched.name.as_str(), addresses.join(" ").as_str()), ("main", "a:26379 b:5"));
        let (sentinel, server) = (watched.sentinels[0].redis_settings(), watched.server.redis_settings());
        assert_eq!((sentinel.username(), sentinel.password(), sentinel.db()), (Some("w"), Some("s"), 0));
        assert_eq!((server.username(), server.password(), server.db()), (Some("u"), Some("p"), 3));
        let Ok(Target::Sentinel(bare)) = Target::parse("redis-sentinel://[::1]/main") else { panic!("no sentinel") };
        assert_eq!(bare.sentinels[0].addr().to_string(), "::1:26379");
        assert_eq!(bare.sentinels[0].redis_settings().password(), None);
    }

    #[test]
    fn what_cannot_be_says_what_can() {
        for (url, why) in [
            ("redis-cluster://", "redis-cluster://user:password@host"),
            ("redis-cluster://secret:secret@", "a host is missing"),
            ("redis-cluster://secret@a,,b", "a host is missing"),
            ("redis-cluster://:secret@a/3", "no databases"),
            ("redis-cluster://:secret@a:secret", "redis-cluster://user"),
            ("secret-cluster://a", "redis-cluster://user"),
            ("redis-sentinel://:secret@a", "name of the master"),
            ("redis-sentinel://:secret@a//3", "name of the master"),
            ("redis-sentinel://:secret@a/main/secret", "redis-sentinel://user"),
            ("redis-sentinel:///main", "a host is missing"),
            ("secret", "redis://host:6379/0"),
        ] {
            let Err(error) = Target::parse(url) else { panic!("{url}") };
            assert_eq!(error.kind(), ErrorKind::InvalidUrl);
            let text = format!("{error} {error:?}");
            assert!(text.contains(why) && !text.contains("secret"), "{text}");
        }
    }
}
