//! Changes, in their order.

use cache_core::{Change, Reach};
use redis::{Cmd, Pipeline, RedisError, ToRedisArgs, cmd, pipe};

use crate::RedisTier;
use crate::error::{Cause, is_answer, is_full};
use crate::keys::Keys;
use crate::scripts::MARK;
use crate::tier::millis;

/// How many keys the server looks at in one step of a removal of many names.
const STEP: usize = 500;

impl RedisTier {
    /// Makes changes. Those of one name each go in one transaction; those of many names that follow each other share
    /// their way through the keys.
    pub(crate) async fn make(&self, keys: Keys, changes: &[Change]) -> Result<(), Cause> {
        for run in changes.chunk_by(|one, next| one.name().is_some() == next.name().is_some()) {
            if run.iter().any(|change| change.name().is_some()) {
                self.make_narrow(&keys, run).await?;
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

    async fn make_narrow(&self, keys: &Keys, changes: &[Change]) -> Result<(), Cause> {
        if changes.iter().all(|change| matches!(change, Change::Remove(_))) {
            return Ok(self.link.send(&removal(keys, changes)).await?);
        }
        match self.link.send_all::<()>(&transaction(keys, changes)?).await {
            Err(error) if is_full(&error) || is_answer(&error) => {
                // What cannot be stored must at least not stay as it was, and must not keep what comes after it waiting.
                let server = &*self.link.place;
                tracing::warn!(target: "cache", server, %error, "Redis does not take values: they are removed instead");
                Ok(self.link.send(&removal(keys, changes)).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn make_wide(&self, keys: &Keys, reaches: &[&Reach]) -> Result<(), Cause> {
        let starts: Vec<String> = reaches.iter().map(|reach| reach.literal_start()).collect();
        // From here on nothing that was loaded before is stored: what the steps below come across is all there is.
        self.mark(keys, &starts).await?;
        let all = reaches.iter().any(|reach| reach.is_all());
        let patterns = if all { keys.all() } else { keys.beginning(common_start(&starts)) };
        let mut cursors: Vec<(&str, u64)> = patterns.iter().map(|pattern| (pattern.as_str(), 0)).collect();
        let reached =
            |key: &Vec<u8>| all || keys.name(key).is_some_and(|name| reaches.iter().any(|reach| reach.contains(name)));
        let mut victims: Vec<Vec<u8>> = Vec::new();
        while !(cursors.is_empty() && victims.is_empty()) {
            let mut step = pipe();
            if !victims.is_empty() {
                step.add_command(unlink(&victims)).ignore();
            }
            for (pattern, cursor) in &cursors {
                step.cmd("SCAN").arg(*cursor).arg("MATCH").arg(*pattern).arg("COUNT").arg(STEP);
            }
            let found: Vec<(u64, Vec<Vec<u8>>)> = self.link.send_all(&step).await?;
            let next = cursors.iter().zip(&found).map(|((pattern, _), (cursor, _))| (*pattern, *cursor));
            cursors = next.filter(|(_, cursor)| *cursor != 0).collect();
            victims = found.into_iter().flat_map(|(_, keys)| keys).filter(reached).collect();
        }
        Ok(())
    }

    /// Notes where removals begin, so that results of older loads are refused.
    async fn mark(&self, keys: &Keys, starts: &[String]) -> Result<(), RedisError> {
        match self.link.call::<i64>(MARK.prepare_invoke().key(keys.order()).arg(starts)).await {
            // Without an order every older stamp is refused, which is too much and never too little.
            Err(error) if is_full(&error) => self.link.send(cmd("UNLINK").arg(keys.order())).await,
            marked => marked.map(drop),
        }
    }
}

const UNKNOWN: Cause = Cause::Refused("this version does not know that kind of change");

/// Changes of one name each, as one step.
fn transaction(keys: &Keys, changes: &[Change]) -> Result<Pipeline, Cause> {
    let mut all = pipe();
    all.atomic();
    for change in changes {
        match change {
            Change::Set { name, record, ttl } => {
                let set = all.cmd("SET").arg(keys.record(name)).arg(record);
                let millis = millis(*ttl);
                if !millis.is_empty() {
                    set.arg("PX").arg(millis);
                }
                set.ignore();
                all.add_command(unlink(&[keys.lease(name)])).ignore();
            }
            Change::Remove(_) => {
                all.add_command(removal(keys, std::slice::from_ref(change))).ignore();
            }
            _ => return Err(UNKNOWN),
        }
    }
    Ok(all)
}

/// The removal of the names of changes of one name each. It is one command: a server that is full takes no transaction.
fn removal(keys: &Keys, changes: &[Change]) -> Cmd {
    let names = changes.iter().filter_map(|change| change.name());
    unlink(&names.flat_map(|name| [keys.record(name), keys.lease(name)]).collect::<Vec<_>>())
}

fn unlink(keys: &[impl ToRedisArgs]) -> Cmd {
    let mut unlink = cmd("UNLINK");
    for key in keys {
        unlink.arg(key);
    }
    unlink
}

/// What all of them begin with.
fn common_start(starts: &[String]) -> &str {
    let Some((first, rest)) = starts.split_first() else { return "" };
    let mut common = first.as_str();
    for start in rest {
        let same = common.char_indices().zip(start.chars()).find(|((_, one), other)| one != other);
        common = match same {
            Some(((at, _), _)) => &common[..at],
            None => &common[..common.len().min(start.len())],
        };
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_that_share_a_scan_share_what_they_begin_with() {
        let common = |starts: &[&str]| {
            let starts: Vec<String> = starts.iter().map(|start| (*start).to_owned()).collect();
            common_start(&starts).to_owned()
        };
        assert_eq!(common(&["artist:42"]), "artist:42");
        assert_eq!(common(&["artist:42", "artist:7:x"]), "artist:");
        assert_eq!(common(&["artist", "artist:7"]), "artist");
        assert_eq!(common(&["artist:7", "artist"]), "artist");
        assert_eq!(common(&["é", "è"]), "");
        assert_eq!(common(&["a", ""]), "");
    }
}
