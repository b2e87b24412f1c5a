//! Which entries stay.
//!
//! A newcomer stands in a window. What is read there often enough goes on to a clock, which passes over what was read
//! since the hand came by. What leaves the window unread is remembered for a while as a ghost; if it comes back sooner
//! than the clock's own next victim would have, it takes that one's place. So a scan goes through the window and a loop
//! that is larger than the cache keeps a part of itself.
//!
//! A read costs a saturating count and nothing else. All else is done by insertions, a bounded amount each.

mod duel;
mod ghosts;
mod queue;

pub(super) use self::duel::Duel;
use self::ghosts::Ghosts;
use self::queue::{Home, NONE, Queues};

/// How many entries one step of the hand passes over at most.
const SWEEP: usize = 64;
/// How many one insertion moves on to the clock at most.
const PROMOTIONS: usize = 8;
/// After so many that an insertion has looked at in the window, the next goes whatever it is.
const PATIENCE: usize = 32;

/// A way to weigh newcomers against residents. Which one does best is found out as the cache works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Mode {
    /// For recency, with a strict door.
    Strict,
    /// For loops: nearly everything is the clock's.
    Loop,
    /// A plain clock.
    Plain,
    /// For bursts: one read opens the door, and the hand forgets them all.
    Open,
}

impl Mode {
    const ALL: [Self; 4] = [Self::Strict, Self::Loop, Self::Plain, Self::Open];

    /// The window's share of the room, in hundredths.
    fn window(self) -> usize {
        match self {
            Self::Strict => 15,
            Self::Loop => 1,
            Self::Plain => 100,
            Self::Open => 10,
        }
    }

    /// How many reads open the door to the clock.
    fn door(self) -> u8 {
        match self {
            Self::Strict | Self::Plain => 3,
            Self::Loop => 2,
            Self::Open => 1,
        }
    }

    /// How much younger than a resident a ghost has to be, in hundredths.
    fn handicap(self) -> u128 {
        match self {
            Self::Loop => 80,
            Self::Strict | Self::Plain | Self::Open => 100,
        }
    }
}

/// What the policy has to know of the entries.
pub(super) trait Residents {
    /// How often it was read of late, up to [`OFTEN`]; 0 of one that has expired.
    fn reads(&self, at: u32) -> u8;
    fn set_reads(&self, at: u32, reads: u8);
    fn weight(&self, at: u32) -> usize;
}

/// How much there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) entries: usize,
    pub(super) bytes: usize,
}

/// One that comes in.
#[derive(Debug)]
pub(super) struct Newcomer {
    weight: usize,
    /// How long ago it was last pushed, where it is back.
    back: Option<u32>,
    mode: Mode,
    home: Home,
    looked_at: usize,
    promoted: usize,
}

/// One that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Victim {
    pub(super) at: u32,
    /// When it was last pushed, where it is to be remembered.
    pub(super) ghost: Option<u32>,
}

impl Newcomer {
    /// For room that is to be made for nobody.
    pub(super) fn none(mode: Mode) -> Self {
        Self { weight: 0, back: None, mode, home: Home::Nowhere, looked_at: 0, promoted: 0 }
    }
}

#[derive(Debug, Default)]
pub(super) struct Policy {
    queues: Queues,
    ghosts: Ghosts,
    /// Counts insertions.
    tick: u32,
}

impl Policy {
    /// Something comes in, under that hash.
    pub(super) fn arrive(&mut self, hash: u64, weight: usize, mode: Mode) -> Newcomer {
        self.tick = self.tick.wrapping_add(1);
        let back = self.ghosts.take(hash, self.tick).filter(|_| mode != Mode::Plain);
        Newcomer { weight, back, mode, home: Home::Window, looked_at: 0, promoted: 0 }
    }

    /// Decides where a newcomer goes; perhaps in a resident's stead, which is given.
    pub(super) fn place(&mut self, new: &mut Newcomer, room: Room, residents: &impl Residents) -> Option<Victim> {
        let age = new.back?;
        if self.clock_has_room(room, window(room, new.mode)) {
            new.home = Home::Clock;
            return None;
        }
        let at = self.sweep(residents, new.mode)?;
        let burden = |age: u32, weight: usize| u128::from(age) * weight.max(1) as u128;
        let resident = burden(self.tick.wrapping_sub(self.queues.stamp(at)), residents.weight(at));
        if burden(age, new.weight) * 100 >= resident * new.mode.handicap() {
            return None;
        }
        new.home = Home::Clock;
        Some(Victim { at, ghost: None })
    }

