//! What a tier has to be able to do, on Redis.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cache_core::{
    Backplane, Change, Fetched, Message, Origin, Reach, SharedTier, Stamp, Sweep, Swept, TierError, TierFuture,
    TierTask,
};
use futures_util::future::join_all;
use pin_project_lite::pin_project;
use redis::cmd;

use crate::RedisTier;
use crate::backplane::Listener;
use crate::error::{Cause, OperationError, is_full, is_moving};
use crate::frame::{framed, has_line};
use crate::keys::kept;
use crate::link::Link;
use crate::parts::Parts;
use crate::reading::stamp;
use crate::scripts::{CLAIM, DISCLAIM, INCREMENT, PUT, RENEW, SET_IF_ABSENT};

/// A stamp that nothing is stored with. The server gives no such number.
pub(crate) const NEVER: Stamp = Stamp(0);

/// No removal of many names takes longer, or else it is begun again.
const LONGEST_REMOVAL: Duration = Duration::from_secs(60);

/// Longer times are cut to this, some thousand years: the server adds them to its clock.
const LONGEST_TTL: u128 = 1 << 47;

impl RedisTier {
    /// An operation, on the connection's runtime, whose errors say what it was.
    pub(crate) fn operation<'a, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        work: impl Future<Output = Result<T, Cause>> + Send + 'a,
    ) -> TierFuture<'a, T> {
        Box::pin(Operation { link: &self.link, operation, work })
    }
}

pin_project! {
    /// Not an `async` block, which would have room for the work twice: as it is taken in, and as it runs.
    struct Operation<'a, W> {
        link: &'a Link,
        operation: &'static str,
        #[pin]
        work: W,
    }
}

impl<T, W: Future<Output = Result<T, Cause>>> Future for Operation<'_, W> {
    type Output = Result<T, TierError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _inside = this.link.enter();
        this.work.poll(context).map_err(|cause| {
            Box::new(OperationError { operation: this.operation, place: this.link.place.clone(), cause }) as TierError
        })
    }
}

pub(crate) const UNREADABLE: Cause = Cause::Refused("the answer makes no sense");

/// Milliseconds as the server takes them, at least one; empty for ever.
pub(crate) fn millis(ttl: Option<Duration>) -> String {
    ttl.map(|ttl| ttl.as_millis().clamp(1, LONGEST_TTL).to_string()).unwrap_or_default()
}

impl SharedTier for RedisTier {
    fn get<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Fetched> {
        self.operation("get", async move {
            let keys = self.link.keys_of(namespace);
            if let Some(stored) = self.read_one(keys.record(name)).await? {
                if !has_line(&stored) {
                    return Ok(Fetched::Found(stored));
                }
                if let Some(Some(alive)) = Box::pin(self.alive(&keys, &[name], vec![Some(stored)])).await?.pop() {
                    return Ok(alive);
                }
            }
            // On the heap: a hit is not to be moved about with room for it.
            Box::pin(self.lease(&keys, &[name])).await?.pop().ok_or(UNREADABLE)
        })
    }

