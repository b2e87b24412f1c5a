//! What waiting would not mend, found out before the first use.

use std::fmt;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use redis::aio::MultiplexedConnection;
use redis::{Client, ConnectionInfo, RedisError, RedisResult, Value, cmd};
use tokio::time::timeout;

use crate::address::Target;
use crate::error::{Error, ErrorKind, IS_CLUSTER, is_answer};
use crate::hello::connect;
use crate::link::{ANSWERING, CONNECTING};
use crate::sentinel::{Missing, Watched};

/// Fails for what waiting does not mend. A server that does not answer is a warning.
pub(crate) async fn try_out(target: &Target) -> Result<(), Error> {
    match target {
        Target::Server(server) => settle(bounded(try_server(server)).await, &target.place()),
        Target::Cluster(nodes) => try_cluster(nodes, &target.place()).await,
        Target::Sentinel(watched) => try_sentinel(watched, &target.place()).await,
    }
}

async fn bounded<T>(work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let late = |_| Err((redis::ErrorKind::Io, "it took too long").into());
    timeout(CONNECTING + ANSWERING, work).await.unwrap_or_else(late)
}

async fn try_server(server: &ConnectionInfo) -> RedisResult<()> {
    let mut connection = connect(&Client::open(server.clone())?, Some(ANSWERING)).await?;
    ping(&mut connection).await?;
    // Of two slots: a node refuses that, whichever slots it has. No one else minds.
    match cmd("MGET").arg("cache:{a}").arg("cache:{b}").query_async::<Value>(&mut connection).await {
        Err(error) if error.code() == Some("NOPERM") => Ok(()),
        answer => answer.map(drop),
    }
}

async fn ping(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    match cmd("PING").query_async(connection).await {
        // Whoever may not PING was let in.
        Err(error) if error.code() == Some("NOPERM") => Ok(()),
        answer => answer,
    }
}

/// One node that lets the tier in is enough.
async fn try_cluster(nodes: &[ConnectionInfo], place: &str) -> Result<(), Error> {
    let mut tried: FuturesUnordered<_> = nodes
        .iter()
        .map(|node| async move {
            let tried = async {
                let mut connection = connect(&Client::open(node.clone())?, Some(ANSWERING)).await?;
                cmd("CLUSTER").arg("SLOTS").query_async::<Value>(&mut connection).await.map(drop)
            };
            (node.addr().to_string(), bounded(tried).await)
        })
        .collect();
    let mut why = None;
    while let Some((node, tried)) = tried.next().await {
        let Err(error) = tried else { return Ok(()) };
        if let Some(error) = lasting(&error, &node) {
            return Err(error);
        }
        why = Some(error);
    }
    away(place, &why.map(|error| error.to_string()).unwrap_or_default());
    Ok(())
}

async fn try_sentinel(watched: &Watched, place: &str) -> Result<(), Error> {
    let reached = async { Ok(watched.reach(Some(ANSWERING)).await) };
    match bounded(reached).await {
        Ok(Ok(mut connection)) => settle(bounded(ping(&mut connection)).await, place),
        Ok(Err(Missing::Master(error))) => settle(Err(error), place),
        Ok(Err(Missing::Sentinel(sentinel, error))) => {
            let text = error.to_string();
            if text.contains("No such master") {
                let what = format!("the sentinel at {sentinel} knows no master {:?}", watched.name);
                return Err(Error::new(ErrorKind::Refused, what));
            }
            if text.contains("unknown command") {
                let what = format!("the server at {sentinel} is no sentinel: write `redis://` for `redis-sentinel://`");
                return Err(Error::new(ErrorKind::Refused, what));
            }
            settle(Err(error), &sentinel).map_err(|error| match error.kind() {
                ErrorKind::Credentials => {
                    let what = format!("{error}: sentinels have their own, `?sentinel_user=…&sentinel_password=…`");
                    Error::new(ErrorKind::Credentials, what)
                }
                _ => error,
            })
        }
        Err(late) => settle(Err(late), place),
    }
}

fn settle(tried: RedisResult<()>, place: &str) -> Result<(), Error> {
    let Err(error) = tried else { return Ok(()) };
    match lasting(&error, place) {
        Some(error) => Err(error),
        None => {
            away(place, &error);
            Ok(())
        }
    }
}

fn away(server: &str, why: &dyn fmt::Display) {
    tracing::warn!(target: "cache", server, error = %why, "Redis does not answer: the cache begins without it");
}

/// What will be so tomorrow.
fn lasting(error: &RedisError, place: &str) -> Option<Error> {
    let text = error.to_string();
    let refused = |what: &str| Some(Error::new(ErrorKind::Refused, format!("the Redis server at {place} {what}")));
    match (error.kind(), error.code()) {
        (redis::ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS" | "NOAUTH")) => {
            let what = format!("the Redis server at {place} does not take the user name and password of the URL");
            Some(Error::new(ErrorKind::Credentials, what))
        }
        (_, Some("CROSSSLOT" | "MOVED" | "CLUSTERDOWN")) => refused(&format!("refuses: {IS_CLUSTER}")),
        _ if text.contains("cluster support disabled") => {
            refused("is no node of a cluster: write `redis://` for `redis-cluster://`")
        }
        _ if text.contains("SELECT is not allowed in cluster mode") => refused(&format!("refuses: {IS_CLUSTER}")),
        _ if text.contains("invalid peer certificate") => {
            let what = format!("the certificate of the Redis server at {place} is not trusted: {text}");
            Some(Error::new(ErrorKind::Certificates, what))
        }
        _ if is_answer(error) => refused(&format!("refuses: {error}")),
        _ => None,
    }
}
