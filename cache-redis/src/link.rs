//! The connection: one, multiplexed, made anew when it breaks.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation};
use tokio::runtime::Handle;

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
const WAITING: usize = 1_024;

/// A tier's way to the server.
pub(crate) struct Link {
    /// None once it is closed.
    manager: RwLock<Option<ConnectionManager>>,
    /// What another manager is made of; none where the application handed its own in.
    client: Option<Client>,
    /// Where connections and timers run, so that callers need not be on that runtime.
    runtime: Option<Handle>,
    pub(crate) place: Arc<str>,
}

impl Clone for Link {
    fn clone(&self) -> Self {
        let (client, runtime, place) = (self.client.clone(), self.runtime.clone(), self.place.clone());
        Self { manager: RwLock::new(self.manager.read().clone()), client, runtime, place }
    }
}

impl Link {
    /// Makes connections of its own, the first one when it is used.
    pub(crate) fn own(client: Client, place: Arc<str>) -> RedisResult<Self> {
        let manager = RwLock::new(Some(managed(&client)?));
        Ok(Self { manager, client: Some(client), runtime: Handle::try_current().ok(), place })
    }

    /// Uses connections that the application makes.
    pub(crate) fn handed_in(manager: ConnectionManager) -> Self {
        let runtime = Handle::try_current().ok();
        Self {
            manager: RwLock::new(Some(manager)),
            client: None,
            runtime,
            place: Arc::from("the application's server"),
        }
    }

    /// Whether it makes its connections itself.
    pub(crate) fn is_own(&self) -> bool {
        self.client.is_some()
    }

    /// A connection for one who waits for an answer for so long.
    pub(crate) async fn dedicated(&self, wait: Duration) -> RedisResult<MultiplexedConnection> {
        let other = || RedisError::from((redis::ErrorKind::Client, "the connections are the application's"));
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(wait + ANSWERING));
        self.client.as_ref().ok_or_else(other)?.get_multiplexed_async_connection_with_config(&config).await
    }

    /// Uses the connection no more. It ends when nobody else has it.
    pub(crate) fn close(&self) {
        let manager = self.manager.write().take();
        drop(manager);
    }

    pub(crate) fn runtime(&self) -> Option<&Handle> {
        self.runtime.as_ref()
    }

    /// Runs a future where the connection's timers are.
    pub(crate) async fn within<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _inside = self.runtime.as_ref().map(Handle::enter);
            future.as_mut().poll(context)
        })
        .await
    }

    fn manager(&self) -> RedisResult<ConnectionManager> {
        let closed = || RedisError::from((redis::ErrorKind::Client, "the tier is closed"));
        self.manager.read().clone().ok_or_else(closed)
    }

    pub(crate) async fn send<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let answer = command.query_async(&mut self.manager()?).await;
        self.look_at(answer)
    }

    pub(crate) async fn send_all<T: FromRedisValue>(&self, commands: &Pipeline) -> RedisResult<T> {
        let answer = commands.query_async(&mut self.manager()?).await;
        self.look_at(answer)
    }

    pub(crate) async fn call<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let answer = script.invoke_async(&mut self.manager()?).await;
        self.look_at(answer)
    }

    /// A manager that was once refused stays so, though the server's passwords may have been mended since.
    fn look_at<T>(&self, answer: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &answer
            && error.kind() == redis::ErrorKind::AuthenticationFailed
            && let Some(client) = &self.client
            && let Ok(another) = managed(client)
        {
            let refused = self.manager.write().as_mut().map(|manager| std::mem::replace(manager, another));
            drop(refused);
        }
        answer
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
