//! One connection to one server: made when it is used, and made anew, from the beginning, when it broke.
//!
//! It knows nothing of reconnecting in place: whoever finds it broken asks again where the server is. A command is sent
//! once. What was on its way when a connection broke may have been done, so it is its caller who decides about trying again.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Client, Cmd, FromRedisValue, Pipeline, RedisError, RedisResult, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::error::{is_gone, is_replica, is_unreadable};
use crate::hello::connect;
use crate::link::{ANSWERING, CONNECTING};
use crate::request::Request;
use crate::sentinel::Watched;

/// How long callers wait for a server that could not be reached before, while it is tried again.
const PATIENCE: Duration = Duration::from_millis(100);
/// A server that answered none of so many requests, for so long, stands still. Another one may have taken its place: who is
/// connected to it would not be told.
const UNANSWERED: u32 = 3;
const SILENT: Duration = Duration::from_secs(1);
const SHORTEST_REST: Duration = Duration::from_millis(20);
const LONGEST_REST: Duration = Duration::from_millis(500);

/// Whom a wire leads to.
pub(crate) enum End {
    /// One that nobody takes the place of: whoever waits for it does not lose by keeping the connection.
    Server(Client),
    /// One of a cluster.
    Node(Client),
    /// The master that sentinels name, asked anew for each connection.
    Master(Watched),
}

impl End {
    /// A connection whose answers may take so long; for ever without a bound.
    pub(crate) async fn connect(&self, answering: Option<Duration>) -> RedisResult<MultiplexedConnection> {
        match self {
            Self::Server(client) | Self::Node(client) => connect(client, answering).await,
            Self::Master(watched) => watched.connect(answering).await,
        }
    }
}

/// Clones are the same wire.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

struct Inner {
    end: End,
    runtime: Handle,
    /// Held for no longer than it takes to look at it.
    state: Mutex<State>,
}

enum State {
    /// Nothing is known against it.
    Idle,
    /// A task makes it, so that callers who lose their patience take nothing with them.
    Making {
        made: watch::Receiver<Option<RedisResult<Connected>>>,
        failed: Option<RedisError>,
    },
    Made(Connected),
    Resting {
        error: RedisError,
        until: Instant,
        rest: Duration,
    },
}

/// A connection, and what is known of it: which says which one it is, too.
#[derive(Clone)]
struct Connected {
    connection: MultiplexedConnection,
    silence: Arc<Mutex<Silence>>,
}

/// Requests in a row that were not answered.
#[derive(Default)]
struct Silence {
    requests: u32,
    since: Option<Instant>,
}

/// A request on its way. Callers have less patience than the connection: they leave it without an answer.
struct Asked<'s> {
    session: &'s Session,
    at: Instant,
    answered: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut silence = self.session.connected.silence.lock();
        if self.answered {
            *silence = Silence::default();
            return;
        }
        if self.at.elapsed() < PATIENCE {
            return;
        }
        silence.requests += 1;
        let since = *silence.since.get_or_insert(self.at);
        let replaced = !matches!(self.session.wire.end(), End::Server(_));
        let gone = replaced && silence.requests >= UNANSWERED && since.elapsed() >= SILENT;
        drop(silence);
        if gone {
            self.session.wire.give_up(&self.session.connected);
        }
    }
}

/// A connection as it is now: once it breaks, all that is sent over it fails, until its user takes another.
pub(crate) struct Session {
    wire: Wire,
    connected: Connected,
}

impl Session {
    /// Sends a request, to a node that is taking over its slot if it is `ahead`.
    pub(crate) async fn send(&self, request: Request<'_>, ahead: bool) -> RedisResult<Value> {
        let mut connection = self.connected.connection.clone();
        let answer =
            async { if ahead { request.ahead(&mut connection).await } else { request.over(&mut connection).await } };
        self.watched(answer).await
    }

    /// [`send`](Self::send) of one command.
    pub(crate) async fn command(&self, command: &Cmd) -> RedisResult<Value> {
        let mut connection = self.connected.connection.clone();
        let answer = async { connection.req_packed_command(command).await.and_then(Value::extract_error) };
        self.watched(answer).await
    }

