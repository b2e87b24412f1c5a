//! Flights: the loads under way, and the callers that wait for them.
//!
//! A flight is registered in its name's shard before its body runs. While it is there, its value may be stored and,
//! where it can be joined, callers that miss wait for it. Whatever detaches it (an invalidation, a newer load, a leader
//! that went away) leaves it to answer those that it has.
//!
//! Lock order: a shard, then a flight. User code runs under neither.
//!
//! A waiter is never handed a flight that has failed it: it is woken and asks again from the start, so one of those
//! that wait becomes the next leader and the others wait for that one. Nobody depends on a particular waiter being
//! polled.

mod crew;
mod graph;
mod leader;
mod waiters;

use std::any::{Any, TypeId};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, Waker};

pub(crate) use self::crew::{Crew, Crewed};
pub(crate) use self::leader::{Attended, Led};
use self::waiters::{Waiter, Waiters};
use crate::clock::{Alarm, Clock, NEVER, Ticks};
use crate::entry::{Copied, Stored};
use crate::key::Name;
use crate::store::Tagging;
use crate::sync::{AtomicBool, Mutex};

/// An error on its way to those who wait for it, as its function returned it.
pub(crate) type Shared = Box<dyn Any + Send + Sync>;

/// Where flights are registered while what they load may be stored.
pub(crate) trait Register: Send + Sync {
    /// Takes the flight out: nothing that it loads will be stored. False if it was out already.
    fn detach(&self, flight: &Flight) -> bool;
    /// Takes the flight out, and the entry of its name with it unless the flight was out already.
    fn vacate(&self, flight: &Flight) -> bool;
}

/// What a flight is to load, and for whom.
pub(crate) struct Order<'a> {
    pub(crate) name: &'a Name,
    pub(crate) name_hash: u64,
    pub(crate) value: TypeId,
    pub(crate) led: Led,
    pub(crate) joinable: bool,
    pub(crate) refreshes: bool,
    pub(crate) renews: bool,
    pub(crate) tagging: Option<Arc<Tagging>>,
    pub(crate) copied: Option<Copied>,
}

/// How a flight ended.
#[derive(Clone)]
pub(crate) enum Landing {
    /// With a value, whether or not it could be stored.
    Value(Stored),
    /// With a `None` at that depth.
    Absent(u8),
    /// With an error, shared where it can be.
    Failed(Option<Arc<Shared>>),
    /// Without an answer: its leader was dropped, panicked, or was deposed.
    Abandoned,
}

impl Landing {
    /// The entry of its value.
    pub(crate) fn entry(&self) -> Option<Stored> {
        if let Self::Value(entry) = self { Some(entry.clone()) } else { None }
    }
}

struct State {
    landing: Option<Landing>,
    waiters: Waiters,
    /// Where it is registered, once somebody waits: nobody else depends on an alarm.
    register: Option<Weak<dyn Register>>,
    /// When the alarm is due that counts; one that rings before is an old one.
    next_ring: Ticks,
}

/// One load under way.
pub(crate) struct Flight {
    /// Among the flights of one name, the later began later: it is given under the shard's lock.
    pub(crate) id: u64,
    pub(crate) name: Name,
    pub(crate) name_hash: u64,
    /// The type of the value that it loads.
    pub(crate) value: TypeId,
    pub(crate) led: Led,
    /// Callers that miss may wait for it.
    pub(crate) joinable: bool,
    /// It was asked for whatever was stored.
    pub(crate) refreshes: bool,
    /// There is an entry that it is to take the place of.
    pub(crate) renews: bool,
    /// The tags of what it loads.
    pub(crate) tagging: Option<Arc<Tagging>>,
    /// What its value is trusted by, where other instances may change it.
    copied: Option<Copied>,
    /// What the shared tier has, past its time, for as long as this is registered.
    pub(crate) lent: OnceLock<Stored>,
    /// Somebody has joined. Written under the shard's lock, like all that joins.
    awaited: AtomicBool,
    state: Mutex<State>,
    leader: leader::Leader,
    /// Whose leader it is that leads this one too, where one body is for several.
    head: OnceLock<Arc<Flight>>,
    clock: Clock,
    patience: Ticks,
}

static IDS: AtomicU64 = AtomicU64::new(1);

impl Flight {
    pub(crate) fn new(order: Order<'_>, clock: Clock, patience: Ticks) -> Arc<Self> {
        Arc::new(Self {
            id: IDS.fetch_add(1, Relaxed),
            name: order.name.clone(),
            name_hash: order.name_hash,
            value: order.value,
            led: order.led,
            joinable: order.joinable,
            refreshes: order.refreshes,
            renews: order.renews,
            tagging: order.tagging,
            copied: order.copied,
            lent: OnceLock::new(),
            awaited: AtomicBool::new(false),
            state: Mutex::new(State { landing: None, waiters: Waiters::default(), register: None, next_ring: NEVER }),
            leader: leader::Leader::default(),
            head: OnceLock::new(),
            clock,
            patience,
        })
    }