    /// The next to go, for a newcomer to find room.
    pub(super) fn victim(&mut self, new: &mut Newcomer, room: Room, residents: &impl Residents) -> Option<Victim> {
        let part = window(room, new.mode);
        while self.queues.clock.count == 0 || self.window_is_full(part) {
            let at = self.queues.window.oldest;
            if at == NONE {
                break;
            }
            let leaves = Some(Victim { at, ghost: Some(self.queues.stamp(at)) });
            let reads = residents.reads(at);
            new.looked_at += 1;
            if new.looked_at > PATIENCE {
                return leaves;
            }
            if new.mode == Mode::Plain {
                if reads == 0 {
                    return leaves;
                }
                residents.set_reads(at, reads - 1);
                self.push(Home::Window, at, residents);
                continue;
            }
            let has_room = self.clock_has_room(room, part) && new.promoted < PROMOTIONS;
            if reads >= new.mode.door() {
                if has_room {
                    new.promoted += 1;
                    residents.set_reads(at, 0);
                    self.push(Home::Clock, at, residents);
                    continue;
                }
                return match self.sweep(residents, new.mode) {
                    Some(older) if self.is_younger(at, older) => {
                        residents.set_reads(at, 0);
                        self.push(Home::Clock, at, residents);
                        Some(Victim { at: older, ghost: None })
                    }
                    _ => leaves,
                };
            }
            if has_room {
                new.promoted += 1;
                self.push(Home::Clock, at, residents);
            } else if reads > 0 {
                residents.set_reads(at, 0);
                self.push(Home::Window, at, residents);
            } else {
                return leaves;
            }
        }
        self.sweep(residents, new.mode).map(|at| Victim { at, ghost: None })
    }

    /// The newcomer is in, at that place.
    pub(super) fn enter(&mut self, new: &Newcomer, at: u32) {
        self.queues.push(new.home, at, new.weight, self.tick);
    }

    /// An entry is gone from its place.
    pub(super) fn leave(&mut self, at: u32, weight: usize) {
        self.queues.take(at, weight);
    }

    /// What has gone is remembered, under that hash, in a shard of so many entries.
    pub(super) fn remember(&mut self, hash: u64, stamp: u32, entries: usize) {
        self.ghosts.fit(entries);
        self.ghosts.put(hash, stamp, self.tick);
    }

    /// An entry has another in its place, which weighs something else.
    pub(super) fn reweigh(&mut self, at: u32, before: usize, weight: usize) {
        self.queues.reweigh(at, before, weight);
    }

    fn push(&mut self, home: Home, at: u32, residents: &impl Residents) {
        let weight = residents.weight(at);
        let stamp = if home == Home::Clock { self.queues.stamp(at) } else { self.tick };
        self.queues.take(at, weight);
        self.queues.push(home, at, weight, stamp);
    }

    /// The entry that the hand stops at.
    fn sweep(&mut self, residents: &impl Residents, mode: Mode) -> Option<u32> {
        for _ in 0..SWEEP {
            let at = self.queues.clock.oldest;
            if at == NONE {
                return None;
            }
            let reads = residents.reads(at);
            if reads == 0 {
                return Some(at);
            }
            residents.set_reads(at, if mode == Mode::Open { 0 } else { reads - 1 });
            let weight = residents.weight(at);
            self.queues.take(at, weight);
            self.queues.push(Home::Clock, at, weight, self.tick);
        }
        Some(self.queues.clock.oldest).filter(|at| *at != NONE)
    }

    fn is_younger(&self, at: u32, than: u32) -> bool {
        let age = |at| self.tick.wrapping_sub(self.queues.stamp(at));
        age(at) <= age(than)
    }

    fn window_is_full(&self, part: Room) -> bool {
        let window = &self.queues.window;
        window.count >= part.entries || window.bytes >= part.bytes
    }

    /// Whether the clock may grow without taking from the window's part.
    fn clock_has_room(&self, room: Room, part: Room) -> bool {
        let clock = &self.queues.clock;
        clock.count + part.entries < room.entries && clock.bytes.saturating_add(part.bytes) < room.bytes
    }
}

fn window(room: Room, mode: Mode) -> Room {
    let part = |whole: usize| (whole / 100).saturating_mul(mode.window()) + (whole % 100) * mode.window() / 100;
    Room { entries: part(room.entries).max(1), bytes: part(room.bytes).max(1) }
}
