//! One load in the whole cluster: who loads holds a claim on the name, and the others wait for what comes of it.
//!
//! A claim is a courtesy and no lock: whoever cannot get one in time loads all the same, and the stamps decide what is stored.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::Stamp;
use super::backplane::{Message, Origin};
use super::guard::{Guard, Remote};
use super::listener::stopped_by;
use super::stats::count;
use crate::clock::{Ticks, after};
use crate::flight::Flight;
use crate::sync::Mutex;

/// A holder that is not heard of for so long has died.
const LEASE: Duration = Duration::from_secs(5);
/// A lease is renewed so often before it ends.
const RENEWALS: u32 = 4;
/// How often one who waits looks by itself, where it will be told, and where nobody tells.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_UNTOLD: Duration = Duration::from_millis(50);

/// Those who wait for what others load, by name. Its lock is a leaf.
#[derive(Default)]
pub(super) struct Waiting(Mutex<HashMap<Box<str>, Weak<Notify>>>);

impl Waiting {
    fn on(&self, name: &str) -> Arc<Notify> {
        let mut waiting = self.0.lock();
        if let Some(bell) = waiting.get(name).and_then(Weak::upgrade) {
            return bell;
        }
        if waiting.len() >= 64 && waiting.len().is_power_of_two() {
            waiting.retain(|_, bell| bell.strong_count() > 0);
        }
        let bell = Arc::new(Notify::new());
        waiting.insert(name.into(), Arc::downgrade(&bell));
        bell
    }

    /// What was loaded under a name has come, or will not come.
    pub(super) fn landed(&self, name: &str) {
        let bell = self.0.lock().remove(name);
        if let Some(bell) = bell.and_then(|bell| bell.upgrade()) {
            bell.notify_waiters();
        }
    }

    fn all_landed(&self) {
        let bells = std::mem::take(&mut *self.0.lock());
        bells.into_values().filter_map(|bell| bell.upgrade()).for_each(|bell| bell.notify_waiters());
    }
}

/// What asking for a claim came to.
pub(crate) enum Claimed {
    /// This load is the one, for as long as the claim lives.
    Held(Claim),
    /// Another was, and has come to its end.
    Landed,
    /// Another is, and it is time to look.
    Waited,
    /// The tier does not say.
    Unknown,
}

/// Held while its load is under way. Dropped, it is given up, and those who wait are told.
pub(crate) struct Claim(Arc<Notify>);

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Remote {
    /// Asks to be the one who loads a name, and waits where another is, until then at the latest.
    pub(crate) async fn claim(&self, name: &str, stamp: Option<Stamp>, flight: &Arc<Flight>, until: Ticks) -> Claimed {
        let guard = &*self.0;
        let holder = Origin(fastrand::u64(..));
        // Who replaces a record has no stamp yet.
        let stamp = stamp.unwrap_or(Stamp(0));
        // Before it is asked: who comes to an end after the answer rings.
        let bell = guard.waiting.on(name);
        let mut rung = pin!(bell.notified());
        rung.as_mut().enable();
        let asked = guard.clock.now();
        match guard.claim(name, stamp, holder).await {
            None => Claimed::Unknown,
            Some(true) => {
                let stop = Arc::new(Notify::new());
                let (flight, name) = (Arc::downgrade(flight), name.into());
                let held = Held { holder, stamp, name, asked, flight, stop: stop.clone() };
                guard.tier.spawn(Box::pin(held.keep(Arc::downgrade(&self.0))));
                Claimed::Held(Claim(stop))
            }
            Some(false) => {
                count(&guard.stats.waited);
                let look = if guard.hearing.is_some() { LOOK } else { LOOK_UNTOLD };
                match guard.clock.timeout(guard.clock.after(look).min(until), rung).await {
                    Some(()) => Claimed::Landed,
                    None => Claimed::Waited,
                }
            }
        }
    }
}

impl Guard {
    async fn claim(&self, name: &str, stamp: Stamp, holder: Origin) -> Option<bool> {
        let claim = self.tier.claim(&self.namespace, name, stamp, holder, LEASE);
        self.run("claim", name, self.until(), claim).await.ok()
    }

    /// Nothing is known of those who load any more.
    pub(super) fn wake_all_waiting(&self) {
        self.waiting.all_landed();
    }
}

/// A claim, as it is kept.
struct Held {
    holder: Origin,
    stamp: Stamp,
    name: Box<str>,
    /// When it was asked for last.
    asked: Ticks,
    flight: Weak<Flight>,
    stop: Arc<Notify>,
}

impl Held {
    /// Renews it until it is given up. Where nobody looks after the load, it ends by itself.
    async fn keep(mut self, guard: Weak<Guard>) {
        loop {
            let Some(clock) = guard.upgrade().map(|guard| guard.clock.clone()) else { return };
            let wake = after(self.asked, LEASE / RENEWALS);
            let given_up = stopped_by(&self.stop, clock.sleep_until(wake)).await.is_none();
            let Some(guard) = guard.upgrade() else { return };
            if given_up {
                let disclaim = guard.tier.disclaim(&guard.namespace, &self.name, self.holder);
                if let Ok(true) = guard.run("disclaim", &self.name, guard.until(), disclaim).await {
                    self.tell(&guard).await;
                }
                return;
            }
            let neglected = self.flight.upgrade().is_some_and(|flight| flight.is_neglected());
            self.asked = clock.now();
            if neglected || guard.claim(&self.name, self.stamp, self.holder).await != Some(true) {
                return;
            }
        }
    }

    /// Wakes those who wait for it, here and elsewhere.
    async fn tell(&self, guard: &Guard) {
        guard.waiting.landed(&self.name);
        if let Some(hearing) = &guard.hearing {
            let landed = vec![self.name.to_string()];
            let message = Message { origin: hearing.origin, reaches: Vec::new(), sweep: None, landed };
            let tell = guard.tier.tell(&guard.namespace, &message);
            // In vain: they look by themselves.
            let _ = guard.run("tell", &self.name, guard.until(), tell).await;
        }
    }
}
