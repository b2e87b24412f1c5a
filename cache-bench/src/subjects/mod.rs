//! The same repository function under each toolkit, called as its user calls it.

pub(crate) mod inserting;
pub(crate) mod ours;
pub(crate) mod peers;
pub(crate) mod sketch;
pub(crate) mod sketch_insert;
pub(crate) mod theirs;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cache_core::Weigh;
use tokio::runtime::Runtime;

use crate::keys;
use crate::rounds::{Keys, Subject};

/// How our subject is called in every bench.
pub(crate) const OURS: &str = "cache-core";
/// Keys there are, but for the benches that need more.
pub(crate) const KEYS: u64 = 10_000;
/// Twice the keys: every lookup after the first is a hit, in caches that split their bound over shards too.
pub(crate) const ROOM: usize = 2 * KEYS as usize;

/// What is cached behind a pointer.
#[derive(Debug, Clone, Weigh)]
pub(crate) struct Artist {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) country: String,
}

/// What is cached by value.
#[derive(Debug, Clone, Copy, Weigh)]
pub(crate) struct Counts {
    pub(crate) id: u64,
    pub(crate) works: u64,
    pub(crate) recordings: u32,
}

/// Stands for the connection that a real function takes.
#[derive(Debug)]
pub(crate) struct Db;

/// What is cached, and where it comes from.
pub(crate) trait Load: Clone + Send + Sync + 'static {
    fn load(id: u64) -> Self;
    fn id(&self) -> u64;
}

impl Db {
    fn load<V: Load>(&self, id: u64) -> V {
        V::load(id)
    }
}

/// And the decorated functions that return it: they are items, so no type parameter can choose among them.
pub(crate) trait Value: Load {
    fn ours(id: u64) -> impl Future<Output = Self> + Send;
    fn cached(id: u64) -> impl Future<Output = Self> + Send;
    fn concurrent_cached(id: u64) -> impl Future<Output = Self> + Send;
}

impl Load for Arc<Artist> {
    fn load(id: u64) -> Self {
        Arc::new(Artist { id, name: format!("artist {id}"), country: String::from("NL") })
    }

    fn id(&self) -> u64 {
        self.id
    }
}

impl Value for Arc<Artist> {
    fn ours(id: u64) -> impl Future<Output = Self> + Send {
        ours::artist(&Db, id)
    }

    fn cached(id: u64) -> impl Future<Output = Self> + Send {
        theirs::artist(&Db, id)
    }

    fn concurrent_cached(id: u64) -> impl Future<Output = Self> + Send {
        theirs::artist_concurrent(&Db, id)
    }
}

impl Load for Counts {
    fn load(id: u64) -> Self {
        Self { id, works: id % 100, recordings: 7 }
    }

    fn id(&self) -> u64 {
        self.id
    }
}

impl Value for Counts {
    fn ours(id: u64) -> impl Future<Output = Self> + Send {
        ours::counts(&Db, id)
    }

    fn cached(id: u64) -> impl Future<Output = Self> + Send {
        theirs::counts(&Db, id)
    }

    fn concurrent_cached(id: u64) -> impl Future<Output = Self> + Send {
        theirs::counts_concurrent(&Db, id)
    }
}

impl Load for u64 {
    fn load(id: u64) -> Self {
        id
    }

    fn id(&self) -> u64 {
        *self
    }
}

/// Gives the process-wide cache the same room as the others.
pub(crate) fn set_up() -> Result<(), cache_core::Error> {
    cache_core::init_cache(cache_core::Cache::builder().max_entries(ROOM).max_bytes(1 << 30).build()?)
}

/// Polls a future that is ready: the cost of a hit without an executor around it.
#[inline]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A cache that answers for a key: what it has, or what it loads and keeps.
pub(crate) trait Ask: Send + Sync + 'static {
    fn ask(&self, key: u64) -> impl Future<Output = u64> + Send;
}

/// One that is asked without `.await`.
pub(crate) struct Direct<F>(pub(crate) F);

impl<F: Fn(u64) -> u64 + Send + Sync + 'static> Ask for Direct<F> {
    async fn ask(&self, key: u64) -> u64 {
        (self.0)(key)
    }
}

/// Who polls the futures.
#[derive(Clone)]
pub(crate) enum Executor {
    Bare,
    /// Each batch is a task of a multi-threaded runtime.
    Tokio(Arc<Runtime>),
}

impl Executor {
    pub(crate) fn tokio() -> std::io::Result<Self> {
        Ok(Self::Tokio(Arc::new(tokio::runtime::Builder::new_multi_thread().enable_time().build()?)))
    }

    pub(crate) fn subject(&self, name: &'static str, asked: impl Ask) -> Subject {
        match self {
            Self::Bare => Subject::new(name, move |key| ready(asked.ask(key))),
            Self::Tokio(runtime) => {
                let (runtime, asked) = (runtime.clone(), Arc::new(asked));
                Subject::batches(name, move |keys| {
                    let (asked, keys) = (asked.clone(), keys.clone());
                    let batch = runtime.spawn(async move {
                        let mut sum = 0_u64;
                        for key in keys.iter() {
                            sum = sum.wrapping_add(asked.ask(*key).await);
                        }
                        sum
                    });
                    // What panicked has said so; a sum that is not there cannot be right.
                    runtime.block_on(batch).unwrap_or_else(|_| std::process::abort())
                })
            }
        }
    }
}

/// Asks everybody for every key once, so that all of them are there and nothing else: the peers of earlier cases are gone with
/// their caches, and ours is the process's.
pub(crate) fn fill(subjects: Vec<Subject>, keys: u64) -> Vec<Subject> {
    cache_core::get_cache().local().clear();
    let keys: Keys = keys::each(keys);
    for subject in &subjects {
        subject.run(&keys, 1);
    }
    subjects
}
