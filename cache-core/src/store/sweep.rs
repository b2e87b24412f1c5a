//! Removal by name, by pattern, of everything, and of what has expired; and the views over all entries.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::Store;
use crate::clock::{NEVER, span};
use crate::key::Names;
use crate::stats::Gone;

/// How many slots are looked at under one hold of a shard's lock.
const CHUNK: usize = 512;

/// One entry, as [`Cache::entry`](crate::Cache::entry) shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryInfo {
    /// Its printed name.
    pub name: String,
    /// When its value was stored, by the wall clock as it stands now.
    pub made_at: SystemTime,
    /// How long ago that was.
    pub age: Duration,
    /// How long it stays fresh; `None` for ever.
    pub remaining: Option<Duration>,
    /// How often it was hit: exact to 32, then sampled.
    pub hits: u32,
    /// Bytes that it counts for.
    pub bytes: usize,
}

impl Store {
    /// Removes what `names` reaches, and keeps loads of it that are under way from storing theirs.
    pub(crate) fn invalidate(&self, names: &Names) -> usize {
        let removed = match names {
            Names::One(name) => self.invalidate_one(name),
            // Nothing is swept: what carries it is seen to be dead.
            Names::Tagged(tag) => return self.tags.invalidate(tag),
            _ => {
                // There and back: between two shards a load may have read what the second still held.
                let there = self.shards.iter();
                let back = self.shards.iter().rev().skip(1);
                there.chain(back).map(|shard| self.invalidate_shard(shard, names)).sum()
            }
        };
        self.typed.flush();
        super::GRAVEYARD.clear();
        removed
    }

    fn invalidate_one(&self, name: &str) -> usize {
        let hash = self.name_hash(name);
        let mut desk = self.desk();
        let removed = {
            let mut shard = self.shard(hash).lock();
            shard.detach_loads(hash, |flight| &*flight.name == name);
            shard.regrets.forget(hash);
            shard.remove(hash, name, Gone::Invalidated, &mut desk)
        };
        self.bury(desk);
        usize::from(removed)
    }

    /// First every load under way, in one step, then the entries, in steps: what is loaded between two steps began
    /// after the first.
    fn invalidate_shard(&self, shard: &crate::sync::Mutex<super::Shard>, names: &Names) -> usize {
        let mut removed = 0;
        if cfg!(not(cache_mutant = "sweep_before_fence")) {
            removed += self.fence(shard, names);
        }
        let mut from = 0;
        loop {
            let mut desk = self.desk();
            let end = {
                let mut shard = shard.lock();
                removed += shard.sweep(from..from + CHUNK, names, &mut desk);
                shard.slots()
            };
            self.bury(desk);
            from += CHUNK;
            if from >= end {
                break;
            }
        }
        if cfg!(cache_mutant = "sweep_before_fence") {
            removed += self.fence(shard, names);
        }
        removed
    }

    /// Detaches loads under way. What is stored under their names goes with them: a refresh among them may return
    /// before the sweep comes by, and then no call is to be answered with what it was to replace.
    fn fence(&self, shard: &crate::sync::Mutex<super::Shard>, names: &Names) -> usize {
        let mut desk = self.desk();
        let detached;
        let mut removed = 0;
        {
            let mut shard = shard.lock();
            if matches!(names, Names::All) {
                shard.regrets.forget_all();
            }
            detached = shard.detach_all_loads(|flight| names.contains(&flight.name));
            for flight in &detached {
                removed += usize::from(shard.remove(flight.name_hash, &flight.name, Gone::Invalidated, &mut desk));
            }
        }
        self.bury(desk);
        removed
    }

    /// Removes what has expired; says how many.
    pub(crate) fn cleanup_expired(&self) -> usize {
        let mut removed = 0;
        for shard in &self.shards {
            loop {
                let mut desk = self.desk();
                let reclaimed = shard.lock().reclaim(CHUNK, &mut desk);
                self.bury(desk);
                removed += reclaimed.entries;
                if !reclaimed.more {
                    break;
                }
            }
        }
        self.typed.flush();
        super::GRAVEYARD.clear();
        removed
    }

    /// The names of all entries that are fresh, in no order.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock();
            let fresh = shard.entries().filter(|entry| entry.is_fresh(&self.clock));
            keys.extend(fresh.map(|entry| entry.name().to_owned()));
        }
        keys
    }

    pub(crate) fn info(&self, name: &str) -> Option<EntryInfo> {
        let entry = self.find(name)?;
        let now = self.clock.now();
        let age = span(now.saturating_sub(entry.made));
        let until = entry.fresh_until();
        Some(EntryInfo {
            name: entry.name().to_owned(),
            made_at: SystemTime::now() - age,
            age,
            remaining: (until != NEVER).then(|| span(until.saturating_sub(now))),
            hits: entry.hits(),
            bytes: entry.weight,
        })
    }

    /// Entries that have expired and still take room, per function.
    pub(crate) fn expired_by_function(&self) -> HashMap<*const crate::registry::Function, usize> {
        let mut expired = HashMap::new();
        for shard in &self.shards {
            let shard = shard.lock();
            for entry in shard.entries().filter(|entry| !entry.is_fresh(&self.clock)) {
                *expired.entry(std::sync::Arc::as_ptr(&entry.function)).or_default() += 1;
            }
        }
        expired
    }
}
