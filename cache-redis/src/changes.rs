//! Changes, in their order.

use std::collections::BTreeMap;

use cache_core::{Change, Reach};
use futures_util::future::join_all;
use redis::{Cmd, Pipeline, RedisError, ToRedisArgs, cmd, pipe};

use crate::RedisTier;
use crate::error::{Cause, is_answer, is_full, is_moving};
use crate::frame::framed;
use crate::keys::Keys;
use crate::tier::millis;

impl RedisTier {
    /// Makes changes. Those of one name each go in one transaction; those of many names that follow each other share
    /// their way through the keys.
    pub(crate) async fn make(&self, keys: Keys, changes: &[Change]) -> Result<(), Cause> {
        let kind = |change: &Change| (change.name().is_some(), change.tag().is_some());
        for run in changes.chunk_by(|one, next| kind(one) == kind(next)) {
            let tags: Vec<&str> = run.iter().filter_map(Change::tag).collect();
            if run.iter().any(|change| change.name().is_some()) {
                self.make_narrow(&keys, run).await?;
            } else if !tags.is_empty() {
                self.make_tags(&keys, &tags).await?;
            } else {
                let reaches: Vec<&Reach> = run
                    .iter()
                    .map(|change| match change {
                        Change::Remove(reach) => Ok(reach),
                        _ => Err(UNKNOWN),
                    })
                    .collect::<Result<_, _>>()?;
                self.make_wide(&keys, &reaches).await?;
            }
        }
        Ok(())
    }

    /// Those of each bucket by themselves, all at once: a name's are in one.
    async fn make_narrow(&self, keys: &Keys, changes: &[Change]) -> Result<(), Cause> {
        let mut buckets: BTreeMap<u8, Vec<&Change>> = BTreeMap::new();
        for change in changes {
            buckets.entry(keys.bucket(change.name().unwrap_or_default())).or_default().push(change);
        }
        let made = buckets.values().map(|changes| self.make_step(keys, changes));
        join_all(made).await.into_iter().collect()
    }

    async fn make_step(&self, keys: &Keys, changes: &[&Change]) -> Result<(), Cause> {
        // Each name is there once, so those with tags may come before the others.
        let (tagged, plain): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| matches!(change, Change::Set { tags, .. } if !tags.is_empty()));
        let set = join_all(tagged.iter().map(|change| self.set_tagged(keys, change))).await;
        for (change, set) in tagged.into_iter().zip(set) {
            if !set? {
                self.remove(keys, &[change]).await?;
            }
        }
        self.make_plain(keys, &plain).await
    }

    async fn make_plain(&self, keys: &Keys, changes: &[&Change]) -> Result<(), Cause> {
        if changes.is_empty() {
            return Ok(());
        }
        if changes.iter().all(|change| matches!(change, Change::Remove(_))) {
            return self.remove(keys, changes).await;
        }
        match self.link.send_all::<()>(&transaction(keys, changes)?).await {
            // What cannot be stored must at least not stay as it was, and must not keep what comes after it waiting.
            Err(error) if is_moving(&error) => self.remove(keys, changes).await,
            Err(error) if is_full(&error) || is_answer(&error) => {
                let server = &*self.link.place;
                tracing::warn!(target: "cache", server, %error, "Redis does not take values: they are removed instead");
                self.remove(keys, changes).await
            }
            outcome => Ok(outcome?),
        }
    }

    async fn remove(&self, keys: &Keys, changes: &[&Change]) -> Result<(), Cause> {
        match self.link.send(&removal(keys, changes)).await {
            Err(error) if is_moving(&error) => {}
            outcome => return Ok(outcome?),
        }
        // No node has all of the keys, so each is removed where it is. The token goes first: from then on no older load is
        // stored, and what a newer one stores in between is removed with the record, which is too much and never too
        // little.
        let each = changes.iter().filter_map(|change| change.name()).map(|name| async move {
            self.link.send::<()>(&unlink(&[keys.lease(name)])).await?;
            self.link.send::<()>(&unlink(&[keys.record(name)])).await
        });
        Ok(join_all(each).await.into_iter().collect::<Result<(), RedisError>>()?)
    }
}

const UNKNOWN: Cause = Cause::Refused("this version does not know that kind of change");

/// Changes of one name each, as one step.
fn transaction(keys: &Keys, changes: &[&Change]) -> Result<Pipeline, Cause> {
    let mut all = pipe();
    all.atomic();
    for change in changes {
        match change {
            Change::Set { name, record, ttl, .. } => {
                let record = framed(record, 0, &[]).unwrap_or_default();
                let set = all.cmd("SET").arg(keys.record(name)).arg(&*record);
                let millis = millis(*ttl);
                if !millis.is_empty() {
                    set.arg("PX").arg(millis);
                }
                set.ignore();
                all.add_command(unlink(&[keys.lease(name)])).ignore();
            }
            Change::Remove(_) => {
                all.add_command(removal(keys, &[*change])).ignore();
            }
            _ => return Err(UNKNOWN),
        }
    }
    Ok(all)
}

/// The removal of the names of changes of one name each. It is one command: a server that is full takes no transaction.
fn removal(keys: &Keys, changes: &[&Change]) -> Cmd {
    let names = changes.iter().filter_map(|change| change.name());
    unlink(&names.flat_map(|name| [keys.record(name), keys.lease(name)]).collect::<Vec<_>>())
}

pub(crate) fn unlink(keys: &[impl ToRedisArgs]) -> Cmd {
    let mut unlink = cmd("UNLINK");
    for key in keys {
        unlink.arg(key);
    }
    unlink
}
