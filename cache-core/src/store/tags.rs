//! Tags: what an entry is invalidated by beside its name, whatever the number of entries that carry it.
//!
//! A tag in use is a cell that its entries share. Invalidating it marks the cell dead and takes it out of the table: who
//! carries the tag from then on gets a new one. So nothing is remembered of a tag that nobody carries, and an entry is as
//! old as its cells say.
//!
//! A load takes the cells of its arguments' tags before its body runs. Those of its value's tags are not known before, so
//! while such a load is under way, what is invalidated is written down: a tag on that list since the load began is as dead.
//!
//! Lock order: a shard of the store, then the list, then a part of the table. User code runs under none of them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Mutex, Ordering};

/// Parts of the table: two tags seldom wait for each other.
const PARTS: usize = 16;
/// A part with fewer cells is not looked through for those that nobody carries.
const FEW: usize = 256;
/// How many invalidations are written down at most. Loads from before the oldest of them store nothing.
const REMEMBERED: usize = 4_096;

/// A tag in use.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    dead: AtomicBool,
    /// Entries that carry it.
    entries: AtomicUsize,
}

/// A cell that an entry carries.
#[derive(Debug)]
pub(crate) struct Carried(Arc<Cell>);

impl Carried {
    fn new(cell: Arc<Cell>) -> Self {
        cell.entries.fetch_add(1, Ordering::Relaxed);
        Self(cell)
    }

    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        self.0.dead.load(Ordering::Acquire)
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.0.entries.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The tags of one load.
#[derive(Debug)]
pub(crate) struct Tagging {
    cells: SmallVec<[Arc<Cell>; 2]>,
    /// Of a load whose value has tags.
    since: Option<Since>,
}

/// Keeps what is invalidated written down.
#[derive(Debug)]
struct Since {
    tags: Arc<Tags>,
    stamp: u64,
}

impl Drop for Since {
    fn drop(&mut self) {
        self.tags.list.lock().forget(self.stamp);
    }
}

impl Tagging {
    /// Whether nothing was invalidated that its load may carry.
    pub(crate) fn is_current(&self) -> bool {
        let unchanged = |since: &Since| since.tags.stamp.load(Ordering::Acquire) == since.stamp;
        self.cells.iter().all(|cell| !cell.dead.load(Ordering::Acquire)) && self.since.as_ref().is_none_or(unchanged)
    }

    /// What its entry is to carry, with the tags of the value. None where one of them was invalidated since the load began.
    pub(crate) fn carried(&self, of_value: Vec<String>) -> Option<Box<[Carried]>> {
        let mut cells = self.cells.clone();
        if let Some(since) = &self.since {
            // The cells first: what is invalidated after the list was read finds them.
            cells.extend(of_value.iter().map(|tag| since.tags.cell(tag)));
            if since.tags.list.lock().has_any(&of_value, since.stamp) {
                return None;
            }
        }
        let carried: Box<[_]> = cells.into_iter().map(Carried::new).collect();
        carried.iter().all(|cell| !cell.is_dead()).then_some(carried)
    }
}

/// What was invalidated while loads were under way that could not say yet what they carry.
#[derive(Debug, Default)]
struct List {
    /// Tags, each with the count of invalidations that it made.
    invalidated: VecDeque<(u64, Box<str>)>,
    /// When those loads began, and how many did.
    loads: BTreeMap<u64, usize>,
    /// Up to here the list is not complete.
    forgotten: u64,
}

impl List {
    fn has_any(&self, tags: &[String], since: u64) -> bool {
        since < self.forgotten
            || self.invalidated.iter().any(|(stamp, tag)| *stamp > since && tags.iter().any(|other| **other == **tag))
    }

