//! Which mode the policy works in: tiny shadow caches, one per mode, see a sample of what is asked for, and the mode
//! whose shadow has had the most hits of late is everybody's.
//!
//! Hits are noted in a ring that is read before the next sampled miss is played. The ring may lose some: nothing
//! depends on it but the mode.

use std::cell::Cell;

use hashbrown::HashTable;

use super::{Mode, Policy, Residents, Room};
use crate::entry::OFTEN;
use crate::sync::{AtomicU8, AtomicU64, AtomicUsize, Mutex, Ordering::Relaxed};

/// A shadow has at most so many entries.
const SHADOW: usize = 256;
/// Samples between two verdicts, at least.
const PERIOD: usize = 200;
/// How many hits wait to be played at most.
const RING: usize = 64;
/// How much of an earlier score counts on.
const MEMORY: f64 = 0.8;
/// By how much another mode has to be better.
const LEAD: f64 = 1.01;
/// The plain clock forgets what the others have learnt: it has to be better by so much.
const PLAIN_LEAD: f64 = 1.2;

pub(in crate::store) struct Duel {
    mode: AtomicU8,
    /// A hash is sampled if these bits of it are zero.
    mask: AtomicU64,
    noted: AtomicUsize,
    ring: [AtomicU64; RING],
    shadows: Mutex<Shadows>,
}

impl Duel {
    /// For a cache of so many entries.
    pub(in crate::store) fn new(entries: usize) -> Self {
        let shadows = Shadows::new(entries);
        Self {
            mode: AtomicU8::new(Mode::Strict as u8),
            mask: AtomicU64::new(shadows.mask()),
            noted: AtomicUsize::new(0),
            ring: std::array::from_fn(|_| AtomicU64::new(0)),
            shadows: Mutex::new(shadows),
        }
    }

    pub(in crate::store) fn mode(&self) -> Mode {
        Mode::ALL[usize::from(self.mode.load(Relaxed)) % Mode::ALL.len()]
    }

    /// Notes a hit.
    #[inline]
    pub(in crate::store) fn hit(&self, hash: u64) {
        if hash & self.mask.load(Relaxed) == 0 {
            self.note(hash);
        }
    }

    #[cold]
    #[inline(never)]
    fn note(&self, hash: u64) {
        // Full, it is left alone: threads that hit and never miss write nothing here.
        if self.noted.load(Relaxed) < RING
            && let Some(place) = self.ring.get(self.noted.fetch_add(1, Relaxed))
        {
            place.store(hash, Relaxed);
        }
    }

    /// Notes an insertion, in a cache that holds so many entries when it is full.
    pub(in crate::store) fn miss(&self, hash: u64, entries: Option<usize>) {
        if hash & self.mask.load(Relaxed) != 0 {
            return;
        }
        let mut shadows = self.shadows.lock();
        if let Some(entries) = entries.filter(|entries| shadows.is_for_another(*entries)) {
            *shadows = Shadows::new(entries);
            self.mask.store(shadows.mask(), Relaxed);
        }
        let noted = self.noted.swap(0, Relaxed).min(RING);
        for place in &self.ring[..noted] {
            shadows.play(place.load(Relaxed));
        }
        shadows.play(hash);
        if shadows.is_time() {
            let mode = shadows.verdict(self.mode());
            self.mode.store(mode as u8, Relaxed);
        }
    }
}

struct Shadows {
    entries: usize,
    shift: u32,
    all: [Shadow; Mode::ALL.len()],
    samples: usize,
}

impl Shadows {
    fn new(entries: usize) -> Self {
        let shift = (0..usize::BITS - 1).find(|shift| entries >> shift < SHADOW).unwrap_or_default();
        let room = (entries >> shift).max(1);
        Self { entries, shift, all: Mode::ALL.map(|mode| Shadow::new(mode, room)), samples: 0 }
    }

    fn mask(&self) -> u64 {
        (1 << self.shift) - 1
    }

    fn is_for_another(&self, entries: usize) -> bool {
        entries > self.entries.saturating_mul(2) || entries < self.entries / 2
    }

    fn play(&mut self, hash: u64) {
        self.samples += 1;
        for shadow in &mut self.all {
            shadow.play(hash);
        }
    }

    fn is_time(&self) -> bool {
        self.samples >= PERIOD.max(4 * (self.entries >> self.shift))
    }

    fn verdict(&mut self, now: Mode) -> Mode {
        self.samples = 0;
        for shadow in &mut self.all {
            shadow.score = MEMORY * shadow.score + f64::from(std::mem::take(&mut shadow.hits));
        }
        let score = |mode: Mode| self.all[mode as usize].score;
        let best = Mode::ALL.into_iter().fold(now, |best, mode| if score(mode) > score(best) { mode } else { best });
        let lead = if best == Mode::Plain { PLAIN_LEAD } else { LEAD };
        let (best_score, own) = (score(best), score(now));
        if best_score > own * lead && best_score - own > own.sqrt() { best } else { now }
    }
}

/// A cache of hashes alone.
struct Shadow {
    mode: Mode,
    room: Room,
    policy: Policy,
    places: HashTable<u32>,
    kept: Kept,
    hits: u32,
    score: f64,
}

#[derive(Default)]
struct Kept {
    hashes: Vec<u64>,
    reads: Vec<Cell<u8>>,
    free: Vec<u32>,
}

impl Residents for Kept {
    fn reads(&self, at: u32) -> u8 {
        self.reads[at as usize].get()
    }

    fn set_reads(&self, at: u32, reads: u8) {
        self.reads[at as usize].set(reads);
    }

    fn weight(&self, _: u32) -> usize {
        1
    }
}

impl Shadow {
    fn new(mode: Mode, entries: usize) -> Self {
        let room = Room { entries, bytes: usize::MAX };
        Self {
            mode,
            room,
            policy: Policy::default(),
            places: HashTable::with_capacity(entries),
            kept: Kept::default(),
            hits: 0,
            score: 0.0,
        }
    }

    fn play(&mut self, hash: u64) {
        if let Some(at) = self.places.find(hash, |at| self.kept.hashes[*at as usize] == hash) {
            self.hits += 1;
            let reads = &self.kept.reads[*at as usize];
            reads.set((reads.get() + 1).min(OFTEN));
            return;
        }
        let mut new = self.policy.arrive(hash, 1, self.mode);
        let mut victim = self.policy.place(&mut new, self.room, &self.kept);
        loop {
            if let Some(victim) = victim {
                self.evict(victim.at, victim.ghost);
            }
            if self.places.len() < self.room.entries {
                break;
            }
            victim = self.policy.victim(&mut new, self.room, &self.kept);
            if victim.is_none() {
                return;
            }
        }
        let at = self.kept.free.pop().unwrap_or_else(|| {
            self.kept.hashes.push(0);
            self.kept.reads.push(Cell::new(0));
            (self.kept.hashes.len() - 1) as u32
        });
        self.kept.hashes[at as usize] = hash;
        self.kept.reads[at as usize].set(0);
        let hashes = &self.kept.hashes;
        self.places.insert_unique(hash, at, |at| hashes[*at as usize]);
        self.policy.enter(&new, at);
    }

    fn evict(&mut self, at: u32, ghost: Option<u32>) {
        let hash = self.kept.hashes[at as usize];
        self.policy.leave(at, 1);
        if let Some(stamp) = ghost {
            self.policy.remember(hash, stamp, self.room.entries);
        }
        if let Ok(place) = self.places.find_entry(hash, |place| *place == at) {
            place.remove();
        }
        self.kept.free.push(at);
    }
}
