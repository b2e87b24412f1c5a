//! The way to the servers: one connection to each, multiplexed, made anew when it breaks.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;
use redis::aio::{ConnectionLike, ConnectionManager, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Cmd, ConnectionInfo, FromRedisValue, Pipeline, RedisError, RedisResult, Value, from_redis_value};
use tokio::runtime::{EnterGuard, Handle};

use crate::cluster::Cluster;
use crate::crowd::Crowd;
use crate::keys::Keys;
use crate::request::Request;
use crate::scripts::Invocation;
use crate::wire::{End, Session, Wire};

/// How long making a connection may take.
pub(crate) const CONNECTING: Duration = Duration::from_secs(2);
/// How long the server may take for one answer. The cache does not wait that long: this is for what runs beside callers.
pub(crate) const ANSWERING: Duration = Duration::from_secs(2);
/// A peer that acknowledges nothing for so long is gone, and another connection is made.
const SILENCE: Duration = Duration::from_secs(10);
/// How many commands may wait to be written. Beyond that callers wait for room.
pub(crate) const WAITING: usize = 1_024;

/// A tier's way to its servers.
pub(crate) struct Link {
    /// None once it is closed.
    way: RwLock<Option<Way>>,
    /// Where connections and timers run, so that callers need not be on that runtime.
    runtime: Option<Handle>,
    clustered: bool,
    /// The namespace that was asked for first, and its keys: there is seldom another.
    first: OnceLock<(String, Keys)>,
    crowd: Arc<Crowd>,
    pub(crate) place: Arc<str>,
}

#[derive(Clone)]
pub(crate) enum Way {
    HandedIn(ConnectionManager),
    Wire(Wire),
    Cluster(Arc<Cluster>),
}

impl Clone for Link {
    fn clone(&self) -> Self {
        Self {
            way: RwLock::new(self.way.read().clone()),
            runtime: self.runtime.clone(),
            clustered: self.clustered,
            first: self.first.clone(),
            crowd: Arc::default(),
            place: self.place.clone(),
        }
    }
}

impl Link {
    fn new(way: Way, place: Arc<str>) -> Self {
        let clustered = matches!(way, Way::Cluster(_));
        let runtime = Handle::try_current().ok();
        let (first, crowd) = (OnceLock::new(), Arc::default());
        Self { way: RwLock::new(Some(way)), runtime, clustered, first, crowd, place }
    }

    /// One server, or a master wherever it is. The connection is made when it is used.
    pub(crate) fn to(end: End, runtime: Handle, place: Arc<str>) -> Self {
        Self::new(Way::Wire(Wire::new(end, runtime)), place)
    }

    pub(crate) fn clustered(nodes: &[ConnectionInfo], runtime: Handle, place: Arc<str>) -> RedisResult<Self> {
        Ok(Self::new(Way::Cluster(Arc::new(Cluster::new(nodes, runtime)?)), place))
    }

    /// Uses connections that the application makes.
    pub(crate) fn handed_in(manager: ConnectionManager) -> Self {
        Self::new(Way::HandedIn(manager), Arc::from("the application's server"))
    }

    /// Whether it makes its connections itself.
    pub(crate) fn is_own(&self) -> bool {
        !matches!(&*self.way.read(), Some(Way::HandedIn(_)))
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
        if let (Way::HandedIn(_) | Way::Wire(_), Some(runtime)) = (&way, &self.runtime)
            && reading.is_in_company()
        {
            return reading.together(key, way, runtime).await;
        }
        let mut command = Cmd::with_capacity(2, "GET".len() + key.len());
        command.arg("GET").arg(key);
        way.ask(Request::Command(&command)).await
    }

    async fn ask<T: FromRedisValue>(&self, request: Request<'_>) -> RedisResult<T> {
        Ok(from_redis_value(self.way()?.ask(request).await?)?)
    }

    /// The connection that a walk through the keys takes; in a cluster see [`Self::cluster`].
    pub(crate) async fn walk(&self) -> RedisResult<Walk> {
        match self.way()? {
            Way::HandedIn(manager) => Ok(Walk::HandedIn(manager)),
            Way::Wire(wire) => Ok(Walk::One(wire.session().await?)),
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
            Way::HandedIn(_) => {
                Err((redis::ErrorKind::Client, "the application's connections cannot be made again").into())
            }
            Way::Wire(wire) => wire.end().connect(answering).await,
            Way::Cluster(cluster) => cluster.dedicated(key, answering).await,
        }
    }
}

impl Way {
    pub(crate) async fn ask(self, request: Request<'_>) -> RedisResult<Value> {
        // All but a command to one server, which a hit is, on the heap: a hit is not to be moved about with room for the others.
        match (self, request) {
            (Self::HandedIn(mut manager), Request::Command(command)) => {
                manager.req_packed_command(command).await.and_then(Value::extract_error)
            }
            (Self::HandedIn(mut manager), request) => Box::pin(request.over(&mut manager)).await,
            (Self::Wire(wire), Request::Command(command)) => wire.session().await?.command(command).await,
            (Self::Wire(wire), request) => {
                Box::pin(async move { wire.session().await?.send(request, false).await }).await
            }
            (Self::Cluster(cluster), request) => Box::pin(cluster.send(request)).await,
        }
    }
}

/// What the steps of a walk through a server's keys are sent over.
pub(crate) enum Walk {
    HandedIn(ConnectionManager),
    One(Session),
    /// One of several, which has some of the keys.
    Node(Session),
}

impl Walk {
    pub(crate) async fn send_all<T: FromRedisValue>(&mut self, steps: &Pipeline) -> RedisResult<T> {
        match self {
            Self::HandedIn(manager) => steps.query_async(manager).await,
            Self::One(session) | Self::Node(session) => session.send_all(steps).await,
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