    /// Notes whether it is answered, and how.
    async fn watched(&self, answer: impl Future<Output = RedisResult<Value>>) -> RedisResult<Value> {
        let mut asked = Asked { session: self, at: Instant::now(), answered: false };
        let answer = answer.await;
        asked.answered = !answer.as_ref().is_err_and(RedisError::is_timeout);
        drop(asked);
        self.noted(answer)
    }

    pub(crate) async fn send_all<T: FromRedisValue>(&self, steps: &Pipeline) -> RedisResult<T> {
        self.noted(steps.query_async(&mut self.connected.connection.clone()).await)
    }

    fn noted<T>(&self, answer: RedisResult<T>) -> RedisResult<T> {
        if let Err(error) = &answer
            && (is_gone(error) || is_replica(error) || is_unreadable(error))
        {
            self.wire.give_up(&self.connected);
        }
        answer
    }
}

impl Wire {
    pub(crate) fn new(end: End, runtime: Handle) -> Self {
        Self(Arc::new(Inner { end, runtime, state: Mutex::new(State::Idle) }))
    }

    pub(crate) fn end(&self) -> &End {
        &self.0.end
    }

    /// The connection that there is, or a new one. A server that was just found away is an error at once.
    pub(crate) async fn session(&self) -> RedisResult<Session> {
        Ok(Session { wire: self.clone(), connected: self.connected().await? })
    }

    async fn connected(&self) -> RedisResult<Connected> {
        let (mut made, failed) = {
            let mut state = self.0.state.lock();
            let (failed, rest) = match &*state {
                State::Made(connected) => return Ok(connected.clone()),
                State::Resting { error, until, .. } if Instant::now() < *until => return Err(error.clone()),
                State::Resting { error, rest, .. } => (Some(error.clone()), (*rest * 2).min(LONGEST_REST)),
                State::Making { failed, .. } => (failed.clone(), SHORTEST_REST),
                State::Idle => (None, SHORTEST_REST),
            };
            match &*state {
                State::Making { made, .. } => (made.clone(), failed),
                _ => {
                    let made = self.make(rest);
                    *state = State::Making { made: made.clone(), failed: failed.clone() };
                    (made, failed)
                }
            }
        };
        let ended = || RedisError::from((redis::ErrorKind::Client, "the runtime of the connection has ended"));
        let answer = async {
            let made = made.wait_for(Option::is_some).await.map_err(|_| ended())?;
            made.clone().unwrap_or_else(|| Err(ended()))
        };
        match failed {
            None => answer.await,
            Some(error) => timeout(PATIENCE, answer).await.unwrap_or(Err(error)),
        }
    }

    fn make(&self, rest: Duration) -> watch::Receiver<Option<RedisResult<Connected>>> {
        let (tell, made) = watch::channel(None);
        let inner = self.0.clone();
        self.0.runtime.spawn(async move {
            let late = || RedisError::from((redis::ErrorKind::Io, "connecting took too long"));
            let connection = timeout(CONNECTING + ANSWERING, inner.end.connect(Some(ANSWERING))).await;
            let outcome = connection
                .unwrap_or_else(|_| Err(late()))
                .map(|connection| Connected { connection, silence: Arc::default() });
            *inner.state.lock() = match &outcome {
                Ok(connected) => State::Made(connected.clone()),
                Err(error) => State::Resting { error: error.clone(), until: Instant::now() + rest, rest },
            };
            tell.send_replace(Some(outcome));
        });
        made
    }

    /// Uses that connection no more. Another one is made at once, so that the next caller need not wait for all of it.
    fn give_up(&self, connected: &Connected) {
        let mut state = self.0.state.lock();
        let is_it = matches!(&*state, State::Made(known) if Arc::ptr_eq(&known.silence, &connected.silence));
        let next = is_it.then(|| State::Making { made: self.make(SHORTEST_REST), failed: None });
        let old = next.map(|next| std::mem::replace(&mut *state, next));
        drop(state);
        drop(old);
    }
}
