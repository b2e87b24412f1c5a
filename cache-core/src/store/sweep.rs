//! Removal by name, by pattern, of everything, and of what has expired; and the views over all entries.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::Store;
use crate::clock::{NEVER, span};
use crate::entry::Stored;
use crate::flight::Flight;
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

/// What a sweep takes.
#[derive(Clone, Copy)]
enum Victims<'a> {
    Named(&'a Names),
    /// Of what other instances may change.
    #[cfg(feature = "shared")]
    Copies,
}

impl Victims<'_> {
    fn has(self, entry: &Stored) -> bool {
        match self {
            Self::Named(names) => names.contains(entry.name()),
            #[cfg(feature = "shared")]
            Self::Copies => entry.is_copy(),
        }
    }

    /// Whether a load is not to store its value.
    fn detach(self, flight: &Flight) -> bool {
        match self {
            Self::Named(names) => names.contains(&flight.name),
            // Whose copy it will be is not known.
            #[cfg(feature = "shared")]
            Self::Copies => true,
        }
    }
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
                there.chain(back).map(|shard| self.sweep_shard(shard, Victims::Named(names))).sum()
            }
        };
        self.typed.flush();
        super::GRAVEYARD.clear();
        removed
    }

    /// Removes every copy of what other instances may have changed, and keeps loads under way from storing theirs.
    #[cfg(feature = "shared")]
    pub(crate) fn forget_copies(&self) -> usize {
        let there = self.shards.iter();
        let back = self.shards.iter().rev().skip(1);
        let removed = there.chain(back).map(|shard| self.sweep_shard(shard, Victims::Copies)).sum();
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
    fn sweep_shard(&self, shard: &crate::sync::Mutex<super::Shard>, victims: Victims<'_>) -> usize {
        let mut removed = 0;
        if cfg!(not(cache_mutant = "sweep_before_fence")) {
            removed += self.fence(shard, victims);
        }
        let mut from = 0;
        loop {
            let mut desk = self.desk();
            let end = {
                let mut shard = shard.lock();
                removed += shard.sweep(from..from + CHUNK, |entry| victims.has(entry), &mut desk);
                shard.slots()
            };
            self.bury(desk);
            from += CHUNK;
            if from >= end {
                break;
            }
        }
        if cfg!(cache_mutant = "sweep_before_fence") {
            removed += self.fence(shard, victims);
        }
        removed
    }

    /// Detaches loads under way. What is stored under their names goes with them: a refresh among them may return
    /// before the sweep comes by, and then no call is to be answered with what it was to replace.
    fn fence(&self, shard: &crate::sync::Mutex<super::Shard>, victims: Victims<'_>) -> usize {
        let mut desk = self.desk();
        let detached;
        let mut removed = 0;
        {
            let mut shard = shard.lock();
            if matches!(victims, Victims::Named(Names::All)) {
                shard.regrets.forget_all();
            }
            detached = shard.detach_all_loads(|flight| victims.detach(flight));
            for flight in &detached {
                let found = shard.find(flight.name_hash, &flight.name);
                if found.is_some_and(|entry| victims.has(entry)) {
                    removed += usize::from(shard.remove(flight.name_hash, &flight.name, Gone::Invalidated, &mut desk));
                }
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
