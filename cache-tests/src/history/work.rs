//! The functions that everybody works on, and the pen that writes down what happens.

use std::mem::take;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{Cache, CacheBuilder, cached, invalidates};

use super::graceful::served_sync;
use super::record::{Answer, Call, Ended, History, Key, Load, Put, Reach, Removal, Stamp, Value};
use super::tiers::Tiers;
use super::{tasks, threads};
use crate::random::Random;

/// An error that is not `Clone`: the load that failed.
#[derive(Debug)]
pub(super) struct Failure(u64);

/// What a body is to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) call: u64,
    pub(super) worker: usize,
    pub(super) yields: u64,
    pub(super) ends: Ended,
    pub(super) needs: Option<Key>,
    pub(super) ttl: Duration,
}

impl Script {
    pub(super) fn new(call: u64, worker: usize, random: &mut Random) -> Self {
        let ends = match random.below(20) {
            0 | 1 => Ended::Failed,
            2 => Ended::Lost,
            _ => Ended::Value,
        };
        let yields = if random.percent(30) { 0 } else { random.below(6) };
        let needs = random.percent(8).then(|| any_key(random));
        let ttl = Duration::from_millis(if random.percent(20) { random.below(4) } else { 60_000 });
        Self { call, worker, yields, ends, needs, ttl }
    }

    /// For a call inside this body, which itself needs none.
    pub(super) fn inner(self, call: u64) -> Self {
        Self { call, needs: None, yields: 1, ends: Ended::Value, ..self }
    }
}

pub(super) fn any_key(random: &mut Random) -> Key {
    // One key is in most demand.
    if random.percent(50) {
        return Key { group: 0, number: 0 };
    }
    Key { group: random.below(2) as u8, number: random.below(3) as u8 }
}

#[cached(ttl = script.ttl, key_prefix = "h", skip(world, script))]
pub(super) async fn value(world: &World, script: Script, group: u8, number: u8) -> Result<Value, Failure> {
    let load = Loading::begin(world, script, Key { group, number });
    for _ in 0..script.yields {
        tokio::task::yield_now().await;
    }
    if let Some(key) = script.needs {
        tasks::nested(world, script, key).await;
    }
    load.end(script.ends)
}

#[cached(ttl = script.ttl, key_prefix = "h", skip(world, script))]
pub(super) fn value_sync(world: &World, script: Script, group: u8, number: u8) -> Result<Value, Failure> {
    let load = Loading::begin(world, script, Key { group, number });
    for _ in 0..script.yields {
        std::thread::yield_now();
    }
    if let Some(key) = script.needs {
        threads::nested(world, script, key);
    }
    load.end(script.ends)
}

#[invalidates(value(group, _))]
pub(super) async fn write(world: &World, written: &AtomicU64, group: u8, yields: u64) {
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
    written.store(world.stamp(), SeqCst);
}

/// A body under way; written down when it is dropped, however that comes.
pub(super) struct Loading<'a> {
    world: &'a World,
    worker: usize,
    load: Load,
}

impl<'a> Loading<'a> {
    pub(super) fn begin(world: &'a World, script: Script, key: Key) -> Self {
        let began = world.stamp();
        let load = Load { id: world.id(), call: script.call, key, began, ended: 0, how: Ended::Lost, ttl: script.ttl };
        Self { world, worker: script.worker, load }
    }

    pub(super) fn end(mut self, how: Ended) -> Result<Value, Failure> {
        self.load.how = how;
        let Load { id, key, .. } = self.load;
        drop(self);
        match how {
            Ended::Value => Ok(Value { key, id }),
            Ended::Failed => Err(Failure(id)),
            // Past the panic hook: it is meant.
            Ended::Lost => resume_unwind(Box::new(id)),
        }
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.load.ended = self.world.stamp();
        let load = self.load.clone();
        self.world.write(self.worker, |history| history.loads.push(load));
    }
}

/// Which functions everybody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain ones.
    Plain,
    /// With graces, with tags, and with one call for many keys.
    Graceful,
}

