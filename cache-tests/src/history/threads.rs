//! What threads do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::graceful::served_sync;
use super::record::{Answer, Call, Key};
use super::work::{Kind, Script, World, answer, any_key, value_sync};
use crate::random::Random;

/// So many steps, at random.
pub(super) fn work(world: &Arc<World>, worker: usize, mut random: Random, steps: usize) {
    let _entered = world.scope.enter();
    for _ in 0..steps {
        match random.below(100) {
            0..48 => call(world, worker, &mut random, false),
            48..56 => call(world, worker, &mut random, true),
            56..63 => {
                let key = any_key(&mut random);
                world.put(worker, key, &mut random);
            }
            63..91 => world.remove(worker, &mut random),
            91..93 => world.scope.clock().advance(Duration::from_millis(1)),
            _ => std::thread::yield_now(),
        }
    }
}

fn call(world: &Arc<World>, worker: usize, random: &mut Random, refresh: bool) {
    let key = any_key(random);
    let Key { group, number } = key;
    let script = Script::new(world.id(), worker, random);
    let call = Call { refresh, sync: true, ..world.invoked(script.call, key) };
    let result = catch_unwind(AssertUnwindSafe(|| match (world.kind, refresh) {
        (Kind::Plain, false) => value_sync(world, script, group, number),
        (Kind::Plain, true) => value_sync::refresh(world, script, group, number),
        (Kind::Graceful, false) => served_sync(world, script, group, number),
        (Kind::Graceful, true) => served_sync::refresh(world, script, group, number),
    }));
    world.returned(worker, call, result.map_or(Answer::Panicked, answer));
}

/// A call that another body makes.
pub(super) fn nested(world: &World, outer: Script, key: Key) {
    let script = outer.inner(world.id());
    let call = Call { nested: true, sync: true, ..world.invoked(script.call, key) };
    let result = value_sync(world, script, key.group, key.number);
    world.returned(script.worker, call, answer(result));
}

/// One more look at every key, once everybody is done.
pub(super) fn look(world: &Arc<World>, worker: usize, random: &mut Random) {
    let _entered = world.scope.enter();
    for group in 0..2 {
        for number in 0..3 {
            let key = Key { group, number };
            let script = Script::new(world.id(), worker, random).inner(world.id());
            let call = Call { sync: true, ..world.invoked(script.call, key) };
            let result = match world.kind {
                Kind::Plain => value_sync(world, script, group, number),
                Kind::Graceful => served_sync(world, script, group, number),
            };
            world.returned(worker, call, answer(result));
        }
    }
}
