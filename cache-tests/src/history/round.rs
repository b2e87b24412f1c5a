//! One round: workers on a fresh cache, and the verdict.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use cache_core::Ttl;
use tokio::runtime::Runtime;

use super::tiers::Tiers;
use super::work::{Kind, World};
use super::{check, tasks, threads};
use crate::random::Random;

const TASKS: usize = 5;
const THREADS: usize = 3;

/// Far more than a round takes.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs a round of tasks and threads at random, and checks what happened.
///
/// # Errors
/// What was broken, a hang included.
pub fn round(runtime: &Runtime, kind: Kind, seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let steps = 20 + random.below(30) as usize;
    // Few entries are evicted all the time; many others make a sweep take long.
    let (capacity, others) = match random.below(4) {
        0 => (4, 0),
        1 => (4_000, 1_500),
        _ => (4_000, 0),
    };
    let tiers = Tiers::any(&mut random);
    let world = Arc::new(World::new(kind, capacity, TASKS + THREADS + 1, tiers, |cache| {
        if random.percent(20) { cache.__constant_hash() } else { cache }
    }));
    for other in 0..others {
        world.scope.cache().local().set(format!("other:{other}"), (), Ttl::Never);
    }
    let (done, ends) = channel();
    let start = Arc::new(Barrier::new(THREADS));
    for worker in 0..TASKS {
        let (work, done) = (tasks::work(world.clone(), worker, Random::new(random.number()), steps), done.clone());
        let work = world.scope.run(work);
        runtime.spawn(async move {
            work.await;
            let _ = done.send(());
        });
    }
    for worker in TASKS..TASKS + THREADS {
        let (world, start, done) = (world.clone(), start.clone(), done.clone());
        let random = Random::new(random.number());
        std::thread::spawn(move || {
            start.wait();
            threads::work(&world, worker, random, steps);
            let _ = done.send(());
        });
    }
    drop(done);
    for _ in 0..TASKS + THREADS {
        match ends.recv_timeout(LONGEST) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return Err("somebody hangs".to_owned()),
            Err(RecvTimeoutError::Disconnected) => return Err("somebody panicked".to_owned()),
        }
    }
    threads::look(&world, TASKS + THREADS, &mut random);
    check(&world.history())
}
