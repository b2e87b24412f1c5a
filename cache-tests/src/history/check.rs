//! The promises, checked.

use std::collections::HashMap;
use std::fmt::Debug;

use super::ages::outlived;
use super::{Answer, Call, Ended, History, Key, Load, Stamp, Value};

/// Holds a history against what is promised.
///
/// # Errors
/// What was broken, by which events.
pub fn check(history: &History) -> Result<(), String> {
    let seen = Seen::new(history)?;
    if let Some((call, load)) = outlived(history) {
        return Err(broken("a value was served past its time", (call, load)));
    }
    let told = |key: Key| move |what: String| format!("{what}\n{}", history.story(key));
    for call in &history.calls {
        seen.check_answer(call).map_err(told(call.key))?;
    }
    for load in &history.loads {
        seen.check_load(load).and_then(|()| seen.check_overlaps(load)).map_err(told(load.key))?;
    }
    Ok(())
}

/// Something that older values do not survive.
#[derive(Debug)]
#[allow(dead_code)]
struct Fence {
    /// A removal, a put or a refresh.
    what: &'static str,
    invoked: Stamp,
    returned: Stamp,
}

struct Seen<'a> {
    history: &'a History,
    calls: HashMap<u64, &'a Call>,
    loads: HashMap<u64, &'a Load>,
    /// The load of each call that ran one.
    load_of: HashMap<u64, &'a Load>,
}

fn broken(what: &str, evidence: impl Debug) -> String {
    format!("{what}: {evidence:?}")
}

impl<'a> Seen<'a> {
    fn new(history: &'a History) -> Result<Self, String> {
        let mut load_of = HashMap::new();
        for load in &history.loads {
            if let Some(other) = load_of.insert(load.call, load) {
                return Err(broken("a call ran two bodies", (other, load)));
            }
        }
        let calls = history.calls.iter().map(|call| (call.id, call)).collect();
        let loads = history.loads.iter().map(|load| (load.id, load)).collect();
        Ok(Self { history, calls, loads, load_of })
    }

    /// Invalidations, puts and refreshes that have succeeded.
    fn fences(&self, key: Key) -> impl Iterator<Item = Fence> {
        let History { removals, expiries, puts, calls, .. } = self.history;
        let removals = removals.iter().filter(move |removal| removal.reach.contains(key));
        let puts = puts.iter().filter(move |put| put.key == key);
        let refreshed = |call: &&Call| call.refresh && matches!(call.answer, Answer::Value(_));
        let expired = move |call: &Call| {
            let mut expiries = expiries.iter().filter(|expiry| expiry.reach.contains(key));
            expiries.any(|expiry| expiry.invoked < call.returned && expiry.returned > call.invoked)
        };
        let refreshes = calls.iter().filter(refreshed).filter(move |call| call.key == key && !expired(call));
        removals
            .map(|removal| Fence { what: "removal", invoked: removal.invoked, returned: removal.returned })
            .chain(puts.map(|put| Fence { what: "put", invoked: put.invoked, returned: put.returned }))
            .chain(refreshes.map(|call| Fence { what: "refresh", invoked: call.invoked, returned: call.returned }))
    }

    fn check_answer(&self, call: &Call) -> Result<(), String> {
        let own = self.load_of.get(&call.id);
        match call.answer {
            Answer::Value(value) => self.check_value(call, value),
            Answer::Failed(load) if own.is_none_or(|own| own.id != load) => {
                Err(broken("an error that cannot be copied reached another caller", (call, self.loads.get(&load))))
            }
            Answer::Panicked if own.is_none_or(|own| own.how != Ended::Lost) => {
                Err(broken("a panic reached a caller whose body did not panic", (call, own)))
            }
            Answer::Failed(_) | Answer::Panicked | Answer::Dropped => Ok(()),
        }
    }

    fn check_value(&self, call: &Call, value: Value) -> Result<(), String> {
        if value.key != call.key {
            return Err(broken("a call was answered with another key's value", (call, value)));
        }
        let load = self.loads.get(&value.id);
        // The latest moment at which the value can have come to be.
        let made = match (load, self.history.puts.iter().find(|put| put.id == value.id)) {
            (Some(load), _) if load.how == Ended::Value => load.began,
            (None, Some(put)) => put.returned,
            _ => return Err(broken("a call was answered with a value that nobody made", (call, load))),
        };
        if self.loads.get(&value.id).is_some_and(|load| load.began > call.returned) {
            return Err(broken("a call was answered before its value was loaded", (call, load)));
        }
        for fence in self.fences(call.key).filter(|fence| fence.returned < call.invoked) {
            if made < fence.invoked {
                return Err(broken("a value came back after it was fenced off", (call, fence, load)));
            }
        }
        load.map_or(Ok(()), |load| self.check_refreshes(call, load))
    }

