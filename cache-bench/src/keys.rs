//! Which keys are asked for: drawn from fixed seeds, the same for every subject.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::Zipf;

use crate::rounds::Keys;

/// How long a sequence is that is asked for over and over.
pub(crate) const SEQUENCE: usize = 1 << 16;

/// The exponents that are used, and counts above zero, are what the distribution exists for.
pub(crate) fn zipf(keys: u64, exponent: f64) -> Zipf<f64> {
    Zipf::new(keys as f64, exponent).unwrap_or_else(|error| unreachable!("{error}"))
}

/// Zipf 0.99.
pub(crate) fn popular(keys: u64, seed: u64) -> Keys {
    let mut rng = StdRng::seed_from_u64(seed);
    let zipf = zipf(keys, 0.99);
    (0..SEQUENCE).map(|_| rng.sample(zipf) as u64 - 1).collect()
}

/// One key, all the time.
pub(crate) fn hot() -> Keys {
    vec![42; SEQUENCE].into()
}

/// Every key from 0 on, once.
pub(crate) fn each(keys: u64) -> Keys {
    (0..keys).collect()
}

/// Keys that nobody has asked for yet.
#[derive(Debug)]
pub(crate) struct Fresh(AtomicU64);

impl Default for Fresh {
    fn default() -> Self {
        Self(AtomicU64::new(1 << 32))
    }
}

impl Fresh {
    pub(crate) fn one(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn take(&self, count: usize) -> Keys {
        (0..count).map(|_| self.one()).collect()
    }

    /// `keys`, but for every hundredth of which some are fresh.
    pub(crate) fn mixed_into(&self, keys: &Keys, percent: u64, seed: u64) -> Keys {
        let mut rng = StdRng::seed_from_u64(seed);
        let keys = keys.iter().map(|key| if rng.random_range(0..100) < percent { self.one() } else { *key });
        keys.collect::<Vec<_>>().into()
    }
}

/// Clones of one sequence's pointer, or other sequences of the same kind, for as many threads.
pub(crate) fn for_threads(threads: usize, of: impl Fn(u64) -> Keys) -> Vec<Keys> {
    (0..threads as u64).map(|thread| Arc::clone(&of(thread + 7))).collect()
}