    fn forget(&mut self, stamp: u64) {
        if let Some(count) = self.loads.get_mut(&stamp) {
            *count -= 1;
            if *count == 0 {
                self.loads.remove(&stamp);
            }
        }
        let oldest = self.loads.keys().next().copied().unwrap_or(u64::MAX);
        while self.invalidated.front().is_some_and(|(stamp, _)| *stamp <= oldest) {
            self.invalidated.pop_front();
        }
    }
}

/// All tags of a store.
pub(crate) struct Tags {
    parts: Box<[Mutex<Part>]>,
    list: Mutex<List>,
    /// How many invalidations there were.
    stamp: AtomicU64,
    state: foldhash::fast::RandomState,
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tags").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Part {
    cells: HashMap<Box<str>, Arc<Cell>>,
    /// With so many it is looked through.
    full: usize,
}

impl Tags {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            list: Mutex::default(),
            stamp: AtomicU64::new(0),
            state: foldhash::fast::RandomState::default(),
        })
    }

    fn part(&self, tag: &str) -> &Mutex<Part> {
        let hash = std::hash::BuildHasher::hash_one(&self.state, tag);
        &self.parts[hash as usize % PARTS]
    }

    /// The cell of a tag. It is in the table while somebody carries it.
    fn cell(&self, tag: &str) -> Arc<Cell> {
        let mut part = self.part(tag).lock();
        if let Some(cell) = part.cells.get(tag) {
            return cell.clone();
        }
        if part.cells.len() >= part.full.max(FEW) {
            part.cells.retain(|_, cell| Arc::strong_count(cell) > 1);
            part.full = 2 * part.cells.len();
        }
        let cell = Arc::new(Cell::default());
        part.cells.insert(tag.into(), cell.clone());
        cell
    }

    /// The tags of a load that begins: of its arguments, and whether its value has some.
    pub(crate) fn tagging(self: &Arc<Self>, tags: &[String], by_value: bool) -> Arc<Tagging> {
        let since = by_value.then(|| {
            let mut list = self.list.lock();
            // Under the lock: what is invalidated later is written down.
            let stamp = self.stamp.load(Ordering::Acquire);
            *list.loads.entry(stamp).or_default() += 1;
            drop(list);
            Since { tags: self.clone(), stamp }
        });
        Arc::new(Tagging { cells: tags.iter().map(|tag| self.cell(tag)).collect(), since })
    }

    /// From now on nothing is served that carries the tag now, and nothing is stored whose load began before. Gives how many
    /// entries carried it.
    pub(crate) fn invalidate(&self, tag: &str) -> usize {
        let mut list = self.list.lock();
        let stamp = self.stamp.fetch_add(1, Ordering::AcqRel) + 1;
        if !list.loads.is_empty() {
            if list.invalidated.len() >= REMEMBERED
                && let Some((oldest, _)) = list.invalidated.pop_front()
            {
                list.forgotten = oldest;
            }
            list.invalidated.push_back((stamp, tag.into()));
        }
        drop(list);
        // After it is written down: a load that is about to store has read the list before and is found here, or reads it there.
        let cell = self.part(tag).lock().cells.remove(tag);
        cell.map_or(0, |cell| {
            cell.dead.store(true, Ordering::Release);
            cell.entries.load(Ordering::Relaxed)
        })
    }

    /// How many tags there are in the table.
    #[cfg(all(test, not(cache_model)))]
    fn len(&self) -> usize {
        self.parts.iter().map(|part| part.lock().cells.len()).sum()
    }
}

#[cfg(all(test, not(cache_model)))]
mod tests {
    use super::*;

    fn names(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn what_carries_a_tag_dies_with_it_and_what_comes_later_does_not() {
        let tags = Tags::new();
        let before = tags.tagging(&names(&["a", "b"]), false).carried(Vec::new()).unwrap();
        assert_eq!(tags.invalidate("a"), 1);
        assert!(before.iter().any(Carried::is_dead));
        let after = tags.tagging(&names(&["a", "b"]), false).carried(Vec::new()).unwrap();
        assert!(!after.iter().any(Carried::is_dead));
        assert_eq!((tags.invalidate("c"), tags.invalidate("b")), (0, 2));
    }

    #[test]
    fn a_load_that_began_before_carries_nothing_dead() {
        let tags = Tags::new();
        let (by_argument, by_value) = (tags.tagging(&names(&["a"]), false), tags.tagging(&[], true));
        let unrelated = tags.tagging(&[], true);
        tags.invalidate("a");
        assert!(!by_argument.is_current() && !by_value.is_current());
        assert!(by_argument.carried(Vec::new()).is_none());
        assert!(by_value.carried(names(&["a"])).is_none());
        assert!(unrelated.carried(names(&["b"])).is_some());
        assert!(tags.tagging(&[], true).carried(names(&["a"])).is_some());
    }

    #[test]
    fn nothing_is_remembered_of_tags_that_nobody_carries() {
        let tags = Tags::new();
        for number in 0..100_000 {
            let tagging = tags.tagging(&[number.to_string()], true);
            tags.invalidate(&(number / 2).to_string());
            drop(tagging.carried(vec![format!("value:{number}")]));
        }
        assert!(tags.len() <= PARTS * FEW, "{}", tags.len());
        let list = tags.list.lock();
        assert!(list.invalidated.is_empty() && list.loads.is_empty());
    }

    #[test]
    fn a_load_from_before_the_oldest_that_is_remembered_stores_nothing() {
        let tags = Tags::new();
        let old = tags.tagging(&[], true);
        for number in 0..=REMEMBERED {
            tags.invalidate(&number.to_string());
        }
        assert_eq!(tags.list.lock().invalidated.len(), REMEMBERED);
        assert!(old.carried(names(&["other"])).is_none(), "it may have been the one that was forgotten");
    }
}
