//! What other instances are removing: known here, and still there. Until it is freed it is not read.

use super::{Reach, Sweep};
use crate::clock::Ticks;
use crate::sync::{AtomicU64, Mutex, Ordering};

/// Removals of many names by other instances that are under way.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    list: Mutex<Vec<Begun>>,
    /// How many there are: readers ask this first.
    count: AtomicU64,
}

#[derive(Debug)]
struct Begun {
    sweep: Sweep,
    reaches: Vec<Reach>,
    /// Whoever did not say by then that it is done does not live any more.
    until: Ticks,
}

impl Sweeps {
    /// Notes one, or that one goes on. Whether there is something new in it.
    pub(super) fn begin(&self, sweep: Sweep, reaches: impl IntoIterator<Item = Reach>, until: Ticks) -> bool {
        let reaches = reaches.into_iter().filter(Reach::is_wide);
        let mut list = self.list.lock();
        let new = match list.iter_mut().find(|begun| begun.sweep == sweep) {
            Some(known) => {
                known.until = until;
                let before = known.reaches.len();
                for reach in reaches {
                    if !known.reaches.iter().any(|other| other.to_text() == reach.to_text()) {
                        known.reaches.push(reach);
                    }
                }
                known.reaches.len() > before
            }
            None => {
                list.push(Begun { sweep, reaches: reaches.collect(), until });
                true
            }
        };
        self.count.store(list.len() as u64, Ordering::SeqCst);
        new
    }

    pub(super) fn end(&self, sweep: Sweep) {
        let mut list = self.list.lock();
        list.retain(|begun| begun.sweep != sweep);
        self.count.store(list.len() as u64, Ordering::SeqCst);
    }

    /// Whether a name may still have what is being removed.
    pub(super) fn reach(&self, name: &str, now: impl FnOnce() -> Ticks) -> bool {
        if self.count.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let now = now();
        let mut list = self.list.lock();
        list.retain(|begun| now < begun.until);
        self.count.store(list.len() as u64, Ordering::SeqCst);
        list.iter().any(|begun| begun.reaches.iter().any(|reach| reach.contains(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tier::Change;

    #[test]
    fn a_name_is_reached_until_the_sweep_is_done_or_given_up() {
        let sweeps = Sweeps::default();
        let reach = |prefix| Change::remove_prefix(prefix).unwrap().reach();
        let one = Change::remove("c").reach();
        assert!(sweeps.begin(Sweep(1), [reach("a"), one], 10));
        assert!(sweeps.begin(Sweep(1), [reach("a"), reach("b")], 20));
        assert!(!sweeps.begin(Sweep(1), [reach("b")], 20), "it goes on");
        assert!(sweeps.begin(Sweep(2), [reach("b")], 30));
        let reached = |name: &str, now| sweeps.reach(name, || now);
        assert!(reached("a:1", 15) && reached("b", 15));
        assert!(!reached("c", 15), "one name is gone with its message");
        sweeps.end(Sweep(2));
        assert!(reached("b", 19));
        assert!(!reached("b", 20));
        assert_eq!(sweeps.count.load(Ordering::SeqCst), 0);
    }
}
