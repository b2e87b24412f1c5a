//! What tasks do.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;

use super::graceful::{self, many, served};
use super::record::{Answer, Call, Key, Stamp};
use super::work::{self, Kind, Script, World, answer, any_key, value};
use crate::random::Random;

/// So many steps, at random.
pub(super) async fn work(world: Arc<World>, worker: usize, mut random: Random, steps: usize) {
    for _ in 0..steps {
        match random.below(100) {
            0..12 if world.kind == Kind::Graceful => batch(&world, worker, &mut random).await,
            0..48 => call(&world, worker, &mut random, false).await,
            48..56 => call(&world, worker, &mut random, true).await,
            56..63 => {
                let key = any_key(&mut random);
                world.put(worker, key, &mut random);
            }
            63..86 => world.remove(worker, &mut random),
            86..91 => writes(&world, worker, &mut random).await,
            91..93 => world.scope.clock().advance(Duration::from_millis(1)),
            _ => yields(random.below(4)).await,
        }
    }
}

async fn yields(times: u64) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

/// The future's output, unless it is dropped after a few polls.
async fn perhaps_dropped<F: Future>(future: F, random: &mut Random) -> Option<F::Output> {
    if !random.percent(25) {
        return Some(future.await);
    }
    let patience = random.below(5);
    tokio::select! {
        biased;
        output = future => Some(output),
        () = yields(patience) => None,
    }
}

/// The same, and the panic that it ended in.
async fn caught<F: Future>(future: F, random: &mut Random) -> Option<thread::Result<F::Output>> {
    perhaps_dropped(AssertUnwindSafe(future).catch_unwind(), random).await
}

/// One call for several keys of a group.
async fn batch(world: &World, worker: usize, random: &mut Random) {
    let Key { group, number } = any_key(random);
    let numbers: Vec<u8> = (0..3).filter(|other| *other == number || random.percent(50)).collect();
    let first = world.ids(3);
    let script = Script::new(first, worker, random);
    let call = |number: &u8| world.invoked(first + u64::from(*number), Key { group, number: *number });
    let calls: Vec<_> = numbers.iter().map(call).collect();
    let result = caught(many(world, script, group, &numbers), random).await;
    for call in calls {
        // Whose error or panic it was, nobody can tell from here.
        let answer = match &result {
            Some(Ok(Ok(values))) => Answer::Value(values[&call.key.number]),
            _ => Answer::Dropped,
        };
        world.returned(worker, call, answer);
    }
}

async fn call(world: &Arc<World>, worker: usize, random: &mut Random, refresh: bool) {
    let key = any_key(random);
    let Key { group, number } = key;
    let script = Script::new(world.id(), worker, random);
    let call = Call { refresh, ..world.invoked(script.call, key) };
    let result = match (world.kind, refresh) {
        (Kind::Plain, false) => caught(value(world, script, group, number), random).await,
        (Kind::Plain, true) => caught(value::refresh(world, script, group, number), random).await,
        (Kind::Graceful, false) => caught(served(world, script, group, number), random).await,
        (Kind::Graceful, true) => caught(served::refresh(world, script, group, number), random).await,
    };
    let answer = match result {
        None => Answer::Dropped,
        Some(Err(_)) => Answer::Panicked,
        Some(Ok(result)) => answer(result),
    };
    world.returned(worker, call, answer);
}

/// A call that another body makes.
pub(super) fn nested(world: &World, outer: Script, key: Key) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    /// Written down as dropped unless it comes back: the outer body may be dropped around it.
    struct Unreturned<'a>(&'a World, usize, Call, Answer);

    impl Drop for Unreturned<'_> {
        fn drop(&mut self) {
            self.0.returned(self.1, self.2.clone(), self.3);
        }
    }

    Box::pin(async move {
        let script = outer.inner(world.id());
        let call = Call { nested: true, ..world.invoked(script.call, key) };
        let mut call = Unreturned(world, script.worker, call, Answer::Dropped);
        // Declared after it, so dropped before it.
        let result = value(world, script, key.group, key.number).await;
        call.3 = answer(result);
    })
}

async fn writes(world: &World, worker: usize, random: &mut Random) {
    let group = random.below(2) as u8;
    let (length, patience) = (random.below(4), random.below(4));
    let written = AtomicU64::new(0);
    let mut write: Pin<Box<dyn Future<Output = ()> + Send>> = match world.kind {
        Kind::Plain => Box::pin(work::write(world, &written, group, length)),
        Kind::Graceful => Box::pin(graceful::write(world, &written, group, length)),
    };
    let ended = tokio::select! {
        biased;
        () = polled_under(world, worker, group, &written, write.as_mut()) => true,
        () = yields(patience) => false,
    };
    // It was polled once at least, so the drop invalidates.
    if !ended {
        let dropped = world.stamp();
        drop(write);
        world.wrote(worker, group, begun(&written, dropped));
    }
}

/// When the removal began: memory is done as soon as the write is, whatever is waited for afterwards.
fn begun(written: &AtomicU64, otherwise: Stamp) -> Stamp {
    match written.load(SeqCst) {
        0 => otherwise,
        written => written,
    }
}

/// Writes the end of the write down as a removal.
async fn polled_under<F: Future<Output = ()> + ?Sized>(
    world: &World,
    worker: usize,
    group: u8,
    written: &AtomicU64,
    mut write: Pin<&mut F>,
) {
    std::future::poll_fn(|context| {
        let poll = write.as_mut().poll(context);
        if poll.is_ready() {
            world.wrote(worker, group, begun(written, world.stamp()));
        }
        poll
    })
    .await;
}
