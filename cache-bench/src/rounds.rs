//! Interleaved rounds: each round measures every subject once, so a drift of the machine hits all alike.

use std::hint::black_box;
use std::time::Instant;

/// Rounds that count, after those that warm up.
const ROUNDS: usize = 11;
const WARM_UP: usize = 2;

/// Something that can be done `n` times, on the operations from `from` on.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn FnMut(usize, usize) -> u64>,
}

impl Subject {
    pub(crate) fn new(name: &'static str, run: impl FnMut(usize, usize) -> u64 + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Nanoseconds per operation of one subject.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) subject: &'static str,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) rounds: usize,
    /// Per round, in order: ratios are taken within a round.
    pub(crate) samples: Vec<f64>,
}

pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measures all subjects, `operations` per round and subject.
pub(crate) fn measure(subjects: &mut [Subject], operations: usize) -> Vec<Measured> {
    let mut samples = vec![Vec::with_capacity(ROUNDS); subjects.len()];
    for round in 0..WARM_UP + ROUNDS {
        for turn in 0..subjects.len() {
            // Another one begins each round, so nobody always follows the same neighbour's cache lines.
            let index = (turn + round) % subjects.len();
            let start = Instant::now();
            black_box((subjects[index].run)(round * operations, operations));
            let nanos = start.elapsed().as_nanos() as f64 / operations as f64;
            if round >= WARM_UP {
                samples[index].push(nanos);
            }
        }
    }
    let figures = subjects.iter().zip(samples).map(|(subject, samples)| Measured {
        subject: subject.name,
        median: median(&samples),
        min: samples.iter().copied().fold(f64::INFINITY, f64::min),
        max: samples.iter().copied().fold(0.0, f64::max),
        rounds: samples.len(),
        samples,
    });
    figures.collect()
}
