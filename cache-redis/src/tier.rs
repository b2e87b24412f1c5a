//! What a tier has to be able to do, on Redis.

use std::time::Duration;

use cache_core::{Change, Fetched, SharedTier, Stamp, TierError, TierFuture, TierTask};
use redis::{Value, cmd};

use crate::RedisTier;
use crate::error::{Cause, OperationError, is_full, is_other_type};
use crate::keys::{Keys, kept};
use crate::scripts::{DISCARD, INCREMENT, LEASE, PUT, RENEW, SET_IF_ABSENT};

/// How many names one script looks at: what it takes keeps every other client waiting.
const AT_ONCE: usize = 256;

/// A stamp that nothing is stored with. The server gives no such number.
const NEVER: Stamp = Stamp(0);

/// No removal takes longer, or else it is tried again from the start.
const LONGEST_REMOVAL: Duration = Duration::from_secs(60);

/// Longer times are cut to this, some thousand years: the server adds them to its clock.
const LONGEST_TTL: u128 = 1 << 47;

impl RedisTier {
    /// An operation, on the connection's runtime, whose errors say what it was.
    fn operation<'a, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        work: impl Future<Output = Result<T, Cause>> + Send + 'a,
    ) -> TierFuture<'a, T> {
        Box::pin(async move {
            self.link.within(work).await.map_err(|cause| {
                Box::new(OperationError { operation, place: self.link.place.clone(), cause }) as TierError
            })
        })
    }

    /// What is stored under names, or the stamp to store it with.
    async fn lease(&self, keys: &Keys, names: &[&str]) -> Result<Vec<Fetched>, Cause> {
        let mut all = Vec::with_capacity(names.len());
        for names in names.chunks(AT_ONCE) {
            let mut script = LEASE.prepare_invoke();
            script.key(keys.order());
            for name in names {
                script.key(keys.record(name)).key(keys.lease(name));
            }
            match self.link.call(&script).await {
                Ok(Value::Array(answers)) if answers.len() == names.len() => {
                    for answer in answers {
                        all.push(match answer {
                            Value::BulkString(record) => Fetched::Found(record),
                            answer => Fetched::Missing(stamp(&answer)?),
                        });
                    }
                }
                Ok(_) => return Err(UNREADABLE),
                // It can still be read.
                Err(error) if is_full(&error) => {
                    tracing::warn!(target: "cache", server = &*self.link.place, "Redis is full: nothing is stored there");
                    all.extend(names.iter().map(|_| Fetched::Missing(NEVER)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }
}

const UNREADABLE: Cause = Cause::Refused("the answer makes no sense");

/// A stamp is a name's token, then the newest number of the namespace's order.
fn stamp(answer: &Value) -> Result<Stamp, Cause> {
    let number = |value: &Value| match value {
        Value::BulkString(digits) => std::str::from_utf8(digits).ok()?.parse::<u64>().ok(),
        _ => None,
    };
    match answer {
        Value::Array(parts) => match parts.as_slice() {
            [token, last] => match (number(token), number(last)) {
                (Some(token), Some(last)) => Ok(Stamp(u128::from(token) << 64 | u128::from(last))),
                _ => Err(UNREADABLE),
            },
            _ => Err(UNREADABLE),
        },
        _ => Err(UNREADABLE),
    }
}

/// Milliseconds as the server takes them, at least one; empty for ever.
pub(crate) fn millis(ttl: Option<Duration>) -> String {
    ttl.map(|ttl| ttl.as_millis().clamp(1, LONGEST_TTL).to_string()).unwrap_or_default()
}

impl SharedTier for RedisTier {
    fn get<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Fetched> {
        self.operation("get", async move {
            let keys = Keys::new(namespace);
            match self.link.send(cmd("GET").arg(keys.record(name))).await {
                Ok(Value::BulkString(record)) => return Ok(Fetched::Found(record)),
                Ok(_) => {}
                Err(error) if is_other_type(&error) => {
                    let server = &*self.link.place;
                    tracing::warn!(target: "cache", server, "a key of this namespace has no record but another type");
                }
                Err(error) => return Err(error.into()),
            }
            self.lease(&keys, &[name]).await?.pop().ok_or(UNREADABLE)
        })
    }

    fn get_many<'a>(&'a self, namespace: &'a str, names: &'a [String]) -> TierFuture<'a, Vec<Fetched>> {
        self.operation("get_many", async move {
            if names.is_empty() {
                return Ok(Vec::new());
            }
            let keys = Keys::new(namespace);
            let mut command = cmd("MGET");
            for name in names {
                command.arg(keys.record(name));
            }
            let Value::Array(answers) = self.link.send(&command).await? else { return Err(UNREADABLE) };
            if answers.len() != names.len() {
                return Err(UNREADABLE);
            }
            let read = |answer| match answer {
                Value::BulkString(record) => Some(record),
                _ => None,
            };
            let records: Vec<Option<Vec<u8>>> = answers.into_iter().map(read).collect();
            let absent = names.iter().zip(&records).filter(|(_, record)| record.is_none());
            let absent: Vec<&str> = absent.map(|(name, _)| name.as_str()).collect();
            let mut leases = self.lease(&keys, &absent).await?.into_iter();
            records
                .into_iter()
                .map(|record| record.map(Fetched::Found).or_else(|| leases.next()).ok_or(UNREADABLE))
                .collect()
        })
    }

    fn renew<'a>(&'a self, namespace: &'a str, name: &'a str) -> TierFuture<'a, Stamp> {
        self.operation("renew", async move {
            let keys = Keys::new(namespace);
            match self.link.call(RENEW.prepare_invoke().key(keys.lease(name)).key(keys.order())).await {
                Ok(answer) => stamp(&answer),
                // Without a token nothing is stored, by whatever stamp.
                Err(error) if is_full(&error) => {
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
    ) -> TierFuture<'a, bool> {
        self.operation("put", async move {
            if stamp == NEVER {
                return Ok(false);
            }
            let keys = Keys::new(namespace);
            let mut script = PUT.prepare_invoke();
            script.key(keys.record(name)).key(keys.lease(name)).key(keys.order());
            script.arg((stamp.0 >> 64) as u64).arg(stamp.0 as u64).arg(record).arg(millis(ttl)).arg(name);
            script.arg(kept(name).map(|kept| kept.to_string()).unwrap_or_default());
            match self.link.call(&script).await {
                Ok(stored) => Ok(stored),
                Err(error) if is_full(&error) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn apply<'a>(&'a self, namespace: &'a str, changes: &'a [Change]) -> TierFuture<'a, ()> {
        self.operation("apply", self.make(Keys::new(namespace), changes))
    }

    fn longest_apply(&self, changes: &[Change]) -> Option<Duration> {
        changes.iter().any(|change| change.name().is_none()).then_some(LONGEST_REMOVAL)
    }

    fn set_if_absent<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        record: &'a [u8],
        ttl: Option<Duration>,
    ) -> TierFuture<'a, bool> {
        self.operation("set_if_absent", async move {
            let keys = Keys::new(namespace);
            let mut script = SET_IF_ABSENT.prepare_invoke();
            script.key(keys.record(name)).key(keys.lease(name)).arg(record).arg(millis(ttl));
            Ok(self.link.call(&script).await?)
        })
    }

    fn discard<'a>(&'a self, namespace: &'a str, name: &'a str, record: &'a [u8]) -> TierFuture<'a, bool> {
        self.operation("discard", async move {
            let mut script = DISCARD.prepare_invoke();
            script.key(Keys::new(namespace).record(name)).arg(record);
            Ok(self.link.call(&script).await?)
        })
    }

    fn increment<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
        by: i64,
        ttl: Option<Duration>,
    ) -> TierFuture<'a, i64> {
        self.operation("increment", async move {
            let keys = Keys::new(namespace);
            let mut script = INCREMENT.prepare_invoke();
            script.key(keys.record(name)).key(keys.lease(name)).arg(by).arg(millis(ttl));
            let sum: String = self.link.call(&script).await?;
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
