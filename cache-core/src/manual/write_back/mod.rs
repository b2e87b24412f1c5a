//! Counts that are kept here for a while and written somewhere else, many at a time.

mod pending;

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use self::pending::Pending;
use crate::cache::{Cache, Ending, Ends};
use crate::clock::{Clock, after, ticks};
use crate::error::{Error, ErrorKind};
use crate::registry::Function;

type Source = Box<dyn StdError + Send + Sync>;
type Written = Pin<Box<dyn Future<Output = Result<(), Source>> + Send>>;
type Write = Box<dyn Fn(Vec<(String, i64)>) -> Written + Send + Sync>;

/// How counts are to be written back; see [`Cache::counters`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Counters {
    cache: Cache,
    name: String,
    every: Option<u64>,
    period: Option<Duration>,
}

/// Counts that wait to be written back; see [`Cache::counters`]. Clones share them.
#[derive(Clone)]
pub struct WriteBack(Arc<Counts>);

struct Counts {
    name: String,
    every: Option<u64>,
    period: Option<Duration>,
    clock: Clock,
    write: Write,
    pending: Pending,
    /// Counts the errors.
    function: Arc<Function>,
}

impl fmt::Debug for WriteBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteBack").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Cache {
    /// Counts that add up here and are written back somewhere else, such as a database, many at a time: every so many
    /// additions, once in a period, and when the cache is [closed](Self::close). `name` is what errors call them by.
    ///
    /// Each addition is written at least once: what a write-back that failed, was dropped or panicked had is written again
    /// with the next. They are no entries of the cache: none is evicted, nothing invalidates them, and a cache that is
    /// disabled counts all the same. While write-backs fail, one number per key adds up in memory, and
    /// [`health`](Self::health) warns.
    ///
    /// No runtime is needed: the addition that makes a write-back due carries it out. Let a task [`run`](WriteBack::run)
    /// them as well, so that the last additions before a quiet time do not wait for the next one.
    ///
    /// ```
    /// use cache_core::Cache;
    /// use std::sync::{Arc, Mutex};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let database = Arc::new(Mutex::new(Vec::new()));
    /// let cache = Cache::builder().build()?;
    /// let table = database.clone();
    /// let views = cache.counters("photo_views").every(3).write_back(move |deltas| {
    ///     let table = table.clone();
    ///     async move {
    ///         table.lock().unwrap().extend(deltas);
    ///         Ok::<(), std::io::Error>(())
    ///     }
    /// });
    /// views.add("photo:1", 1).await;
    /// views.add("photo:1", 1).await;
    /// assert_eq!(views.get("photo:1"), 2);
    /// views.add("photo:2", 1).await;
    /// assert_eq!(*database.lock().unwrap(), [("photo:1".to_owned(), 2), ("photo:2".to_owned(), 1)]);
    /// assert_eq!(views.get("photo:1"), 0);
    ///
    /// views.add("photo:3", 5).await;
    /// cache.close().await;
    /// assert_eq!(database.lock().unwrap()[2], ("photo:3".to_owned(), 5));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn counters(&self, name: impl Into<String>) -> Counters {
        Counters { cache: self.clone(), name: name.into(), every: None, period: None }
    }
}

impl Counters {
    /// Writes back with every so many additions. Zero is as one.
    pub fn every(mut self, additions: u64) -> Self {
        self.every = Some(additions.max(1));
        self
    }

    /// Writes back with the first addition after so long, by the cache's clock, and where [`WriteBack::run`] runs, without
    /// one.
    pub fn period(mut self, period: Duration) -> Self {
        self.period = Some(period);
        self
    }

    /// What writes: it is given the sums by key, in the order of the keys, those of zero left out. Nothing is locked while
    /// it runs, and it never runs twice at a time. An `async` closure will do if it borrows nothing that it has captured.
    #[must_use = "counts are added to this"]
    pub fn write_back<F, Fut, E>(self, write: F) -> WriteBack
    where
        F: Fn(Vec<(String, i64)>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Source>,
    {
        let inner = &self.cache.inner;
        let clock = inner.store.clock.clone();
        let write: Write = Box::new(move |deltas| {
            let written = write(deltas);
            Box::pin(async move { written.await.map_err(Into::into) })
        });
        let counts = Arc::new(Counts {
            name: self.name,
            every: self.every,
            period: self.period,
            pending: Pending::new(clock.now(), !inner.is_open()),
            clock,
            write,
            function: inner.manual.clone(),
        });
        inner.endings.add(counts.clone());
        WriteBack(counts)
    }
}

impl WriteBack {
    /// Adds to a count, at once; the future writes back if that is due and nobody is at it. A write-back that fails is
    /// traced, is in [`Stats::errors`](crate::Stats), and is tried again when the next is due. Once the cache is closed, every
    /// addition is written back.
    ///
    /// # Cancel safety
    /// The addition is made. Of a write-back that is dropped half-way, all is written again.
    ///
    /// # Panics
    /// Never: where the closure panics, that is an error of the write-back.
    #[must_use = "the write-back that may be due is in the future"]
    pub fn add(&self, key: impl Into<String>, by: i64) -> impl Future<Output = ()> + Send {
        let due = self.note(key, by);
        let counts = &self.0;
        async move {
            if due && let Some(turn) = counts.pending.try_turn() {
                // Counted and traced where it happened.
                let _ = counts.write(turn).await;
            }
        }
    }

