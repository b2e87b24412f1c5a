//! What is stored under names, or the stamps to store something with.

use cache_core::{Fetched, Stamp};
use futures_util::future::join_all;
use redis::{Value, cmd};

use crate::RedisTier;
use crate::error::{Cause, is_full, is_moving, is_other_type};
use crate::frame::has_line;
use crate::keys::Keys;
use crate::parts::Parts;
use crate::scripts::LEASE;
use crate::tier::{NEVER, UNREADABLE};

/// How many names one script looks at: what it takes keeps every other client waiting.
const AT_ONCE: usize = 256;

/// A stamp is a name's token, then the newest number of the namespace's order.
pub(crate) fn stamp(answer: &Value) -> Result<Stamp, Cause> {
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

impl RedisTier {
    /// What is stored under names, or the stamp to store it with.
    pub(crate) async fn lease(&self, keys: &Keys, names: &[&str]) -> Result<Vec<Fetched>, Cause> {
        let parts = Parts::of(keys, names);
        let asked: Vec<_> = parts.names.iter().map(|names| self.lease_part(keys, names)).collect();
        parts.join(join_all(asked).await)
    }

    async fn lease_part(&self, keys: &Keys, names: &[&str]) -> Result<Vec<Fetched>, Cause> {
        let mut all = Vec::with_capacity(names.len());
        for names in names.chunks(AT_ONCE) {
            all.extend(self.lease_some(keys, names).await?);
        }
        Ok(all)
    }

    /// Of one bucket. What is stored there meanwhile is given only if it is good.
    async fn lease_some(&self, keys: &Keys, names: &[&str]) -> Result<Vec<Fetched>, Cause> {
        let mut leased = self.lease_stored(keys, names).await?;
        if !leased.iter().any(|fetched| matches!(fetched, Fetched::Found(stored) if has_line(stored))) {
            return Ok(leased);
        }
        let stored = leased.iter_mut().map(|fetched| match fetched {
            Fetched::Found(stored) => Some(std::mem::take(stored)),
            _ => None,
        });
        let alive = self.alive(keys, names, stored.collect()).await?;
        let given = leased.into_iter().zip(alive).map(|(fetched, alive)| match (fetched, alive) {
            (_, Some(alive)) => alive,
            (missing @ Fetched::Missing(_), None) => missing,
            _ => Fetched::Missing(NEVER),
        });
        Ok(given.collect())
    }

    async fn lease_stored(&self, keys: &Keys, names: &[&str]) -> Result<Vec<Fetched>, Cause> {
        let mut script = LEASE.prepare_invoke();
        script.key(keys.order(names.first().copied().unwrap_or_default()));
        for name in names {
            script.key(keys.record(name)).key(keys.lease(name));
        }
        match self.link.call(&script).await {
            Ok(Value::Array(answers)) if answers.len() == names.len() => {
                let read = |answer| match answer {
                    Value::BulkString(record) => Ok(Fetched::Found(record)),
                    answer => Ok(Fetched::Missing(stamp(&answer)?)),
                };
                answers.into_iter().map(read).collect()
            }
            Ok(_) => Err(UNREADABLE),
            Err(error) => {
                // What is there can still be read.
                if is_full(&error) {
                    tracing::warn!(target: "cache", server = &*self.link.place, "Redis is full: nothing is stored there");
                } else if !is_moving(&error) {
                    return Err(error.into());
                }
                Ok(names.iter().map(|_| Fetched::Missing(NEVER)).collect())
            }
        }
    }

    pub(crate) async fn read_one(&self, key: String) -> Result<Option<Vec<u8>>, Cause> {
        match self.link.read(key).await {
            Ok(Value::BulkString(record)) => Ok(Some(record)),
            Ok(_) => Ok(None),
            Err(error) if is_other_type(&error) => {
                let server = &*self.link.place;
                tracing::warn!(target: "cache", server, "a key of this namespace has no record but another type");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What one bucket's names have, as far as there is something good.
    pub(crate) async fn read_some(&self, keys: &Keys, names: &[&str]) -> Result<Vec<Option<Fetched>>, Cause> {
        let stored = self.read_all(names.iter().map(|name| keys.record(name)).collect()).await?;
        if stored.iter().flatten().any(|stored| has_line(stored)) {
            return self.alive(keys, names, stored).await;
        }
        Ok(stored.into_iter().map(|stored| stored.map(Fetched::Found)).collect())
    }

    /// What stands under keys of one bucket.
    pub(crate) async fn read_all(&self, all: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, Cause> {
        let read = |answer| match answer {
            Value::BulkString(record) => Some(record),
            _ => None,
        };
        let mut command = cmd("MGET");
        for key in &all {
            command.arg(key);
        }
        match self.link.send(&command).await {
            Ok(Value::Array(answers)) if answers.len() == all.len() => Ok(answers.into_iter().map(read).collect()),
            Ok(_) => Err(UNREADABLE),
            Err(error) if is_moving(&error) => {
                // No node has all of them: each is read where it is.
                let gets: Vec<_> = all.into_iter().map(|key| self.read_one(key)).collect();
                join_all(gets).await.into_iter().collect()
            }
            Err(error) => Err(error.into()),
        }
    }
}