    /// Whether somebody who asks now may be given what it loads. Of one that began before this instance was cut off from the
    /// others nobody knows whether it has read what they have changed since.
    pub(crate) fn is_trusted(&self) -> bool {
        self.copied.as_ref().is_none_or(|copied| self.clock.now() < copied.until())
    }

    /// Whether its leader was woken and has not been polled for longer than others are patient.
    #[cfg(feature = "shared")]
    pub(crate) fn is_neglected(&self) -> bool {
        self.leader.woken_at().is_some_and(|at| at.saturating_add(self.patience) <= self.clock.now())
    }

    /// Whether there is something that is to go should it come to nothing.
    pub(crate) fn takes_a_place(&self) -> bool {
        self.refreshes || self.renews || self.lent.get().is_some()
    }

    /// Waits for it, until `until` at the latest. None where that would close a circle of waits. Call it with the shard
    /// locked in which it is registered.
    pub(crate) fn join(self: &Arc<Self>, until: Ticks, register: impl FnOnce() -> Weak<dyn Register>) -> Option<Wait> {
        let edges = graph::Edges::add(self.id)?;
        if cfg!(not(cache_mutant = "unheard_waiter")) {
            self.awaited.store(true, Relaxed);
        }
        let mut state = self.state.lock();
        state.register.get_or_insert_with(register);
        let id = state.waiters.add(Waiter { waker: None, until, expired: false });
        let due = self.clock.now().saturating_add(self.patience).min(until);
        if due < state.next_ring {
            state.next_ring = due;
            let alarm: Weak<dyn Alarm> = Arc::<Self>::downgrade(self);
            self.clock.timers().set(due, alarm);
        }
        drop(state);
        Some(Wait { flight: self.clone(), id, _edges: edges })
    }

    /// Whether anybody has ever waited for it. Ask when it is out of its shard's register, whose lock makes it known and
    /// without which nobody joins.
    pub(crate) fn is_awaited(&self) -> bool {
        self.awaited.load(Relaxed)
    }

    /// Ends it, once: later ends are ignored. Wakes all that wait. It is out of its shard's register.
    pub(crate) fn land(&self, landing: Landing) {
        if !self.is_awaited() {
            return;
        }
        let mut state = self.state.lock();
        if state.landing.is_some() {
            return;
        }
        state.landing = Some(landing);
        let wakers: Vec<_> = state.waiters.iter_mut().filter_map(|waiter| waiter.waker.take()).collect();
        drop(state);
        wake(wakers);
    }
}

/// Wakes them all: a waker that panics takes none of the others with it.
pub(crate) fn wake(wakers: Vec<Waker>) {
    for waker in wakers {
        if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
            tracing::error!(target: "cache", "a waker panicked");
        }
    }
}

/// Looks after those that wait: nobody for longer than it said, nobody for a leader that was woken and is not polled.
impl Alarm for Flight {
    fn ring(&self, now: Ticks) -> Option<Ticks> {
        let leader = self.head.get().map_or(&self.leader, |head| &head.leader);
        let stalled_at = leader.woken_at().map(|at| at.saturating_add(self.patience));
        if stalled_at.is_some_and(|at| at <= now) && cfg!(not(cache_mutant = "no_patience")) {
            let register = self.state.lock().register.clone();
            if let Some(register) = register.and_then(|register| register.upgrade()) {
                // A refresh may still return, and what it was to replace is not to be served after that.
                if self.refreshes {
                    register.vacate(self)
                } else {
                    register.detach(self)
                };
            }
            self.land(Landing::Abandoned);
            return None;
        }
        let mut state = self.state.lock();
        if state.landing.is_some() || now < state.next_ring {
            return None;
        }
        let mut next = stalled_at.unwrap_or(now.saturating_add(self.patience)).max(now + 1);
        let mut wakers = Vec::new();
        for waiter in state.waiters.iter_mut().filter(|waiter| !waiter.expired) {
            if waiter.until <= now {
                waiter.expired = true;
                wakers.extend(waiter.waker.take());
            } else {
                next = next.min(waiter.until);
            }
        }
        state.next_ring = next;
        drop(state);
        wake(wakers);
        Some(next)
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// One caller's wait for a flight. Dropping it leaves the flight to the others.
pub(crate) struct Wait {
    flight: Arc<Flight>,
    id: usize,
    _edges: graph::Edges,
}

/// How a wait ended.
pub(crate) enum Waited {
    Landed(Landing),
    /// Waited for as long as anybody may.
    Expired,
}

impl Future for Wait {
    type Output = Waited;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Waited> {
        let waker = context.waker().clone();
        let now = self.flight.clock.now();
        let mut state = self.flight.state.lock();
        if let Some(landing) = &state.landing {
            return Poll::Ready(Waited::Landed(landing.clone()));
        }
        match state.waiters.get_mut(self.id) {
            // Its time may be over before an alarm for it could be set.
            Some(waiter) if !waiter.expired && now < waiter.until => {
                let old = waiter.waker.replace(waker);
                drop(state);
                // A waker may hold the last reference to a task, and that may hold anything.
                drop(old);
                Poll::Pending
            }
            _ => Poll::Ready(Waited::Expired),
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let waiter = self.flight.state.lock().waiters.remove(self.id);
        drop(waiter);
    }
}
