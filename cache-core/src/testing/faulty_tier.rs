//! A shared tier that fails as it is told to.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::tier::{
    Backplane, Change, Fetched, Message, News, Origin, Reach, SharedTier, Stamp, Sweep, Swept, TierFuture, TierTask,
};

/// How an operation of a [`FaultyTier`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Fault {
    /// As it should.
    #[default]
    None,
    /// It is not carried out and gives an error.
    Error,
    /// It is not carried out and never gives anything.
    Hang,
    /// It is carried out and never gives anything.
    Unanswered,
    /// It is carried out and gives an error.
    Lost,
    /// It panics.
    Panic,
    /// Reads give bytes that nobody wrote; the others are as they should.
    Garbage,
    /// Reads of several names give too few answers, and those of the wrong names; the others are as they should.
    Lie,
}

type Decide = dyn Fn(&'static str) -> Fault + Send + Sync;

/// A shared tier between a cache and another tier, whose faults a test decides.
///
/// ```
/// use cache_core::testing::{Fault, FaultyTier, MemoryTier};
/// use cache_core::{Cache, Ttl};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let tier = FaultyTier::new(MemoryTier::new());
/// let cache = Cache::builder().shared(tier.clone()).build()?;
/// tier.fail(Fault::Error);
/// assert_eq!(cache.get_or_set("answer", Ttl::Default, async || 42).await, 42);
/// assert!(cache.shared_stats().is_some_and(|stats| stats.errors > 0));
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct FaultyTier(Arc<Inner>);

struct Inner {
    tier: Box<dyn SharedTier>,
    decide: Mutex<Arc<Decide>>,
    operations: AtomicU64,
    applied: Mutex<Vec<Change>>,
}

impl fmt::Debug for FaultyTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FaultyTier").field(&self.0.tier).finish()
    }
}

impl FaultyTier {
    /// In front of `tier`, without faults.
    #[must_use]
    pub fn new(tier: impl SharedTier) -> Self {
        Self(Arc::new(Inner {
            tier: Box::new(tier),
            decide: Mutex::new(Arc::new(|_| Fault::None)),
            operations: AtomicU64::new(0),
            applied: Mutex::default(),
        }))
    }

    /// From now on every operation goes like that.
    pub fn fail(&self, fault: Fault) {
        self.decide(move |_| fault);
    }

    /// From now on every operation goes as `decide` says of its name: `get`, `put`, `apply` and so on;
    /// `hear` is what other instances tell.
    pub fn decide(&self, decide: impl Fn(&'static str) -> Fault + Send + Sync + 'static) {
        *self.0.decide.lock() = Arc::new(decide);
    }

    /// How many operations were asked for.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.0.operations.load(Ordering::Relaxed)
    }

    /// The changes that were carried out, in their order.
    #[must_use]
    pub fn applied(&self) -> Vec<Change> {
        self.0.applied.lock().clone()
    }

    fn with<'a, T: Send + 'a>(&'a self, operation: &'static str, run: TierFuture<'a, T>) -> TierFuture<'a, T> {
        self.0.operations.fetch_add(1, Ordering::Relaxed);
        let decide = self.0.decide.lock().clone();
        let fault = decide(operation);
        Box::pin(async move {
            match fault {
                Fault::None | Fault::Garbage | Fault::Lie => run.await,
                Fault::Error => Err("a planted error".into()),
                Fault::Hang => pending().await,
                Fault::Unanswered => {
                    run.await?;
                    pending().await
                }
                Fault::Lost => {
                    run.await?;
                    Err("the answer was lost".into())
                }
                Fault::Panic => panic!("a planted panic of the tier"),
            }
        })
    }

    fn fault(&self, operation: &'static str) -> Fault {
        let decide = self.0.decide.lock().clone();
        decide(operation)
    }
}

impl SharedTier for FaultyTier {
    fn get<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Fetched> {
        if self.fault("get") == Fault::Garbage {
            let noise = Box::pin(async { Ok(Fetched::Found(vec![0xCA, 2, 0, 0, 0xFF, 0, 0x80])) });
            return self.with("get", noise);
        }
        self.with("get", self.0.tier.get(namespace, name))
    }

