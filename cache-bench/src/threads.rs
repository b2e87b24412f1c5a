//! How many calls per second one thread and several make.

use std::sync::Arc;

use crate::hits::by_integer;
use crate::keys::{self, Fresh, for_threads};
use crate::report::{Report, Target, find};
use crate::rounds::{Cell, Keys, Measured, Rounds, Subject, interleave};
use crate::subjects::{Artist, Counts, Executor, KEYS, OURS, peers};

/// 1, 2, 4 and so on, as many as the machine has cores.
fn thread_counts() -> Vec<usize> {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).max(2);
    std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count <= cores).collect()
}

struct Bench {
    rounds: Rounds,
    passes: usize,
    counts: Vec<usize>,
    report: Report,
}

impl Bench {
    /// Each subject with each number of threads, all of them in every round; per number of threads, in order.
    fn measure(&mut self, case: &str, subjects: &[Subject], keys: &dyn Fn(u64) -> Keys) -> Vec<Vec<Measured>> {
        let mut cells = Vec::new();
        for count in &self.counts {
            for subject in subjects {
                let passes = self.passes;
                let sample = move || subject.throughput(&for_threads(*count, keys), passes);
                cells.push(Cell::new(subject.name, sample));
            }
        }
        let measured = interleave(self.rounds, &mut cells);
        let per_count: Vec<Vec<Measured>> = measured.chunks(subjects.len()).map(<[_]>::to_vec).collect();
        for (count, measured) in self.counts.iter().zip(&per_count) {
            let threads = if *count == 1 { "thread" } else { "threads" };
            self.report.add("threads", &format!("{case}, {count} {threads}"), "Mops/s", measured);
        }
        per_count
    }

    /// Calls of which some in a hundred are of keys that nobody has: those load, store, and evict.
    fn mixed(&mut self, case: &str, subjects: &[Subject], percent: u64) {
        let fresh = Fresh::default();
        self.measure(case, subjects, &|seed| fresh.mixed_into(&keys::popular(KEYS, seed), percent, seed));
    }
}

/// Per round, how many times one thread's throughput two make.
fn scaling(per_count: &[Vec<Measured>], subject: &str) -> Option<Measured> {
    let (one, two) = (per_count.first()?, per_count.get(1)?);
    Some(find(two, subject)?.with(find(one, subject)?, |two, one| two / one))
}

pub(crate) fn run(quick: bool) -> Report {
    let passes = if quick { 2 } else { 8 };
    let mut bench = Bench { rounds: Rounds::new(quick), passes, counts: thread_counts(), report: Report::default() };
    let sequences: Vec<Keys> = (0..64).map(|seed| keys::popular(KEYS, seed)).collect();
    let popular = |seed: u64| sequences[seed as usize % sequences.len()].clone();
    let hot = keys::hot();
    let hot = |_| hot.clone();
    let distributions: [(&str, &dyn Fn(u64) -> Keys); 2] = [("Zipf", &popular), ("one hot key", &hot)];

    let subjects = by_integer::<Counts>(&Executor::Bare);
    for (name, keys) in distributions {
        let case = format!("{name}, struct by value");
        let per_count = bench.measure(&case, &subjects, keys);
        // Beside ours what the floors come to, in the same measure.
        for subject in [peers::PAPAYA, peers::SKETCH, OURS] {
            if let Some(scaled) = scaling(&per_count, subject) {
                let (two, one) = (format!("{subject}, two threads"), format!("{subject}, one thread"));
                bench.report.holds(&case, &two, &one, scaled.median(), Target::AtLeast(1.7));
            }
        }
    }
    // A floor without a bound would only grow.
    let floors = [peers::PAPAYA, peers::LOCKED, peers::SKETCH];
    let bounded: Vec<Subject> = subjects.into_iter().filter(|one| !floors.contains(&one.name)).collect();
    bench.passes = 1;
    bench.mixed("95 % hits, 5 % inserts", &bounded, 5);
    bench.mixed("50 % hits, 50 % inserts", &bounded, 50);
    bench.passes = passes;

    let subjects = by_integer::<Arc<Artist>>(&Executor::Bare);
    for (name, keys) in distributions {
        let case = format!("{name}, Arc");
        let per_count = bench.measure(&case, &subjects, keys);
        let Some(floor) = scaling(&per_count, peers::PAPAYA) else { continue };
        for subject in [peers::SKETCH, OURS] {
            if let Some(scaled) = scaling(&per_count, subject) {
                let value = scaled.with(&floor, |scaled, floor| scaled / floor).median();
                let of = format!("scaling of {subject}");
                bench.report.holds(&case, &of, "scaling of papaya", value, Target::AtLeast(0.9));
            }
        }
    }
    bench.report
}
