//! What can go wrong, and where.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

type Source = Box<dyn StdError + Send + Sync>;

/// An error of the cache itself. Errors of decorated functions are never wrapped in it.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Source>,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Functions could store under the same names, and the cache is strict.
    Conflict,
    /// A pattern that is empty or has no meaning.
    InvalidPattern,
    /// A setting that cannot be: from the builder or the environment.
    InvalidConfig,
    /// The process-wide cache is there already.
    AlreadyInitialized,
    /// The name has a value of another type.
    WrongType,
    /// The sum is no `i64`.
    Overflow,
    /// What was to be stored does not fit: it is too large, or counts take all the room.
    NoRoom,
    /// A time to live of zero, for something that has to last.
    NoTime,
    /// The cache is disabled or closed, and the operation needs one that is not.
    Disabled,
    /// No decorated function of the program has that name.
    UnknownFunction,
    /// Counts were not written back.
    WriteBack,
    /// The shared tier was needed and has not answered.
    Tier,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

/// A call took longer than its function's `timeout`. The load goes on, and what it gives is stored.
///
/// ```
/// use cache_core::{TimedOut, cached};
///
/// #[derive(Debug, Clone)]
/// enum Unavailable {
///     Slow(TimedOut),
/// }
///
/// impl From<TimedOut> for Unavailable {
///     fn from(why: TimedOut) -> Self {
///         Self::Slow(why)
///     }
/// }
///
/// #[cached(timeout = "2s")]
/// async fn exchange_rate(currency: &str) -> Result<u32, Unavailable> {
///     Ok(currency.len() as u32)
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// assert_eq!(exchange_rate("eur").await.unwrap(), 3);
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimedOut {
    /// The function's name.
    pub function: &'static str,
    /// Its `timeout`.
    pub timeout: Duration,
}

impl TimedOut {
    pub(crate) fn new(function: &'static str, timeout: Duration) -> Self {
        Self { function, timeout }
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` took longer than its timeout of {:?}", self.function, self.timeout)
    }
}

impl StdError for TimedOut {}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