/// A cache and those who work on it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) kind: Kind,
    pub(super) scope: Scope,
    pub(super) tiers: Tiers,
    clock: AtomicU64,
    ids: AtomicU64,
    logs: Vec<Mutex<History>>,
}

impl World {
    pub(super) fn new(
        kind: Kind,
        capacity: usize,
        workers: usize,
        tiers: Tiers,
        set_up: impl FnOnce(CacheBuilder) -> CacheBuilder,
    ) -> Self {
        Self {
            kind,
            scope: Scope::with(|cache| set_up(tiers.behind(cache.max_entries(capacity)))),
            tiers,
            clock: AtomicU64::new(1),
            ids: AtomicU64::new(1),
            logs: (0..workers).map(|_| Mutex::default()).collect(),
        }
    }

    pub(super) fn stamp(&self) -> Stamp {
        self.clock.fetch_add(1, SeqCst)
    }

    pub(super) fn id(&self) -> u64 {
        self.ids(1)
    }

    /// The first of so many.
    pub(super) fn ids(&self, many: u64) -> u64 {
        self.ids.fetch_add(many, SeqCst)
    }

    fn write(&self, worker: usize, entry: impl FnOnce(&mut History)) {
        entry(&mut self.logs[worker].lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn returned(&self, worker: usize, call: Call, answer: Answer) {
        let at = (call.at.0, self.scope.clock().elapsed());
        let call = Call { answer, returned: self.stamp(), at, ..call };
        self.write(worker, |history| history.calls.push(call));
    }

    pub(super) fn invoked(&self, call: u64, key: Key) -> Call {
        let (now, invoked) = (self.scope.clock().elapsed(), self.stamp());
        Call {
            id: call,
            key,
            invoked,
            returned: 0,
            answer: Answer::Dropped,
            sync: false,
            nested: false,
            refresh: false,
            graceful: self.kind == Kind::Graceful,
            at: (now, now),
        }
    }

    pub(super) fn removal<R>(&self, worker: usize, reach: Reach, remove: impl FnOnce() -> R) {
        let invoked = self.stamp();
        remove();
        self.removed(worker, reach, invoked);
    }

    pub(super) fn expired(&self, worker: usize, reach: Reach, invoked: Stamp) {
        let returned = self.stamp();
        self.write(worker, |history| history.expiries.push(Removal { reach, invoked, returned }));
    }

    pub(super) fn closed(&self, worker: usize, reach: Reach, invoked: Stamp) {
        let returned = self.stamp();
        self.write(worker, |history| history.closings.push(Removal { reach, invoked, returned }));
    }

    pub(super) fn removed(&self, worker: usize, reach: Reach, invoked: Stamp) {
        let returned = self.stamp();
        self.write(worker, |history| history.removals.push(Removal { reach, invoked, returned }));
    }

    pub(super) fn put(&self, worker: usize, key: Key, random: &mut Random) {
        let id = self.id();
        let value = Value { key, id };
        let invoked = self.stamp();
        let script = Script::new(id, worker, random);
        match self.kind {
            Kind::Graceful => drop(served_sync::put(script, key.group, key.number, value)),
            Kind::Plain if random.percent(50) => drop(value_sync::put(script, key.group, key.number, value)),
            Kind::Plain => self.tiers.set(self.cache(), self.name(key), value),
        }
        let returned = self.stamp();
        self.write(worker, |history| history.puts.push(Put { id, key, invoked, returned }));
    }

    pub(super) fn name(&self, key: Key) -> String {
        match self.kind {
            Kind::Plain => value_sync::key(key.group, key.number),
            Kind::Graceful => served_sync::key(key.group, key.number),
        }
    }

    pub(super) fn cache(&self) -> &Cache {
        self.scope.cache()
    }

    pub(super) fn history(&self) -> History {
        let mut history = History::default();
        for log in &self.logs {
            history.append(take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner)));
        }
        history
    }
}

pub(super) fn answer(result: Result<Value, Failure>) -> Answer {
    match result {
        Ok(value) => Answer::Value(value),
        Err(Failure(load)) => Answer::Failed(load),
    }
}
