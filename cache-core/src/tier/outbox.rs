//! The changes that a shared tier is owed: kept until they are made, in their order.
//!
//! Every change is written down here before anything else happens, so that dropping a future, a timeout or an outage
//! loses none of them; and while one is here, what the tier has under its names is not read.
//!
//! A newer change of one name takes the place of the older one. Where there are too many, all of them together become
//! one: the removal of everything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::task::Waker;

use super::{Change, Sweep};
use crate::sync::{AtomicU64, Mutex, Ordering};

/// How many changes, and how many bytes of them, may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) changes: usize,
    pub(super) bytes: usize,
}

pub(super) const ROOM: Room = Room { changes: 10_000, bytes: 16 << 20 };

/// Above so many removals of more than one name, every name counts as reached.
const BROAD: usize = 64;

/// How many changes are sent at once.
const BATCH: usize = 128;

/// The place of a change in their order, from 1.
pub(crate) type Place = u64;

/// Tags whose removal is owed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OwedTags {
    These(Vec<String>),
    /// So many that every tag counts as one.
    Many,
}

impl OwedTags {
    pub(super) fn has_any(&self, tags: &[String]) -> bool {
        match self {
            Self::These(owed) => tags.iter().any(|tag| owed.contains(tag)),
            Self::Many => !tags.is_empty(),
        }
    }
}

#[derive(Default)]
struct Owed {
    changes: BTreeMap<Place, Change>,
    /// The newest change of each name.
    names: HashMap<String, Place>,
    /// The newest removal of each tag.
    tags: HashMap<String, Place>,
    /// Those of more than one name.
    broad: BTreeMap<Place, ()>,
    bytes: usize,
    last: Place,
    /// Not to be made yet, nor what comes after them.
    held: BTreeSet<Place>,
    /// Up to here changes are applied: other instances may have to be told of them still. What comes to be owed meanwhile
    /// waits, so that nothing is applied twice for that alone: it could overwrite what another instance has changed since.
    applied: Place,
    /// Everything up to here is made.
    made: Place,
    waiting: Vec<(Place, Waker)>,
}

pub(super) struct Outbox {
    owed: Mutex<Owed>,
    /// How many there are: readers ask this first.
    count: AtomicU64,
    room: Room,
    /// Random: where the numbers of sweeps begin.
    sweeps: u64,
}

impl Outbox {
    pub(super) fn new(room: Room) -> Self {
        Self { owed: Mutex::new(Owed::default()), count: AtomicU64::new(0), room, sweeps: fastrand::u64(..) }
    }

    /// Writes a change down, to be made once it is released. True if that was one too many, so that all became the removal of everything.
    pub(super) fn add(&self, change: Change) -> (Place, bool) {
        let mut owed = self.owed.lock();
        owed.last += 1;
        let place = owed.last;
        owed.held.insert(place);
        if owed.changes.len() >= self.room.changes || owed.bytes.saturating_add(change.len()) > self.room.bytes {
            owed.clear();
            owed.insert(place, Change::remove_all());
            self.count.store(1, Ordering::SeqCst);
            return (place, true);
        }
        match &change {
            Change::Remove(reach) if reach.is_all() => owed.clear(),
            _ => {
                let older = match change.tag() {
                    Some(tag) => owed.tags.get(tag).copied(),
                    None => change.name().and_then(|name| owed.names.get(name)).copied(),
                };
                if let Some(older) = older {
                    owed.take(older);
                }
            }
        }
        owed.insert(place, change);
        self.count.store(owed.changes.len() as u64, Ordering::SeqCst);
        (place, false)
    }

    /// Lets a change be made.
    pub(super) fn release(&self, place: Place) {
        self.owed.lock().held.remove(&place);
    }

    /// Whether a change of that name is still to be made.
    pub(super) fn reaches(&self, name: &str) -> bool {
        if self.count.load(Ordering::SeqCst) == 0 || cfg!(cache_mutant = "trust_owed") {
            return false;
        }
        let owed = self.owed.lock();
        #[cfg(cache_mutant = "owe_after_memory")]
        if !owed.held.is_empty() {
            return false;
        }
        owed.names.contains_key(name)
            || owed.broad.len() > BROAD
            || owed.broad.keys().filter_map(|place| owed.changes.get(place)).any(|change| change.reaches(name))
    }

