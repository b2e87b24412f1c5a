//! What can go wrong, and where. No text of these has a user name or a password in it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use redis::RedisError;

/// Why there is no tier, or no cache with one.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The URL cannot be: it is malformed, or asks for something that is not built in.
    InvalidUrl,
    /// The server does not take the user name or the password, or asks for one.
    Credentials,
    /// The certificates that were given are none, or the server's is not trusted.
    Certificates,
    /// The server has answered, and refuses: it has no such database, or the user may not use it.
    Refused,
    /// There is no tokio runtime here.
    NoRuntime,
    /// The cache itself was not made: see the [`source`](StdError::source), a [`cache_core::Error`].
    Cache,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Says which variable of the environment it was.
    pub(crate) fn of_variable(mut self, variable: &str) -> Self {
        self.message = format!("{variable}: {}", self.message);
        self
    }
}

impl From<cache_core::Error> for Error {
    fn from(error: cache_core::Error) -> Self {
        Self { kind: ErrorKind::Cache, message: error.to_string(), source: Some(Box::new(error)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why an operation has no result.
#[derive(Debug)]
pub(crate) enum Cause {
    Redis(RedisError),
    /// It cannot be done with what is there.
    Refused(&'static str),
}

impl From<RedisError> for Cause {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

/// An operation of the tier that failed.
#[derive(Debug)]
pub(crate) struct OperationError {
    pub(crate) operation: &'static str,
    /// Where the server is.
    pub(crate) place: Arc<str>,
    pub(crate) cause: Cause,
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` on Redis at {}: ", self.operation, self.place)?;
        match &self.cause {
            Cause::Redis(error) => {
                error.fmt(f)?;
                match error.code() {
                    Some("MOVED" | "CROSSSLOT") => write!(f, ": {IS_CLUSTER}"),
                    _ => Ok(()),
                }
            }
            Cause::Refused(why) => f.write_str(why),
        }
    }
}

/// What to do about a server that has more of its kind.
pub(crate) const IS_CLUSTER: &str = "it belongs to a cluster: write `redis-cluster://` for `redis://`";

impl StdError for OperationError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Redis(error) => Some(error),
            Cause::Refused(_) => None,
        }
    }
}

/// Whether the server has no room for what it was to store.
pub(crate) fn is_full(error: &RedisError) -> bool {
    // Older servers wrap what a script meets in an error of another code, and steps have theirs inside of another.
    let says_so = |code: &str, text: Option<&str>| {
        code == "OOM" || text.is_some_and(|text| text.contains("OOM command not allowed"))
    };
    let errors = error.clone().into_server_errors();
    errors.is_some_and(|errors| errors.iter().any(|(_, error)| says_so(error.code(), error.details())))
}

/// Whether the connection is of no use any more.
pub(crate) fn is_gone(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || error.is_connection_dropped()
}

/// Whether the answer is none to what was asked. Then nobody knows whose the next one is.
pub(crate) fn is_unreadable(error: &RedisError) -> bool {
    error.kind() == redis::ErrorKind::UnexpectedReturnType
}

/// Whether the server has become a replica, so that another one is the master.
pub(crate) fn is_replica(error: &RedisError) -> bool {
    // Older servers wrap what a script meets in an error of another code, and steps have theirs inside of another.
    let says_so = |code: &str, text: Option<&str>| {
        code == "READONLY" || text.is_some_and(|text| text.contains("READONLY You can't write"))
    };
    let errors = error.clone().into_server_errors();
    errors.is_some_and(|errors| errors.iter().any(|(_, error)| says_so(error.code(), error.details())))
}

/// Whether keys of a slot are on their way from one node to another, so that nobody has all of them.
pub(crate) fn is_moving(error: &RedisError) -> bool {
    let moving = |code: &str| matches!(code, "TRYAGAIN" | "ASK" | "MOVED");
    // Those of steps are inside of another error.
    error.clone().into_server_errors().is_some_and(|errors| errors.iter().any(|(_, error)| moving(error.code())))
}

/// Whether the name has something that is no record.
pub(crate) fn is_other_type(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE")
}

/// Whether the server has answered, though not as it was asked to.
pub(crate) fn is_answer(error: &RedisError) -> bool {
    use redis::ErrorKind as Kind;
    // What a server says that will be able to do it later, or knows who is. That of steps is inside of another error.
    let passing = |code: &str| {
        matches!(code, "LOADING" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "READONLY" | "MOVED" | "ASK")
    };
    let said = error.clone().into_server_errors();
    let passes = said.is_some_and(|said| said.iter().any(|(_, error)| passing(error.code())));
    matches!(error.kind(), Kind::Server(_) | Kind::Extension) && !passes && !is_replica(error)
}
