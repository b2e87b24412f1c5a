//! Filling a cache before anybody asks: keys by the caller's strategies, each called through its decorated function.

mod keys;
mod report;
mod run;
mod stop;
mod together;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::keys::WarmKeys;
use self::keys::{Call, Calls, Keyed};
pub use self::report::{StrategyReport, WarmCounts, WarmProgress, WarmReport};
use self::stop::Given;
use crate::cache::Cache;

type Progress<'a> = Box<dyn FnMut(WarmProgress<'_>) + Send + 'a>;

/// A warming that is being set up; see [`Cache::warm`].
#[must_use = "nothing is warmed before `run` is awaited"]
pub struct Warm<'a> {
    cache: Cache,
    strategies: Vec<Strategy<'a>>,
    batch: usize,
    delay: Duration,
    concurrency: usize,
    errors: usize,
    progress: Option<Progress<'a>>,
    stop: Option<Given<'a>>,
}

struct Strategy<'a> {
    name: String,
    calls: Box<dyn Calls<'a> + 'a>,
}

impl fmt::Debug for Warm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.strategies.iter().map(|strategy| &strategy.name).collect();
        f.debug_struct("Warm").field("strategies", &names).finish_non_exhaustive()
    }
}

impl Cache {
    /// Fills the cache before anybody asks: at start-up, or when a user logs in. The keys come by named strategies, and each
    /// is called through its decorated function, so that what is stored is what the next caller asks for, and where it asks:
    /// the process-wide cache, or the one of the function's `cache = …`. This cache gives the clock of the delays, and closed it
    /// ends the warming.
    ///
    /// Unless it is told otherwise it has 8 calls under way at a time, in batches of 50 without a delay between them.
    ///
    /// ```
    /// use cache_core::{Cache, cached, get_cache};
    /// use std::time::Duration;
    ///
    /// struct Db;
    ///
    /// #[cached(ttl = "5m", key_prefix = "artist")]
    /// async fn get_artist(db: &Db, id: u64) -> Result<Option<String>, std::io::Error> {
    ///     Ok(Some(format!("artist {id}")))
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let db = Db;
    /// get_artist(&db, 2).await?;
    /// let popular = vec![1, 2, 3];
    /// let report = get_cache()
    ///     .warm()
    ///     .strategy("popular", popular, |id| get_artist(&db, id))
    ///     .batch(50)
    ///     .concurrency(4)
    ///     .progress(|so_far| println!("{}: {} of {:?}", so_far.strategy, so_far.done, so_far.total))
    ///     .run()
    ///     .await;
    /// assert_eq!((report.total.warmed, report.total.already_there), (2, 1));
    /// assert!(get_artist::peek(3).await.is_some());
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn warm<'a>(&self) -> Warm<'a> {
        Warm {
            cache: self.clone(),
            strategies: Vec::new(),
            batch: 50,
            delay: Duration::ZERO,
            concurrency: 8,
            errors: 10,
            progress: None,
            stop: None,
        }
    }
}

impl<'a> Warm<'a> {
    /// Adds keys, from an iterator or a stream, and the call that each is warmed by. Strategies are carried out one after
    /// the other. Keys are asked for as they are needed, so a stream may be without end: see [`stop_when`](Self::stop_when).
    ///
    /// What the call returns is a `Result`, whose error goes into the report; for functions without one there is
    /// [`strategy_infallible`](Self::strategy_infallible). An `async` block may call several functions, or convert the key
    /// first: `|id: String| async move { get_user(db, &id).await }`. Where the calls themselves come as a stream it is
    /// `|call| call`.
    pub fn strategy<M, S, F, Fut, T, E>(self, name: impl Into<String>, keys: S, call: F) -> Self
    where
        S: WarmKeys<'a, M, Key: Send + 'a>,
        F: Fn(S::Key) -> Fut + Send + Sync + 'a,
        Fut: Future<Output = Result<T, E>> + Send + 'a,
        E: fmt::Display,
    {
        let call: Call<'a, S::Key> = Arc::new(move |key| {
            let called = call(key);
            Box::pin(async move { called.await.map(drop).map_err(|error| error.to_string()) })
        });
        self.and(name.into(), Keyed { keys: keys.into_keys(), call, broken: false })
    }

    /// [`strategy`](Self::strategy) by a call that returns no `Result`.
    ///
    /// ```
    /// # use cache_core::{cached, get_cache};
    /// #[cached(ttl = "5m")]
    /// async fn successor(n: u64) -> u64 {
    ///     n + 1
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let report = get_cache().warm().strategy_infallible("small", 0..10, successor).run().await;
    /// assert_eq!(report.strategies[0].counts.warmed, 10);
    /// # });
    /// ```
    pub fn strategy_infallible<M, S, F, Fut>(self, name: impl Into<String>, keys: S, call: F) -> Self
    where
        S: WarmKeys<'a, M, Key: Send + 'a>,
        F: Fn(S::Key) -> Fut + Send + Sync + 'a,
        Fut: Future + Send + 'a,
    {
        let call: Call<'a, S::Key> = Arc::new(move |key| {
            let called = call(key);
            Box::pin(async move {
                called.await;
                Ok(())
            })
        });
        self.and(name.into(), Keyed { keys: keys.into_keys(), call, broken: false })
    }

    fn and(mut self, name: String, calls: impl Calls<'a> + 'a) -> Self {
        self.strategies.push(Strategy { name, calls: Box::new(calls) });
        self
    }

    /// So many keys make a batch: 50. Zero is as one.
    pub fn batch(mut self, keys: usize) -> Self {
        self.batch = keys.max(1);
        self
    }

    /// How long it waits between two batches, on the cache's clock: not at all. It lets other tasks go on in any case.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// So many calls are under way at a time: 8. Zero is as one.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.concurrency = calls.max(1);
        self
    }

    /// So many errors of each strategy are kept: 10. All are counted.
    pub fn errors(mut self, most: usize) -> Self {
        self.errors = most;
        self
    }

    /// Called after each key, on the warming's task, with nothing locked. A panic of it is the warming's.
    pub fn progress(mut self, progress: impl FnMut(WarmProgress<'_>) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Stops when the future is ready: a service's signal to shut down, a limit of time. Calls under way are dropped, and the
    /// report says so. It stops the same way when the cache is closed, and does not begin where it is disabled.
    ///
    /// ```
    /// # use cache_core::{cached, get_cache};
    /// #[cached(ttl = "5m")]
    /// async fn half(n: u64) -> u64 {
    ///     n / 2
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (shut_down, signal) = tokio::sync::oneshot::channel::<()>();
    /// let mut shut_down = Some(shut_down);
    /// let report = get_cache()
    ///     .warm()
    ///     .strategy_infallible("all there are", 0.., half)
    ///     .progress(|so_far| {
    ///         if so_far.done == 100 {
    ///             drop(shut_down.take());
    ///         }
    ///     })
    ///     .stop_when(async {
    ///         let _ = signal.await;
    ///     })
    ///     .run()
    ///     .await;
    /// assert!(report.stopped);
    /// assert_eq!(report.total.warmed, 100);
    /// # });
    /// ```
    pub fn stop_when(mut self, stop: impl Future<Output = ()> + Send + 'a) -> Self {
        self.stop = Some(Box::pin(stop));
        self
    }
}
