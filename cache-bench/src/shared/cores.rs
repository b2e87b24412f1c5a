//! Client and server on one core.
//!
//! On several, a lone caller's round trip is mostly the waking of a core that sleeps: it takes one time or three, by where the
//! scheduler puts the two. On one core what is left is the work of both.

use std::error::Error;
use std::fs;

use rustix::io::Errno;
use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

/// Threads that are kept to one core until this is dropped.
#[derive(Debug)]
pub(super) struct OneCore {
    processes: [u32; 2],
    before: CpuSet,
}

impl OneCore {
    /// Keeps this process and another one there, all threads that they have.
    pub(super) fn with(other: u32) -> Result<Self, Box<dyn Error>> {
        let before = sched_getaffinity(None)?;
        let first = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core)).ok_or("this process may run nowhere")?;
        let mut one = CpuSet::new();
        one.set(first);
        let kept = Self { processes: [std::process::id(), other], before };
        kept.move_to(&one)?;
        Ok(kept)
    }

    fn move_to(&self, cores: &CpuSet) -> Result<(), Box<dyn Error>> {
        for process in self.processes {
            for thread in fs::read_dir(format!("/proc/{process}/task"))? {
                let name = thread?.file_name();
                let thread = name.to_str().and_then(|name| Pid::from_raw(name.parse().ok()?));
                match sched_setaffinity(Some(thread.ok_or("a thread has no number")?), cores) {
                    // It has ended meanwhile.
                    Ok(()) | Err(Errno::SRCH) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        if let Err(error) = self.move_to(&self.before) {
            eprintln!("cache-bench stays on one core: {error}");
        }
    }
}