    /// Adds to a count, and writes nothing back; says whether that is due. For code that cannot wait.
    pub fn note(&self, key: impl Into<String>, by: i64) -> bool {
        let counts = &self.0;
        let added = counts.pending.add(key.into(), by);
        let late = || counts.period.is_some_and(|period| counts.clock.now() >= after(added.since, period));
        added.ended || counts.every.is_some_and(|every| added.times >= every) || late()
    }

    /// What was added under that key and is not written back yet: what is being written back right now is among it.
    #[must_use]
    pub fn get(&self, key: &str) -> i64 {
        self.0.pending.get(key)
    }

    /// Writes back all that was added before, waiting for a write-back that is under way.
    ///
    /// # Errors
    /// [`ErrorKind::WriteBack`], with the closure's error, if it failed or panicked: the counts stay, for the next.
    ///
    /// # Cancel safety
    /// Dropped half-way, it leaves the counts to the next.
    pub async fn flush(&self) -> Result<(), Error> {
        let turn = self.0.pending.turn().await;
        self.0.write(turn).await
    }

    /// Writes back once in a period, additions or not, until the cache is closed: for a task of its own. Without a
    /// [`period`](Counters::period) it has nothing to do and ends at once.
    ///
    /// ```no_run
    /// # use cache_core::Cache;
    /// # use std::time::Duration;
    /// # async fn example(cache: Cache) {
    /// let views = cache.counters("views").every(100).period(Duration::from_secs(10)).write_back(async |deltas| {
    ///     println!("{deltas:?}");
    ///     Ok::<(), std::io::Error>(())
    /// });
    /// tokio::spawn(views.clone().run());
    /// # }
    /// ```
    pub async fn run(self) {
        let counts = &self.0;
        let Some(period) = counts.period.filter(|period| ticks(*period) > 0) else { return };
        loop {
            let until = after(counts.pending.since(), period);
            if counts.clock.timeout(until, counts.pending.ended()).await.is_some() {
                return;
            }
            if counts.clock.now() >= after(counts.pending.since(), period) {
                let turn = counts.pending.turn().await;
                let _ = counts.write(turn).await;
            }
        }
    }
}

impl Counts {
    async fn write(&self, turn: pending::Turn<'_>) -> Result<(), Error> {
        let deltas = turn.begin(self.clock.now());
        if deltas.is_empty() {
            turn.done();
            return Ok(());
        }
        let keys = deltas.len();
        let Err(error) = caught(|| (self.write)(deltas)).await else {
            turn.done();
            return Ok(());
        };
        turn.failed(error.to_string());
        self.function.stats.error();
        let counters = &*self.name;
        tracing::warn!(target: "cache", counters, keys, %error, "counts were not written back: tried again with the next");
        Err(Error::new(ErrorKind::WriteBack, format!("the counts of `{counters}` were not written back"))
            .caused_by(error))
    }
}

/// A panic of what writes is an error of the write-back.
async fn caught(write: impl FnOnce() -> Written) -> Result<(), Source> {
    let panicked = |_| Source::from("it panicked");
    let mut written = catch_unwind(AssertUnwindSafe(write)).map_err(panicked)?;
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| written.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(panic) => Poll::Ready(Err(panicked(panic))),
    })
    .await
}

impl Ends for Counts {
    fn end(self: Arc<Self>) -> Ending {
        Box::pin(async move {
            self.pending.end();
            let turn = self.pending.turn().await;
            let _ = self.write(turn).await;
        })
    }

    fn is_idle(&self) -> bool {
        self.pending.keys() == 0
    }

    fn trouble(&self) -> Option<String> {
        let error = self.pending.trouble()?;
        let keys = self.pending.keys();
        Some(format!("the counts of `{}` are not written back: {error}; {keys} keys wait in memory", self.name))
    }
}

impl Drop for Counts {
    fn drop(&mut self) {
        let keys = self.pending.keys();
        if keys > 0 {
            let counters = &*self.name;
            tracing::error!(target: "cache", counters, keys, "counts are lost: their cache was not closed, or the last write-back failed");
        }
    }
}
