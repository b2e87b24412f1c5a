//! Removals of many names: what is forbidden from now on, then a walk through the keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use cache_core::Reach;
use futures_util::future::join_all;
use redis::{RedisError, cmd, pipe};

use crate::RedisTier;
use crate::changes::unlink;
use crate::cluster::Cluster;
use crate::error::{Cause, is_full, is_moving};
use crate::keys::Keys;
use crate::link::Walk;
use crate::moves::Moves;
use crate::scripts::MARK;
use crate::slots::{Node, slot};

/// How many keys the server looks at in one step of a removal of many names.
const STEP: usize = 500;

/// How often a cluster is walked through whose slots move, before it is tried again from the beginning.
const WALKS: usize = 8;

const RESTLESS: Cause = Cause::Refused("slots of the cluster keep moving");

/// What is looked for.
struct Wanted<'a> {
    keys: &'a Keys,
    patterns: Vec<String>,
    reaches: &'a [&'a Reach],
    all: bool,
}

impl Wanted<'_> {
    fn is(&self, key: &[u8]) -> bool {
        let reached = |name: &str| self.reaches.iter().any(|reach| reach.contains(name));
        self.all || self.keys.name(key).is_some_and(reached)
    }
}

impl RedisTier {
    pub(crate) async fn make_wide(&self, keys: &Keys, reaches: &[&Reach]) -> Result<(), Cause> {
        // What the steps below come across is all there is.
        self.mark_wide(keys, reaches.iter().copied()).await?;
        let starts: Vec<String> = reaches.iter().map(|reach| reach.literal_start()).collect();
        let all = reaches.iter().any(|reach| reach.is_all());
        let patterns = if all { keys.all() } else { keys.beginning(common_start(&starts)) };
        let wanted = Wanted { keys, patterns, reaches, all };
        match self.link.cluster()? {
            None => self.walk(&wanted, self.link.walk().await?).await,
            Some(cluster) => self.walk_cluster(&wanted, &cluster).await,
        }
    }

    /// Notes where removals begin, so that results of older loads are refused from here on: in every bucket, at once.
    pub(crate) async fn mark_wide(&self, keys: &Keys, reaches: impl Iterator<Item = &Reach>) -> Result<(), Cause> {
        let all: Vec<String> = reaches.map(|reach| format!("={}", reach.literal_start())).collect();
        let all = &all;
        let marks = keys.orders().into_iter().map(|order| async move {
            match self.link.call::<i64>(MARK.prepare_invoke().key(&order).arg(all)).await {
                // Without an order every older stamp is refused, which is too much and never too little.
                Err(error) if is_full(&error) => self.link.send(cmd("UNLINK").arg(&order)).await,
                marked => marked.map(drop),
            }
        });
        Ok(join_all(marks).await.into_iter().collect::<Result<(), RedisError>>()?)
    }

    /// One server, or one node. What is found is removed in the step that looks for more.
    async fn walk(&self, wanted: &Wanted<'_>, mut way: Walk) -> Result<(), Cause> {
        let mut cursors: Vec<(&str, u64)> = wanted.patterns.iter().map(|pattern| (pattern.as_str(), 0)).collect();
        let mut victims: Vec<Vec<u8>> = Vec::new();
        let in_slots = matches!(way, Walk::Node(_));
        while !(cursors.is_empty() && victims.is_empty()) {
            let mut step = pipe();
            if !victims.is_empty() && !in_slots {
                step.add_command(unlink(&victims)).ignore();
            }
            for (pattern, cursor) in &cursors {
                step.cmd("SCAN").arg(*cursor).arg("MATCH").arg(*pattern).arg("COUNT").arg(STEP);
            }
            let freed = async { if in_slots { self.free(&victims).await } else { Ok(()) } };
            let scanned = async {
                if step.is_empty() { Ok(Vec::new()) } else { way.send_all::<Vec<(u64, Vec<Vec<u8>>)>>(&step).await }
            };
            let (freed, found) = futures_util::future::join(freed, scanned).await;
            freed?;
            let found = found?;
            let next = cursors.iter().zip(&found).map(|((pattern, _), (cursor, _))| (*pattern, *cursor));
            cursors = next.filter(|(_, cursor)| *cursor != 0).collect();
            victims = found.into_iter().flat_map(|(_, keys)| keys).filter(|key| wanted.is(key)).collect();
        }
        Ok(())
    }

    /// All nodes at once, and again where keys may have gone past.
    async fn walk_cluster(&self, wanted: &Wanted<'_>, cluster: &Arc<Cluster>) -> Result<(), Cause> {
        let slots: Vec<u16> = wanted.keys.orders().iter().map(|order| slot(order.as_bytes())).collect();
        let mut seen = vec![moves(cluster, &slots).await?];
        for _ in 0..WALKS {
            let nodes = seen.last().map(Moves::nodes).transpose()?.unwrap_or_default();
            let walks = nodes
                .iter()
                .map(|node| async move { self.walk(wanted, Walk::Node(cluster.session(node).await?)).await });
            join_all(walks).await.into_iter().collect::<Result<(), Cause>>()?;
            seen.push(moves(cluster, &slots).await?);
            if let [.., before, after] = seen.as_slice()
                && before.still(after)
            {
                return Ok(());
            }
            if seen.len() > 2 {
                if Moves::one_way(&seen) {
                    return Ok(());
                }
                seen.drain(..2);
            }
        }
        Err(RESTLESS)
    }

    /// Removes keys of any slots, each slot's in one command. A node that has lost some of them to another is asked for
    /// each.
    async fn free(&self, keys: &[Vec<u8>]) -> Result<(), RedisError> {
        let mut slots: BTreeMap<u16, Vec<&Vec<u8>>> = BTreeMap::new();
        for key in keys {
            slots.entry(slot(key)).or_default().push(key);
        }
        let freed = slots.into_values().map(|keys| async move {
            match self.link.send::<()>(&unlink(&keys)).await {
                Err(error) if is_moving(&error) => {
                    let each = keys.iter().map(|key| async move { self.link.send::<()>(&unlink(&[*key])).await });
                    join_all(each).await.into_iter().collect()
                }
                freed => freed,
            }
        });
        join_all(freed).await.into_iter().collect()
    }
}

/// Who has those slots and where they go, asked of every node.
async fn moves(cluster: &Arc<Cluster>, slots: &[u16]) -> Result<Moves, RedisError> {
    let mut nodes = pipe();
    nodes.cmd("CLUSTER").arg("NODES");
    let nodes = &nodes;
    let asked = cluster.masters().await?.into_iter().map(|node: Node| async move {
        let (text,): (String,) = cluster.session(&node).await?.send_all(nodes).await?;
        Ok((node, text))
    });
    let answers: Vec<(Node, String)> = join_all(asked).await.into_iter().collect::<Result<_, RedisError>>()?;
    Moves::read(&answers, slots)
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
