//! Records that are removed by tags.
//!
//! A tag in use has a marker: a number of the order of changes, from which on no record with that tag was removed. A record
//! is good while each of its tags has one that is no newer than itself. So a removal is the marker's, however many carry the
//! tag; and a marker that is lost removes too much and never too little. Loads under way are refused by a mark in the order,
//! as those of other removals are.

use std::collections::HashMap;

use cache_core::{Change, Fetched};
use futures_util::future::join_all;
use redis::Value;

use crate::RedisTier;
use crate::error::{Cause, is_full, is_moving};
use crate::frame::{Frame, has_line, listed};
use crate::keys::Keys;
use crate::scripts::{DISCARD, MARK, SET};
use crate::tier::millis;

impl RedisTier {
    /// What stored values of one bucket's names are to a reader; none of those whose tags were removed since, which go.
    pub(crate) async fn alive(
        &self,
        keys: &Keys,
        names: &[&str],
        stored: Vec<Option<Vec<u8>>>,
    ) -> Result<Vec<Option<Fetched>>, Cause> {
        let frames: Vec<_> = stored.iter().map(|stored| Frame::read(stored.as_deref()?)).collect();
        let markers = self.markers(keys, names, &frames).await?;
        let mut dead = Vec::new();
        let mut alive = Vec::with_capacity(stored.len());
        for ((name, stored), frame) in names.iter().zip(stored).zip(frames) {
            alive.push(match (stored, frame) {
                (None, _) => None,
                (Some(record), None) => Some(Fetched::Found(record)),
                (Some(_), Some(Frame { tags, record, .. })) if tags.is_empty() => Some(Fetched::Found(record)),
                (Some(stored), Some(frame)) => {
                    if frame.tags.iter().all(|tag| markers.get(tag).is_some_and(|marker| *marker <= frame.number)) {
                        Some(Fetched::Tagged(frame.record, frame.tags))
                    } else {
                        dead.push((*name, stored));
                        None
                    }
                }
            });
        }
        let discarded = dead.iter().map(|(name, stored)| self.discard_stored(keys, name, stored));
        join_all(discarded).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(alive)
    }

    /// The markers of all tags of those frames.
    async fn markers(
        &self,
        keys: &Keys,
        names: &[&str],
        frames: &[Option<Frame>],
    ) -> Result<HashMap<String, u64>, Cause> {
        let mut tags: Vec<&String> = frames.iter().flatten().flat_map(|frame| &frame.tags).collect();
        tags.sort_unstable();
        tags.dedup();
        let Some(name) = names.first().filter(|_| !tags.is_empty()) else { return Ok(HashMap::new()) };
        let markers = self.read_all(tags.iter().map(|tag| keys.tag(tag, keys.bucket(name))).collect()).await?;
        let number = |marker: Option<Vec<u8>>| std::str::from_utf8(&marker?).ok()?.parse().ok();
        let known = tags.into_iter().zip(markers).filter_map(|(tag, marker)| Some((tag.clone(), number(marker)?)));
        Ok(known.collect())
    }

    /// Whether a name had a record whose tags were removed since, which is gone now. A script that looks at the name alone does
    /// not know that it is none.
    pub(crate) async fn was_dead(&self, keys: &Keys, name: &str) -> Result<bool, Cause> {
        let stored = self.read_one(keys.record(name)).await?;
        if !stored.as_deref().is_some_and(has_line) {
            return Ok(false);
        }
        Ok(self.alive(keys, &[name], vec![stored]).await?.iter().all(Option::is_none))
    }

    /// Removes what is stored under a name, if it is that still, with or without its line.
    pub(crate) async fn discard_stored(&self, keys: &Keys, name: &str, stored: &[u8]) -> Result<bool, Cause> {
        Ok(self.link.call(DISCARD.prepare_invoke().key(keys.record(name)).arg(stored)).await?)
    }

    /// Removes what carries tags: in every bucket at once.
    pub(crate) async fn make_tags(&self, keys: &Keys, tags: &[&str]) -> Result<(), Cause> {
        let removals = (0..keys.buckets()).map(|bucket| async move {
            let mut mark = MARK.prepare_invoke();
            mark.key(keys.order_of(bucket));
            for tag in tags {
                mark.key(keys.tag(tag, bucket)).arg(format!("#{tag}"));
            }
            match self.link.call::<i64>(&mark).await {
                // Without an order every older stamp is refused, and without a marker every record that has the tag.
                Err(error) if is_full(&error) => {
                    let mut lost = vec![keys.order_of(bucket)];
                    lost.extend(tags.iter().map(|tag| keys.tag(tag, bucket)));
                    self.link.send(&crate::changes::unlink(&lost)).await
                }
                marked => marked.map(drop),
            }
        });
        Ok(join_all(removals).await.into_iter().collect::<Result<(), _>>()?)
    }

    /// Stores a record with tags in place of what its name has; false where it cannot be stored.
    pub(crate) async fn set_tagged(&self, keys: &Keys, change: &Change) -> Result<bool, Cause> {
        let Change::Set { name, record, ttl, tags, .. } = change else { return Ok(false) };
        let Some(list) = listed(tags) else {
            tracing::warn!(target: "cache", server = &*self.link.place, "a value has too many tags: it is not stored");
            return Ok(false);
        };
        let mut set = SET.prepare_invoke();
        set.key(keys.record(name)).key(keys.lease(name)).key(keys.order(name));
        for tag in tags {
            set.key(keys.tag(tag, keys.bucket(name)));
        }
        match self.link.call::<Value>(set.arg(record).arg(millis(*ttl)).arg(list)).await {
            Ok(_) => Ok(true),
            Err(error) if is_full(&error) || is_moving(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
