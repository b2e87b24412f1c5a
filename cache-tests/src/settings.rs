//! How properties are tried.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngAlgorithm;

/// So many cases, of a generator that is fast without optimisation. `PROPTEST_CASES` in the environment wins.
#[must_use]
pub fn settings(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { cases };
    ProptestConfig { cases, failure_persistence: None, rng_algorithm: RngAlgorithm::XorShift, ..default }
}