    fn get_many<'a>(&'a self, namespace: &'a str, names: &'a [String]) -> TierFuture<'a, Vec<Fetched>> {
        if self.fault("get_many") == Fault::Lie {
            return self
                .with("get_many", self.0.tier.get_many(namespace, names.split_first().map_or(&[], |(_, rest)| rest)));
        }
        self.with("get_many", self.0.tier.get_many(namespace, names))
    }

    fn renew<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Stamp> {
        self.with("renew", self.0.tier.renew(namespace, name))
    }

    fn put<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
        stamp: Stamp,
        tags: &'a [String],
    ) -> TierFuture<'a, bool> {
        self.with("put", self.0.tier.put(namespace, name, record, ttl, stamp, tags))
    }

    fn apply<'a>(&'a self, namespace: &'a str, changes: &'a [Change]) -> TierFuture<'a, ()> {
        let apply = async move {
            self.0.tier.apply(namespace, changes).await?;
            self.0.applied.lock().extend_from_slice(changes);
            Ok(())
        };
        self.with("apply", Box::pin(apply))
    }

    fn longest_apply(&self, changes: &[Change]) -> Option<Duration> {
        self.0.tier.longest_apply(changes)
    }

    fn announce<'a>(
        &'a self,
        namespace: &'a str,
        sweep: Sweep,
        swept: Swept,
        reaches: &'a [Reach],
    ) -> TierFuture<'a, ()> {
        self.with("announce", self.0.tier.announce(namespace, sweep, swept, reaches))
    }

    fn unswept<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, Vec<(Sweep, Vec<Reach>)>> {
        self.with("unswept", self.0.tier.unswept(namespace))
    }

    fn set_if_absent<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
    ) -> TierFuture<'a, bool> {
        self.with("set_if_absent", self.0.tier.set_if_absent(namespace, name, record, ttl))
    }

    fn discard<'a>(&'a self, namespace: &'a str, name: &'a str, record: &'a [u8]) -> TierFuture<'a, bool> {
        self.with("discard", self.0.tier.discard(namespace, name, record))
    }

    fn increment<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        by: i64,
        ttl: Option<Duration>,
    ) -> TierFuture<'a, i64> {
        self.with("increment", self.0.tier.increment(namespace, name, by, ttl))
    }

    fn tell<'a>(&'a self, namespace: &'a str, message: &'a Message) -> TierFuture<'a, ()> {
        self.with("tell", self.0.tier.tell(namespace, message))
    }

    fn claim<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        stamp: Stamp,
        holder: Origin,
        lease: Duration,
    ) -> TierFuture<'a, bool> {
        self.with("claim", self.0.tier.claim(namespace, name, stamp, holder, lease))
    }

    fn disclaim<'a>(&'a self, namespace: &'a str, name: &'a str, holder: Origin) -> TierFuture<'a, bool> {
        self.with("disclaim", self.0.tier.disclaim(namespace, name, holder))
    }

    fn backplane(&self, namespace: &str) -> Option<Box<dyn Backplane>> {
        let backplane = self.0.tier.backplane(namespace)?;
        Some(Box::new(FaultyBackplane { tier: self.clone(), backplane, lost: false }))
    }

    fn spawn(&self, task: TierTask) {
        self.0.tier.spawn(task);
    }

    fn close(&self) -> TierFuture<'_, ()> {
        self.with("close", self.0.tier.close())
    }
}

/// What is told, with the faults of the operation `hear`.
struct FaultyBackplane {
    tier: FaultyTier,
    backplane: Box<dyn Backplane>,
    /// Something was heard and not given.
    lost: bool,
}

impl Backplane for FaultyBackplane {
    fn next(&mut self, wait: Duration) -> TierFuture<'_, News> {
        let losing = matches!(self.tier.fault("hear"), Fault::Unanswered | Fault::Lost);
        if !std::mem::replace(&mut self.lost, losing) {
            return self.tier.with("hear", self.backplane.next(wait));
        }
        let Self { tier, backplane, .. } = self;
        tier.with("hear", Box::pin(async move { backplane.next(Duration::ZERO).await.map(|_| News::Missed) }))
    }
}
