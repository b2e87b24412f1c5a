//! The way to the servers: one connection to each, multiplexed, made anew when it breaks.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Client, Cmd, ConnectionInfo, FromRedisValue, Pipeline, RedisError, RedisResult, Value, from_redis_value};
use tokio::runtime::{EnterGuard, Handle};

use crate::cluster::Cluster;
use crate::crowd::Crowd;
use crate::keys::Keys;
use crate::request::Request;
use crate::scripts::Invocation;
use crate::sentinel::Watched;
use crate::wire::{self, End, Session, Wire};

/// How long making a connection may take.
pub(crate) const CONNECTING: Duration = Duration::from_secs(2);
/// How long the server may take for one answer. The cache does not wait that long: this is for what runs beside callers.
pub(crate) const ANSWERING: Duration = Duration::from_secs(2);
/// How often a connection is tried again before those who wait for it are told.
const RETRIES: usize = 2;
const SHORTEST_REST: Duration = Duration::from_millis(20);
const LONGEST_REST: Duration = Duration::from_millis(500);
/// A peer that acknowledges nothing for so long is gone, and another connection is made.
const SILENCE: Duration = Duration::from_secs(10);
/// How many commands may wait to be written. Beyond that callers wait for room.
pub(crate) const WAITING: usize = 1_024;

/// A tier's way to its servers.
pub(crate) struct Link {
    /// None once it is closed.
    way: RwLock<Option<Way>>,
    /// What another manager is made of; none where the application handed its own in.
    client: Option<Client>,
    /// Where connections and timers run, so that callers need not be on that runtime.
    runtime: Option<Handle>,
    clustered: bool,
    /// The namespace that was asked for first, and its keys: there is seldom another.
    first: OnceLock<(String, Keys)>,
    crowd: Arc<Crowd>,
    pub(crate) place: Arc<str>,
}

#[derive(Clone)]
enum Way {
    Managed(ConnectionManager),
    /// To a master that sentinels name.
    Watched(Wire),
    Cluster(Arc<Cluster>),
}

impl Clone for Link {
    fn clone(&self) -> Self {
        Self {
            way: RwLock::new(self.way.read().clone()),
            client: self.client.clone(),
            runtime: self.runtime.clone(),
            clustered: self.clustered,
            first: self.first.clone(),
            crowd: Arc::default(),
            place: self.place.clone(),
        }
    }
}

impl Link {
    fn new(way: Way, client: Option<Client>, place: Arc<str>) -> Self {
        let clustered = matches!(way, Way::Cluster(_));
        let runtime = Handle::try_current().ok();
        Self {
            way: RwLock::new(Some(way)),
            client,
            runtime,
            clustered,
            first: OnceLock::new(),
            crowd: Arc::default(),
            place,
        }
    }

    /// Makes connections of its own, the first one when it is used.
    pub(crate) fn own(client: Client, place: Arc<str>) -> RedisResult<Self> {
        Ok(Self::new(Way::Managed(managed(&client)?), Some(client), place))
    }

    /// Follows a master wherever it is.
    pub(crate) fn watched(watched: Watched, runtime: Handle, place: Arc<str>) -> Self {
        Self::new(Way::Watched(Wire::new(End::Master(watched), runtime)), None, place)
    }

    pub(crate) fn clustered(nodes: &[ConnectionInfo], runtime: Handle, place: Arc<str>) -> RedisResult<Self> {
        Ok(Self::new(Way::Cluster(Arc::new(Cluster::new(nodes, runtime)?)), None, place))
    }

    /// Uses connections that the application makes.
    pub(crate) fn handed_in(manager: ConnectionManager) -> Self {
        Self::new(Way::Managed(manager), None, Arc::from("the application's server"))
    }

    /// Whether it makes its connections itself.
    pub(crate) fn is_own(&self) -> bool {
        self.client.is_some() || !matches!(&*self.way.read(), Some(Way::Managed(_)))
    }

    /// The keys of a namespace on these servers.
    pub(crate) fn keys(&self, namespace: &str) -> Keys {
        if self.clustered { Keys::in_cluster(namespace) } else { Keys::new(namespace) }
    }

