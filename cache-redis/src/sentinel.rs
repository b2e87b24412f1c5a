//! Which server is the master, as sentinels say it.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use redis::aio::MultiplexedConnection;
use redis::{Client, ConnectionInfo, RedisError, RedisResult, Value, cmd};
use tokio::time::timeout;

use crate::address::at;
use crate::hello::connect;
use crate::link::{ANSWERING, CONNECTING};
use crate::slots::Node;

/// A master that sentinels watch.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) sentinels: Vec<ConnectionInfo>,
    pub(crate) name: String,
    /// How servers are reached; the address in it is none.
    pub(crate) server: ConnectionInfo,
}

/// Where a sentinel says that the master is.
struct Said {
    master: Node,
    /// The newest of all sentinels is right: each failover has a number of its own.
    epoch: u64,
}

/// Why there is no connection to a master.
pub(crate) enum Missing {
    /// From sentinels; the text says which one.
    Sentinel(String, RedisError),
    Master(RedisError),
}

impl Watched {
    /// A connection to the master, which says itself that it is one.
    pub(crate) async fn connect(&self, answering: Option<Duration>) -> RedisResult<MultiplexedConnection> {
        self.reach(answering).await.map_err(|missing| match missing {
            Missing::Sentinel(_, error) | Missing::Master(error) => error,
        })
    }

    pub(crate) async fn reach(&self, answering: Option<Duration>) -> Result<MultiplexedConnection, Missing> {
        let master = self.master().await.map_err(|(place, error)| Missing::Sentinel(place, error))?;
        self.master_at(&master, answering).await.map_err(Missing::Master)
    }

    async fn master_at(&self, master: &Node, answering: Option<Duration>) -> RedisResult<MultiplexedConnection> {
        let client = Client::open(at(&self.server, master))?;
        let mut connection = connect(&client, answering).await?;
        let role: Vec<Value> =
            timeout(ANSWERING, cmd("ROLE").query_async(&mut connection)).await.map_err(|_| late())??;
        match role.first() {
            Some(Value::BulkString(role)) if role == b"master" => Ok(connection),
            // The sentinels have not heard of it yet.
            _ => Err((redis::ErrorKind::Io, "the server that sentinels name is no master").into()),
        }
    }

    /// What the sentinel says that knows the latest failover. As soon as most of them have answered, the others are not
    /// waited for.
    async fn master(&self) -> Result<Node, (String, RedisError)> {
        let mut asked: FuturesUnordered<_> = self
            .sentinels
            .iter()
            .map(|sentinel| async move {
                let answer = timeout(CONNECTING, self.ask(sentinel)).await.unwrap_or_else(|_| Err(late()));
                (sentinel.addr().to_string(), answer)
            })
            .collect();
        let (mut answers, mut best, mut refusal, mut failure) = (0, None::<Said>, None, None);
        while let Some((place, answer)) = asked.next().await {
            match answer {
                Ok(said) => {
                    answers += 1;
                    if best.as_ref().is_none_or(|best| best.epoch < said.epoch) {
                        best = Some(said);
                    }
                }
                // One that has answered says more than one that is away.
                Err(error) if error.code().is_some() => refusal = Some((place, error)),
                Err(error) => failure = Some((place, error)),
            }
            if answers * 2 > self.sentinels.len() {
                break;
            }
        }
        match best {
            Some(said) => Ok(said.master),
            None => Err(refusal.or(failure).unwrap_or_else(|| (self.name.clone(), late()))),
        }
    }

    async fn ask(&self, sentinel: &ConnectionInfo) -> RedisResult<Said> {
        let client = Client::open(sentinel.clone())?;
        let mut connection = connect(&client, Some(ANSWERING)).await?;
        let facts: HashMap<String, String> =
            cmd("SENTINEL").arg("MASTER").arg(&self.name).query_async(&mut connection).await?;
        let fact = |name: &str| facts.get(name).cloned().unwrap_or_default();
        let unreadable = || RedisError::from((redis::ErrorKind::UnexpectedReturnType, "the sentinel names no address"));
        Ok(Said {
            master: Node { host: fact("ip"), port: fact("port").parse().map_err(|_| unreadable())? },
            epoch: fact("config-epoch").parse().unwrap_or(0),
        })
    }
}

fn late() -> RedisError {
    (redis::ErrorKind::Io, "it took too long").into()
}
