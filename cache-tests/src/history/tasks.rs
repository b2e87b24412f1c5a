//! What tasks do.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use futures_util::FutureExt;

use super::record::{Answer, Call, Key, Reach, Stamp};
use super::work::{Script, World, answer, any_key, value, write};
use crate::random::Random;

/// So many steps, at random.
pub(super) async fn work(world: Arc<World>, worker: usize, mut random: Random, steps: usize) {
    for _ in 0..steps {
        match random.below(100) {
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

async fn call(world: &World, worker: usize, random: &mut Random, refresh: bool) {
    let key = any_key(random);
    let Key { group, number } = key;
    let script = Script::new(world.id(), worker, random);
    let call = Call { refresh, ..world.invoked(script.call, key) };
    let result = if refresh {
        let load = AssertUnwindSafe(value::refresh(world, script, group, number)).catch_unwind();
        perhaps_dropped(load, random).await
    } else {
        let load = AssertUnwindSafe(value(world, script, group, number)).catch_unwind();
        perhaps_dropped(load, random).await
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
    let mut write = Box::pin(write(world, &written, group, length));
    let ended = tokio::select! {
        biased;
        () = polled_under(world, worker, group, &written, write.as_mut()) => true,
        () = yields(patience) => false,
    };
    // It was polled once at least, so the drop invalidates.
    if !ended {
        let dropped = world.stamp();
        drop(write);
        world.removed(worker, Reach::Group(group), begun(&written, dropped));
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
async fn polled_under<F: Future<Output = ()>>(
    world: &World,
    worker: usize,
    group: u8,
    written: &AtomicU64,
    mut write: Pin<&mut F>,
) {
    std::future::poll_fn(|context| {
        let poll = write.as_mut().poll(context);
        if poll.is_ready() {
            world.removed(worker, Reach::Group(group), begun(written, world.stamp()));
        }
        poll
    })
    .await;
}
