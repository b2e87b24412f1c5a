//! Interleaved rounds: each round measures every subject once, so a drift of the machine hits all alike.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use crate::pinned::keep_to_core;

/// How many rounds count, after those that warm up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    pub(crate) counted: usize,
    pub(crate) warm_up: usize,
}

impl Rounds {
    pub(crate) fn new(quick: bool) -> Self {
        if quick { Self { counted: 3, warm_up: 1 } } else { Self { counted: 11, warm_up: 2 } }
    }

    /// For what takes seconds, or is cold by its nature.
    pub(crate) fn long(quick: bool) -> Self {
        if quick { Self { counted: 2, warm_up: 0 } } else { Self { counted: 9, warm_up: 0 } }
    }
}

/// The figures of one subject, in whatever unit the bench measures.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) subject: String,
    /// Per round, in order: ratios are taken within a round.
    pub(crate) samples: Vec<f64>,
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Measured {
    pub(crate) fn new(subject: impl Into<String>, samples: Vec<f64>) -> Self {
        Self { subject: subject.into(), samples }
    }

    /// A figure that is counted, not timed: it is the same in every round.
    pub(crate) fn once(subject: impl Into<String>, value: f64) -> Self {
        Self::new(subject, vec![value])
    }

    pub(crate) fn median(&self) -> f64 {
        median(&self.samples)
    }

    pub(crate) fn min(&self) -> f64 {
        self.samples.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.samples.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Per round, what `by` makes of the two samples.
    pub(crate) fn with(&self, other: &Self, by: impl Fn(f64, f64) -> f64) -> Self {
        let samples = self.samples.iter().zip(&other.samples).map(|(a, b)| by(*a, *b)).collect();
        Self::new(self.subject.clone(), samples)
    }
}

/// What is measured once per round.
pub(crate) struct Cell<'a> {
    name: String,
    sample: Box<dyn FnMut() -> f64 + 'a>,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(name: impl Into<String>, sample: impl FnMut() -> f64 + 'a) -> Self {
        Self { name: name.into(), sample: Box::new(sample) }
    }
}

/// All cells, once per round; the one that begins is another in each, so nobody always follows the same neighbour.
pub(crate) fn interleave(rounds: Rounds, cells: &mut [Cell<'_>]) -> Vec<Measured> {
    let mut samples = vec![Vec::with_capacity(rounds.counted); cells.len()];
    for round in 0..rounds.warm_up + rounds.counted {
        for turn in 0..cells.len() {
            let index = (turn + round) % cells.len();
            let sample = (cells[index].sample)();
            if round >= rounds.warm_up {
                samples[index].push(sample);
            }
        }
    }
    cells.iter().zip(samples).map(|(cell, samples)| Measured::new(cell.name.clone(), samples)).collect()
}

/// Keys to be asked for, in order.
pub(crate) type Keys = Arc<[u64]>;

/// Something that answers for keys; batches of them, so that the call through a pointer is not measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    run: Box<dyn Fn(&Keys) -> u64 + Send + Sync>,
}

impl Subject {
    /// Answers one key after another on the caller's thread.
    pub(crate) fn new(name: &'static str, one: impl Fn(u64) -> u64 + Send + Sync + 'static) -> Self {
        Self::batches(name, move |keys| keys.iter().fold(0, |sum, key| sum.wrapping_add(one(*key))))
    }

    pub(crate) fn batches(name: &'static str, run: impl Fn(&Keys) -> u64 + Send + Sync + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }

    pub(crate) fn run(&self, keys: &Keys, passes: usize) {
        for _ in 0..passes {
            black_box((self.run)(black_box(keys)));
        }
    }

    /// Nanoseconds per key.
    pub(crate) fn time(&self, keys: &Keys, passes: usize) -> f64 {
        let start = Instant::now();
        self.run(keys, passes);
        start.elapsed().as_nanos() as f64 / (passes * keys.len()) as f64
    }

    /// Millions of keys per second, a thread for each sequence, each on a core of its own.
    pub(crate) fn throughput(&self, sequences: &[Keys], passes: usize) -> f64 {
        let barrier = Barrier::new(sequences.len());
        let run = |index, keys| {
            keep_to_core(index);
            barrier.wait();
            let start = Instant::now();
            self.run(keys, passes);
            (start, Instant::now())
        };
        let run = &run;
        let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
            let threads = sequences.iter().enumerate().map(|(index, keys)| scope.spawn(move || run(index, keys)));
            let threads: Vec<_> = threads.collect();
            // A thread that panicked has said so; what it did not do must not count as done.
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| std::process::abort())).collect()
        });
        let first = spans.iter().map(|span| span.0).min();
        let last = spans.iter().map(|span| span.1).max();
        let micros = first.zip(last).map_or(f64::NAN, |(first, last)| (last - first).as_nanos() as f64 / 1e3);
        sequences.iter().map(|keys| keys.len() * passes).sum::<usize>() as f64 / micros
    }
}

/// Nanoseconds per key of all subjects, on the same keys over and over.
pub(crate) fn measure(rounds: Rounds, subjects: &[Subject], keys: &Keys, passes: usize) -> Vec<Measured> {
    let mut cells: Vec<_> =
        subjects.iter().map(|subject| Cell::new(subject.name, move || subject.time(keys, passes))).collect();
    interleave(rounds, &mut cells)
}