    /// From its first step on, a refresh keeps older loads from storing theirs.
    fn check_refreshes(&self, call: &Call, load: &Load) -> Result<(), String> {
        let refreshes = |load: &Load| self.calls.get(&load.call).filter(|call| call.refresh);
        if refreshes(load).is_some() {
            return Ok(());
        }
        for newer in self.history.loads.iter().filter(|newer| newer.key == call.key) {
            let Some(refresh) = refreshes(newer) else { continue };
            let outran = load.began < refresh.invoked && load.ended > newer.began;
            if outran && call.invoked > newer.began {
                return Err(broken("a load outran a refresh", (call, load, refresh, newer)));
            }
        }
        Ok(())
    }

    fn check_load(&self, load: &Load) -> Result<(), String> {
        let Some(call) = self.calls.get(&load.call) else {
            return Err(broken("a body ran for a call that never came back", load));
        };
        let answered = match (load.how, call.answer) {
            (_, Answer::Dropped) => true,
            // Answered at once, its load beside it; or with what there was, in an error's place.
            (_, Answer::Value(value)) if call.graceful && value.id != load.id => true,
            (Ended::Value, Answer::Value(value)) => value.id == load.id,
            (Ended::Failed, Answer::Failed(id)) => id == load.id,
            (Ended::Lost, Answer::Panicked) => true,
            _ => false,
        };
        if answered { Ok(()) } else { Err(broken("a body's own caller got something else", (call, load))) }
    }

    /// Bodies of one key run at the same time only for a reason.
    fn check_overlaps(&self, first: &Load) -> Result<(), String> {
        for second in self.history.loads.iter().filter(|second| second.key == first.key) {
            let overlap = first.began < second.began && second.began < first.ended;
            if overlap && !self.may_overlap(first, second) {
                return Err(broken("two bodies of one key ran at once", (first, second)));
            }
        }
        Ok(())
    }

    fn may_overlap(&self, one: &Load, other: &Load) -> bool {
        self.may_be_alone(one)
            || self.may_be_alone(other)
            // Either may have been the first to be registered: a thread can lose its turn before its body begins.
            || self.detached_between(one, other)
            || self.detached_between(other, one)
    }

    /// Whether something can have closed the first load to others, after it was registered and before the second was.
    fn detached_between(&self, first: &Load, second: &Load) -> bool {
        let Some(leader) = self.calls.get(&first.call) else { return false };
        let between = |invoked: Stamp, until: Stamp| invoked < second.began && until > leader.invoked;
        let History { removals, expiries, closings, puts, calls, .. } = self.history;
        let mut ended =
            removals.iter().chain(expiries).chain(closings).filter(|removal| removal.reach.contains(first.key));
        ended.any(|removal| between(removal.invoked, removal.returned))
            || puts.iter().any(|put| put.key == first.key && between(put.invoked, put.returned))
            || calls.iter().any(|call| {
                // A refresh closes the older load to others before its own body begins.
                let until = self.load_of.get(&call.id).map_or(call.returned, |load| load.began);
                call.refresh && call.key == first.key && call.id != first.call && between(call.invoked, until)
            })
    }

    /// Whether a load may have begun beside others, and been closed to those who came later: its waiting would have
    /// closed a circle, its caller had waited for two failures, or it is a thread's and there was a task's, on its way
    /// to a body or to a shared tier.
    fn may_be_alone(&self, load: &Load) -> bool {
        let Some(call) = self.calls.get(&load.call) else { return false };
        let others = || self.history.loads.iter().filter(|other| other.key == load.key && other.id != load.id);
        let failures = others()
            .filter(|other| other.how == Ended::Failed && other.ended > call.invoked && other.ended < load.began);
        let beside_a_task = || {
            // One that was answered by a shared tier has no load to be seen. That of one that was answered at once is on its
            // way beside it.
            let until = |other: &Call| other.returned.max(self.load_of.get(&other.id).map_or(0, |load| load.began));
            let mut others = self.calls.values().filter(|other| !other.sync && other.key == load.key);
            others.any(|other| other.invoked < load.began && until(other) > call.invoked)
        };
        call.nested || failures.count() >= 2 || (call.sync && beside_a_task())
    }
}

#[cfg(test)]
mod tests;