    /// The tags whose removal is still to be made.
    pub(super) fn tags(&self) -> OwedTags {
        if self.count.load(Ordering::SeqCst) == 0 || cfg!(cache_mutant = "trust_owed_tags") {
            return OwedTags::These(Vec::new());
        }
        let owed = self.owed.lock();
        if owed.tags.len() > BROAD { OwedTags::Many } else { OwedTags::These(owed.tags.keys().cloned().collect()) }
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst) as usize
    }

    /// The first changes, and the place of the last of them.
    pub(super) fn batch(&self) -> Option<(Vec<Change>, Place)> {
        let owed = self.owed.lock();
        let held = owed.held.first().copied().unwrap_or(Place::MAX);
        let applied = owed.changes.range(..=owed.applied).next().map_or(Place::MAX, |_| owed.applied + 1);
        let end = held.min(applied);
        let all = owed.changes.range(..end).take(BATCH);
        // Removals of many names are by themselves: what comes after them waits until they have freed what is there.
        let wide = owed.changes.values().next().is_some_and(Change::is_wide);
        let batch: Vec<_> = all.take_while(|(_, change)| change.is_wide() == wide).collect();
        let (last, _) = batch.last()?;
        Some((batch.iter().map(|(_, change)| (*change).clone()).collect(), **last))
    }

    /// What the removals of many names in the first batch are called, the same if they are tried again.
    pub(super) fn sweep(&self) -> Sweep {
        let first = self.owed.lock().changes.keys().next().copied().unwrap_or_default();
        Sweep(self.sweeps.wrapping_add(first))
    }

    pub(super) fn is_applied(&self, up_to: Place) -> bool {
        self.owed.lock().applied >= up_to
    }

    /// Notes what is applied.
    pub(super) fn applied(&self, up_to: Place) {
        let mut owed = self.owed.lock();
        owed.applied = owed.applied.max(up_to);
    }

    /// Crosses out what is made.
    pub(super) fn made(&self, up_to: Place) {
        let wakers: Vec<Waker> = {
            let mut owed = self.owed.lock();
            let made: Vec<_> = owed.changes.range(..=up_to).map(|(place, _)| *place).collect();
            for place in made {
                owed.take(place);
            }
            owed.made = owed.made.max(up_to);
            self.count.store(owed.changes.len() as u64, Ordering::SeqCst);
            let (done, waiting) = std::mem::take(&mut owed.waiting).into_iter().partition(|(place, _)| *place <= up_to);
            owed.waiting = waiting;
            let done: Vec<(Place, Waker)> = done;
            done.into_iter().map(|(_, waker)| waker).collect()
        };
        crate::flight::wake(wakers);
    }

    /// Whether the change of that place is made; wakes `waker` once it is.
    pub(super) fn poll(&self, place: Place, waker: &Waker) -> bool {
        let mut owed = self.owed.lock();
        let made = owed.made >= place;
        if !made && !owed.waiting.iter().any(|(other, known)| *other == place && known.will_wake(waker)) {
            owed.waiting.push((place, waker.clone()));
        }
        made
    }

    /// Forgets those who wait for a change: they were told that it has to wait.
    pub(super) fn leave(&self, place: Place) {
        let left: Vec<_> = {
            let mut owed = self.owed.lock();
            let (left, waiting) = std::mem::take(&mut owed.waiting).into_iter().partition(|(other, _)| *other == place);
            owed.waiting = waiting;
            left
        };
        drop(left);
    }
}

impl Owed {
    fn insert(&mut self, place: Place, change: Change) {
        self.bytes += change.len();
        match (change.name(), change.tag()) {
            (Some(name), _) => drop(self.names.insert(name.to_owned(), place)),
            (None, Some(tag)) => drop(self.tags.insert(tag.to_owned(), place)),
            (None, None) => drop(self.broad.insert(place, ())),
        }
        self.changes.insert(place, change);
    }

    fn take(&mut self, place: Place) {
        let Some(change) = self.changes.remove(&place) else { return };
        self.bytes -= change.len();
        self.broad.remove(&place);
        if let Some(name) = change.name()
            && self.names.get(name) == Some(&place)
        {
            self.names.remove(name);
        }
        if let Some(tag) = change.tag()
            && self.tags.get(tag) == Some(&place)
        {
            self.tags.remove(tag);
        }
    }

    fn clear(&mut self) {
        self.changes.clear();
        self.names.clear();
        self.tags.clear();
        self.broad.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests;