    fn get_many<'a>(&'a self, namespace: &'a str, names: &'a [String]) -> TierFuture<'a, Vec<Fetched>> {
        self.operation("get_many", async move {
            if names.is_empty() {
                return Ok(Vec::new());
            }
            let keys = self.link.keys(namespace);
            let all: Vec<&str> = names.iter().map(String::as_str).collect();
            let parts = Parts::of(&keys, &all);
            let asked: Vec<_> = parts.names.iter().map(|names| self.read_some(&keys, names)).collect();
            let records = parts.join(join_all(asked).await)?;
            let absent = names.iter().zip(&records).filter(|(_, record)| record.is_none());
            let absent: Vec<&str> = absent.map(|(name, _)| name.as_str()).collect();
            let mut leases = self.lease(&keys, &absent).await?.into_iter();
            records.into_iter().map(|record| record.or_else(|| leases.next()).ok_or(UNREADABLE)).collect()
        })
    }

    fn renew<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Stamp> {
        self.operation("renew", async move {
            let keys = self.link.keys(namespace);
            match self.link.call(RENEW.prepare_invoke().key(keys.lease(name)).key(keys.order(name))).await {
                Ok(answer) => stamp(&answer),
                // Without a token nothing is stored, by whatever stamp.
                Err(error) if is_full(&error) || is_moving(&error) => {
                    self.link.send::<()>(cmd("UNLINK").arg(keys.lease(name))).await?;
                    Ok(NEVER)
                }
                Err(error) => Err(error.into()),
            }
        })
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
        self.operation("put", async move {
            if stamp == NEVER {
                return Ok(false);
            }
            let Some(stored) = framed(record, stamp.0 as u64, tags) else {
                tracing::warn!(target: "cache", server = &*self.link.place, "a value has too many tags: it is not stored");
                return Ok(false);
            };
            let keys = self.link.keys(namespace);
            let mut script = PUT.prepare_invoke();
            script.key(keys.record(name)).key(keys.lease(name)).key(keys.order(name));
            script.arg((stamp.0 >> 64) as u64).arg(stamp.0 as u64).arg(&*stored).arg(millis(ttl)).arg(name);
            script.arg(kept(name).map(|kept| kept.to_string()).unwrap_or_default());
            for tag in tags {
                script.key(keys.tag(tag, keys.bucket(name))).arg(tag);
            }
            match self.link.call(&script).await {
                Ok(stored) => Ok(stored),
                Err(error) if is_full(&error) || is_moving(&error) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn apply<'a>(&'a self, namespace: &'a str, changes: &'a [Change]) -> TierFuture<'a, ()> {
        self.operation("apply", self.make(self.link.keys(namespace), changes))
    }

    fn tell<'a>(&'a self, namespace: &'a str, message: &'a Message) -> TierFuture<'a, ()> {
        self.operation("tell", async move { self.send_message(&self.link.keys(namespace), message).await })
    }

    fn claim<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        stamp: Stamp,
        holder: Origin,
        lease: Duration,
    ) -> TierFuture<'a, bool> {
        self.operation("claim", async move {
            let keys = self.link.keys(namespace);
            let mut script = CLAIM.prepare_invoke();
            script.key(keys.claim(name)).key(keys.lease(name));
            script.arg((stamp.0 >> 64) as u64).arg(holder.0).arg(lease.as_millis() as u64);
            Ok(self.link.call(&script).await?)
        })
    }

    fn disclaim<'a>(&'a self, namespace: &'a str, name: &'a str, holder: Origin) -> TierFuture<'a, bool> {
        self.operation("disclaim", async move {
            let claim = self.link.keys(namespace).claim(name);
            Ok(self.link.call(DISCLAIM.prepare_invoke().key(claim).arg(holder.0)).await?)
        })
    }

    fn backplane(&self, namespace: &str) -> Option<Box<dyn Backplane>> {
        Some(Box::new(Listener::new(self.link.clone(), &self.link.keys(namespace))))
    }

    fn longest_apply(&self, changes: &[Change]) -> Option<Duration> {
        changes.iter().any(Change::is_wide).then_some(LONGEST_REMOVAL)
    }

    fn announce<'a>(
        &'a self,
        namespace: &'a str,
        sweep: Sweep,
        swept: Swept,
        reaches: &'a [Reach],
    ) -> TierFuture<'a, ()> {
        self.operation("announce", async move {
            let keys = self.link.keys(namespace);
            if swept == Swept::Done {
                return self.end_sweep(&keys, sweep).await;
            }
            self.note_sweep(&keys, sweep, reaches).await?;
            self.mark_wide(&keys, reaches.iter()).await
        })
    }

    fn unswept<'a>(&'a self, namespace: &'a str) -> TierFuture<'a, Vec<(Sweep, Vec<Reach>)>> {
        self.operation("unswept", async move { self.read_sweeps(&self.link.keys(namespace)).await })
    }

    fn set_if_absent<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
    ) -> TierFuture<'a, bool> {
        self.operation("set_if_absent", async move {
            let keys = self.link.keys(namespace);
            let mut script = SET_IF_ABSENT.prepare_invoke();
            let stored = framed(record, 0, &[]).unwrap_or_default();
            script.key(keys.record(name)).key(keys.lease(name)).arg(&*stored).arg(millis(ttl));
            let set = self.link.call(&script).await?;
            Ok(set || self.was_dead(&keys, name).await? && self.link.call(&script).await?)
        })
    }

    fn discard<'a>(&'a self, namespace: &'a str, name: &'a str, record: &'a [u8]) -> TierFuture<'a, bool> {
        self.operation("discard", async move { self.discard_stored(&self.link.keys(namespace), name, record).await })
    }

    fn increment<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        by: i64,
        ttl: Option<Duration>,
    ) -> TierFuture<'a, i64> {
        self.operation("increment", async move {
            let keys = self.link.keys(namespace);
            let mut script = INCREMENT.prepare_invoke();
            script.key(keys.record(name)).key(keys.lease(name)).arg(by).arg(millis(ttl));
            let mut sum: String = self.link.call(&script).await?;
            if sum == "other" && self.was_dead(&keys, name).await? {
                sum = self.link.call(&script).await?;
            }
            match sum.as_str() {
                "other" => Err(Cause::Refused("the name has something else than a count")),
                "overflow" => Err(Cause::Refused("the sum is no 64-bit integer")),
                digits => digits.parse().map_err(|_| UNREADABLE),
            }
        })
    }

    fn spawn(&self, task: TierTask) {
        match self.link.runtime() {
            Some(runtime) => drop(runtime.spawn(task)),
            None => drop(tokio::spawn(task)),
        }
    }

    fn close(&self) -> TierFuture<'_, ()> {
        Box::pin(async move {
            self.link.close();
            Ok(())
        })
    }
}