    /// The same for who only reads them.
    pub(crate) fn keys_of(&self, namespace: &str) -> Cow<'_, Keys> {
        let (first, keys) = self.first.get_or_init(|| (namespace.to_owned(), self.keys(namespace)));
        if first == namespace { Cow::Borrowed(keys) } else { Cow::Owned(self.keys(namespace)) }
    }

    /// Uses the connections no more. They end when nobody else has them.
    pub(crate) fn close(&self) {
        let way = self.way.write().take();
        drop(way);
    }

    pub(crate) fn runtime(&self) -> Option<&Handle> {
        self.runtime.as_ref()
    }

    /// While this is kept, the thread is where the connection's timers are.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        let runtime = self.runtime.as_ref()?;
        // Mostly it is there, and to look is cheaper than to enter.
        let is_there = Handle::try_current().is_ok_and(|current| current.id() == runtime.id());
        (!is_there).then(|| runtime.enter())
    }

    fn way(&self) -> RedisResult<Way> {
        let closed = || RedisError::from((redis::ErrorKind::Client, "the tier is closed"));
        self.way.read().clone().ok_or_else(closed)
    }

    pub(crate) async fn send<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        self.ask(Request::Command(command)).await
    }

    pub(crate) async fn send_all<T: FromRedisValue>(&self, commands: &Pipeline) -> RedisResult<T> {
        self.ask(Request::Steps(commands)).await
    }

    pub(crate) async fn call<T: FromRedisValue>(&self, script: &Invocation<'_>) -> RedisResult<T> {
        self.ask(Request::Script(script)).await
    }

    /// What stands under a key, by `GET`; nothing, or an error, where it is of another type.
    pub(crate) async fn read(&self, key: String) -> RedisResult<Value> {
        let (way, reading) = (self.way()?, self.crowd.begin());
        let way = match (way, &self.runtime) {
            (Way::Managed(manager), Some(runtime)) if reading.is_in_company() => {
                return self.look_at(reading.together(key, manager, runtime).await);
            }
            (way, _) => way,
        };
        let mut command = Cmd::with_capacity(2, "GET".len() + key.len());
        command.arg("GET").arg(key);
        self.ask_by(way, Request::Command(&command)).await
    }

    async fn ask<T: FromRedisValue>(&self, request: Request<'_>) -> RedisResult<T> {
        Ok(from_redis_value(self.ask_by(self.way()?, request).await?)?)
    }

    async fn ask_by(&self, way: Way, request: Request<'_>) -> RedisResult<Value> {
        // All on the heap: a hit, which is a command to one server, is not to be moved about with room for the others.
        match (way, request) {
            (Way::Managed(mut manager), Request::Command(command)) => {
                let answer = manager.req_packed_command(command).await;
                self.look_at(answer.and_then(Value::extract_error))
            }
            (Way::Managed(mut manager), request) => self.look_at(Box::pin(request.over(&mut manager)).await),
            (Way::Watched(wire), request) => {
                Box::pin(async move { wire.session().await?.send(request, false).await }).await
            }
            (Way::Cluster(cluster), request) => Box::pin(cluster.send(request)).await,
        }
    }

    /// The connection that a walk through the keys takes; in a cluster see [`Self::cluster`].
    pub(crate) async fn walk(&self) -> RedisResult<Walk> {
        match self.way()? {
            Way::Managed(manager) => Ok(Walk::Managed(manager)),
            Way::Watched(wire) => Ok(Walk::Master(wire.session().await?)),
            Way::Cluster(_) => Err((redis::ErrorKind::Client, "a cluster is walked through by its nodes").into()),
        }
    }

    pub(crate) fn cluster(&self) -> RedisResult<Option<Arc<Cluster>>> {
        match self.way()? {
            Way::Cluster(cluster) => Ok(Some(cluster)),
            _ => Ok(None),
        }
    }

    /// A connection of its own to the server that has a key, for what would keep others waiting. Its answers may take as
    /// long as it says, or for ever. It is not made anew, and where the key moves its user is told by an error: then this
    /// is asked again.
    ///
    /// # Errors
    /// Where the application has handed in its own connections, nothing is known that another could be made of.
    pub(crate) async fn dedicated(&self, key: &str, answering: Option<Duration>) -> RedisResult<MultiplexedConnection> {
        match self.way()? {
            Way::Managed(_) => match &self.client {
                Some(client) => wire::connect(client, answering).await,
                None => Err((redis::ErrorKind::Client, "the application's connections cannot be made again").into()),
            },
            Way::Watched(wire) => wire.end().connect(answering).await,
            Way::Cluster(cluster) => cluster.dedicated(key, answering).await,
        }
    }

    /// A manager that was once refused stays so, though the server's passwords may have been mended since; and so does one
    /// that could not read what it was answered when it connected. On a connection of which something cannot be read,
    /// nobody knows whose the next answer is.
    fn look_at<T>(&self, answer: RedisResult<T>) -> RedisResult<T> {
        use redis::ErrorKind::{AuthenticationFailed, Parse, UnexpectedReturnType};
        if let Err(error) = &answer
            && matches!(error.kind(), AuthenticationFailed | Parse | UnexpectedReturnType)
            && let Some(client) = &self.client
            && let Ok(another) = managed(client)
        {
            let refused = self.way.write().as_mut().map(|way| std::mem::replace(way, Way::Managed(another)));
            drop(refused);
        }
        answer
    }
}

/// What the steps of a walk through a server's keys are sent over.
pub(crate) enum Walk {
    Managed(ConnectionManager),
    Master(Session),
    /// One of several, which has some of the keys.
    Node(Session),
}

impl Walk {
    pub(crate) async fn send_all<T: FromRedisValue>(&mut self, steps: &Pipeline) -> RedisResult<T> {
        match self {
            Self::Managed(manager) => steps.query_async(manager).await,
            Self::Master(session) | Self::Node(session) => session.send_all(steps).await,
        }
    }
}

/// Commands are not held back to fill packets, and a peer that is gone without a word is noticed.
pub(crate) fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(TcpKeepalive::new().with_time(SILENCE));
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(SILENCE);
    settings
}

/// A manager of connections, none of which is made yet.
fn managed(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(Some(ANSWERING))
        .set_number_of_retries(RETRIES)
        .set_min_delay(SHORTEST_REST)
        .set_max_delay(LONGEST_REST)
        .set_pipeline_buffer_size(WAITING);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
