//! A private process-wide cache, as far as a test reaches.

use std::fmt;
use std::marker::PhantomData;

use crate::cache::{Cache, scoped};
use crate::clock::ManualClock;

/// Gives one test its own process-wide cache, on a clock of its own, so that tests run in parallel.
///
/// It holds across `.await` for the future given to [`run`](Self::run), for spawned tasks whose future was given to a
/// clone's `run`, and on a thread between [`enter`](Self::enter) and the guard's end.
///
/// ```
/// use cache_core::{cached, testing::Scope};
/// use std::time::Duration;
///
/// #[cached(ttl = "1m")]
/// async fn answer() -> u32 {
///     42
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let scope = Scope::new();
/// scope
///     .run(async {
///         answer().await;
///         answer().await;
///         assert_eq!(answer::stats().hits, 1);
///         scope.clock().advance(Duration::from_secs(60));
///         assert_eq!(answer::peek().await, None);
///
///         let spawned = tokio::spawn(scope.clone().run(async { answer().await }));
///         assert_eq!(spawned.await.unwrap(), 42);
///         assert_eq!(answer::stats().loads, 2);
///     })
///     .await;
/// assert_eq!(answer::stats().loads, 0, "the process-wide cache has seen none of it");
/// # });
/// ```
pub struct Scope {
    cache: Cache,
    clock: ManualClock,
}

impl Scope {
    /// A scope with an empty cache of default settings, on a manual clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A scope whose cache is set up by `configure`. The clock stays the scope's own.
    ///
    /// # Panics
    /// If the settings cannot be: see [`CacheBuilder::build`](crate::CacheBuilder::build).
    #[must_use]
    #[track_caller]
    pub fn with(configure: impl FnOnce(crate::CacheBuilder) -> crate::CacheBuilder) -> Self {
        let clock = ManualClock::new();
        let mut builder = configure(Cache::builder()).clock(&clock);
        builder.lasting = false;
        match builder.build() {
            Ok(cache) => Self::around(cache, clock),
            Err(error) => panic!("a test's cache cannot be built: {error}"),
        }
    }

    fn around(cache: Cache, clock: ManualClock) -> Self {
        scoped::begin();
        Self { cache, clock }
    }

    /// The scope's cache.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The clock of the scope's cache.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Runs a future with this scope's cache as the process-wide one. The future may move between threads.
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let scope = self.clone();
        async move {
            let mut future = std::pin::pin!(future);
            std::future::poll_fn(|context| {
                let _entered = scope.enter();
                future.as_mut().poll(context)
            })
            .await
        }
    }

    /// Makes this scope's cache the process-wide one on this thread, until the guard is dropped.
    pub fn enter(&self) -> Entered<'_> {
        Entered { id: scoped::push(self.cache.clone()), _here: PhantomData }
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Scope {
    fn clone(&self) -> Self {
        Self::around(self.cache.clone(), self.clock.clone())
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        scoped::end();
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("cache", &self.cache).field("clock", &self.clock).finish()
    }
}

/// A scope that holds on this thread.
#[derive(Debug)]
#[must_use = "the scope ends when this is dropped"]
pub struct Entered<'a> {
    id: u64,
    /// Of this thread.
    _here: PhantomData<(&'a Scope, *const ())>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        drop(scoped::remove(self.id));
    }
}
