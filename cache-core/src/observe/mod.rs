//! Which decorated calls were made, and how each was answered: told to whoever asks for it.
//!
//! A call looks for an observer only while a count that all threads share is not zero, and it is the count that it looks at
//! anyway, for the private caches of tests.

mod list;
mod record;
mod watched;

use std::fmt;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;

pub(crate) use self::list::Noted;
use self::list::{List, Open, current};
pub use self::record::{CallOutcome, Forward, ObservedCall};
pub(crate) use self::watched::{End, Watched, seen};

/// So many calls are kept of one observation.
const MOST: usize = 10_000;

/// What was observed: the calls, in the order in which they ended. It is a slice of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Observed {
    /// The calls; of more than 10,000, the first.
    pub calls: Vec<ObservedCall>,
    /// How many there were beyond those.
    pub left_out: usize,
}

impl Observed {
    fn new(noted: Noted) -> Self {
        Self { calls: noted.calls, left_out: noted.left_out }
    }

    /// How many of the calls ended so.
    #[must_use]
    pub fn count(&self, outcome: CallOutcome) -> usize {
        self.calls.iter().filter(|call| call.outcome == outcome).count()
    }
}

impl Deref for Observed {
    type Target = [ObservedCall];

    fn deref(&self) -> &[ObservedCall] {
        &self.calls
    }
}

impl IntoIterator for Observed {
    type Item = ObservedCall;
    type IntoIter = std::vec::IntoIter<ObservedCall>;

    fn into_iter(self) -> Self::IntoIter {
        self.calls.into_iter()
    }
}

impl<'a> IntoIterator for &'a Observed {
    type Item = &'a ObservedCall;
    type IntoIter = std::slice::Iter<'a, ObservedCall>;

    fn into_iter(self) -> Self::IntoIter {
        self.calls.iter()
    }
}

/// What a future gives, and the decorated calls that were made inside of it.
///
/// Inside are its own polls, whatever it awaits, joins or selects among them; a task or a thread that it spawns is inside
/// where an [`Observer`] wraps it. The body of a function with a `timeout` runs on another task and is inside; a value that
/// is made anew beside its callers is not. Of a call that misses, the calls that its body makes come first: they end before
/// it. What was dropped or has panicked gave no answer and is not told of. An observation inside of another is part of
/// that one: its calls are in both. A call of a function with `batch` is as many calls, one of each
/// item. Keys of one's own ([`Cache::get_or_set`](crate::Cache::get_or_set)) are not decorated calls.
///
/// # Performance
/// While nobody in the program observes, a call does nothing for it. While somebody does, a hit does two more look-ups of
/// a global and a thread-local, and an observed call renders its key.
///
/// # Cancel safety
/// Dropped, it drops the future, and what it has observed.
///
/// ```
/// use cache_core::{CallOutcome, cached, observe};
///
/// #[cached(ttl = "5m", key_prefix = "artist")]
/// async fn get_artist(id: u64) -> Option<String> {
///     Some(format!("artist {id}"))
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (artist, calls) = observe(async {
///     get_artist(42).await;
///     get_artist(42).await
/// })
/// .await;
/// assert_eq!(artist.as_deref(), Some("artist 42"));
/// assert_eq!((calls[0].outcome, calls[0].stored), (CallOutcome::Miss, true));
/// assert_eq!((calls[1].outcome, &*calls[1].key), (CallOutcome::Hit, "artist:42"));
/// # });
/// ```
pub async fn observe<F: Future>(future: F) -> (F::Output, Observed) {
    let (output, noted) = noting(MOST, future).await;
    (output, Observed::new(noted))
}

/// [`observe`], of which at most so many calls are kept.
pub(crate) async fn noting<F: Future>(most: usize, future: F) -> (F::Output, Noted) {
    let open = Open::new(most);
    let output = within(&open.0, future).await;
    (output, open.close())
}

/// What a closure gives, and the decorated calls that were made inside of it, on its thread: [`observe`] for sync functions.
///
/// ```
/// use cache_core::{CallOutcome, cached, observe_blocking};
///
/// #[cached(ttl = "5m")]
/// fn doubled(n: u64) -> u64 {
///     2 * n
/// }
///
/// let (sum, calls) = observe_blocking(|| doubled(3) + doubled(3));
/// assert_eq!(sum, 12);
/// assert_eq!((calls.count(CallOutcome::Miss), calls.count(CallOutcome::Hit)), (1, 1));
/// ```
pub fn observe_blocking<R>(work: impl FnOnce() -> R) -> (R, Observed) {
    let open = Open::new(MOST);
    let output = {
        let _entered = open.0.enter();
        work()
    };
    (output, Observed::new(open.close()))
}

async fn within<F: Future>(list: &Arc<List>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _entered = list.enter();
        future.as_mut().poll(context)
    })
    .await
}

/// The way into an observation for what runs elsewhere: spawned tasks, other threads. Clones lead into the same one.
///
/// What is noted after the observation has ended is nobody's.
///
/// ```
/// use cache_core::{Observer, cached, observe};
///
/// #[cached(ttl = "5m")]
/// async fn tripled(n: u64) -> u64 {
///     3 * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (answer, calls) = observe(async {
///     let task = tokio::spawn(Observer::current().wrap(async { tripled(3).await }));
///     task.await
/// })
/// .await;
/// assert_eq!((answer.unwrap(), calls.len()), (9, 1));
/// # });
/// ```
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<List>>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}

impl Observer {
    /// Into the innermost observation that this is called in. Called in none, it leads nowhere, and what it wraps is as it was.
    #[must_use]
    pub fn current() -> Self {
        Self(current())
    }

    /// Whether there is an observation.
    #[must_use]
    pub fn is_observing(&self) -> bool {
        self.0.is_some()
    }

    /// A future whose decorated calls are noted there, on whichever task or thread it is polled.
    pub fn wrap<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let list = self.0.clone();
        async move {
            match &list {
                Some(list) => within(list, future).await,
                None => future.await,
            }
        }
    }

    /// What a closure gives, whose decorated calls are noted there.
    pub fn wrap_blocking<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.0.as_ref().map(List::enter);
        work()
    }
}
