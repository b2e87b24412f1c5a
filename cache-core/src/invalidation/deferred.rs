//! Invalidations for after a commit.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use super::collect::Collected;
use super::fire::fire;
use super::names::{matching, under};
use super::target::Target;
use crate::cache::{Cache, Removed};
use crate::error::Error;
use crate::key::{Names, shorten};

#[doc = include_str!("../../docs/deferred.md")]
#[must_use = "what it collects is made by `flush()`, and dropped with it otherwise"]
pub struct Deferred {
    cache: Cache,
    collected: Arc<Collected>,
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("invalidations", &self.len()).finish_non_exhaustive()
    }
}

impl Cache {
    /// Begins to collect invalidations, to be made after a transaction's commit: see [`Deferred`].
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Cache::builder().build()?;
    /// cache.set("user:42", "ann".to_owned(), Ttl::Default).await;
    ///
    /// let deferred = cache.deferred();
    /// deferred.invalidate("user:42");
    /// assert!(cache.contains("user:42").await, "not yet");
    /// assert_eq!(deferred.flush().await.entries, 1);
    /// assert!(!cache.contains("user:42").await);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn deferred(&self) -> Deferred {
        Deferred { cache: self.clone(), collected: Collected::new() }
    }
}

impl Deferred {
    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(super) fn add(&self, target: Target) {
        // Nothing closes it but what takes or ends it.
        let _ = self.collected.add(target);
    }

    fn add_names(&self, names: Names) {
        self.add(Target::of_names(&self.cache, names));
    }

    /// Collects the removal of the entry of that name; `f::key(args)` gives a decorated function's.
    pub fn invalidate(&self, key: impl Into<String>) {
        self.add_names(Names::One(shorten(key.into())));
    }

    /// Collects [`Cache::invalidate_pattern`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty or has an unclosed `[`; nothing is
    /// collected.
    pub fn invalidate_pattern(&self, pattern: &str) -> Result<(), Error> {
        self.add_names(matching(pattern)?);
        Ok(())
    }

    /// Collects [`Cache::invalidate_tag`].
    pub fn invalidate_tag(&self, tag: impl Into<String>) {
        self.add_names(Names::Tagged(tag.into()));
    }

    /// Collects [`Cache::invalidate_prefix`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPattern`](crate::ErrorKind::InvalidPattern) if it is empty; nothing is collected.
    pub fn invalidate_prefix(&self, prefix: &str) -> Result<(), Error> {
        self.add_names(under(prefix)?);
        Ok(())
    }

    /// Collects [`Cache::clear`].
    pub fn clear(&self) {
        self.add_names(Names::All);
    }

    /// Runs a future whose invalidations are collected and not made: those of `#[invalidates]` and `#[updates]`, of
    /// companions' `invalidate` and `invalidate_all`, and the cache's own `invalidate…`, `apply` and `clear`. They say
    /// that nothing was removed. Tasks that the future spawns do not belong to it.
    ///
    /// Inside of another's `run`, this one's flush is collected by that one, as a savepoint is by its transaction.
    ///
    /// # Cancel safety
    /// A write that is dropped half-way is collected: it may have happened.
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let collected = self.collected.clone();
        async move {
            let mut future = pin!(future);
            poll_fn(|context| {
                let _collecting = collected.enter();
                future.as_mut().poll(context)
            })
            .await
        }
    }

    /// [`run`](Self::run) for sync code, on this thread.
    ///
    /// ```
    /// use cache_core::{Cache, Ttl};
    ///
    /// let cache = Cache::builder().build()?;
    /// cache.local().set("user:42", "ann", Ttl::Default);
    /// let deferred = cache.deferred();
    /// deferred.run_blocking(|| cache.local().invalidate("user:42"));
    /// assert!(cache.local().contains("user:42"));
    /// assert_eq!(deferred.flush_blocking().entries, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn run_blocking<R>(&self, work: impl FnOnce() -> R) -> R {
        let _collecting = self.collected.enter();
        work()
    }

    /// How many invalidations were collected, each once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.collected.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes all of them, as one invalidation that begins now; gives what they removed together. Call it once the commit
    /// has succeeded, and also where it is not known whether it has.
    ///
    /// Once this has returned its future, no later call in this process returns a value whose load began before.
    ///
    /// # Cancel safety
    /// Memory is done before the future is polled. The future waits for the shared tier; dropped, what that is owed is made
    /// all the same.
    #[allow(clippy::must_use_candidate, reason = "memory is done, and what the shared tier is owed will be")]
    pub fn flush(self) -> impl Future<Output = Removed> + Send + use<> {
        let fired = fire(self.take());
        fired.keep();
        fired.settle()
    }

    /// [`flush`](Self::flush) without waiting for the shared tier.
    #[allow(clippy::must_use_candidate, reason = "it is done")]
    pub fn flush_blocking(self) -> Removed {
        fire(self.take()).keep()
    }

    /// Forgets all of them, after a rollback.
    pub fn discard(self) {
        drop(self.collected.close());
    }

    fn take(&self) -> Vec<Target> {
        self.collected.close().into_iter().map(Target::anew).collect()
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        let forgotten = self.collected.close();
        if let Some(first) = forgotten.first() {
            tracing::warn!(
                target: "cache",
                invalidations = forgotten.len(),
                first = %first.names(),
                "deferred invalidations were dropped: call `flush()` after the commit, or `discard()`",
            );
        }
    }
}
