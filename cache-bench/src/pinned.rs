//! A core for each thread.
//!
//! Threads that are woken together may find themselves on one core, and stay there for longer than they are measured: two of
//! them then make what one makes.

use rustix::io::Result;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps the calling thread to one of the cores that it may run on, another for each `index` as far as there are.
pub(crate) fn keep_to_core(index: usize) {
    if let Err(error) = try_keep(index) {
        eprintln!("cache-bench: threads run on whatever core they are put: {error}");
    }
}

fn try_keep(index: usize) -> Result<()> {
    let allowed = sched_getaffinity(None)?;
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    let Some(core) = cores.get(index % cores.len().max(1)) else { return Ok(()) };
    let mut one = CpuSet::new();
    one.set(*core);
    sched_setaffinity(None, &one)
}
