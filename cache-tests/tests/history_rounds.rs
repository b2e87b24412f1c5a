//! Seeded rounds of tasks and threads that call, invalidate, put, refresh, cancel, fail and panic at random; what
//! happened is then held against the promises of one load and of no resurrection.
//!
//! `HISTORY_SEED` and `HISTORY_ROUNDS` choose where to begin and for how long.

use std::env;

use cache_tests::history::{Kind, round};

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

#[test]
fn whatever_happens_values_stay_fenced_off_and_bodies_apart() {
    rounds(Kind::Plain);
}

#[test]
fn with_graces_tags_and_batches_too() {
    rounds(Kind::Graceful);
}

fn rounds(kind: Kind) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    let (seed, rounds) = (setting("HISTORY_SEED", 1), setting("HISTORY_ROUNDS", 200));
    for seed in seed..seed + rounds {
        if let Err(what) = round(&runtime, kind, seed) {
            // What hangs would keep the runtime from ending.
            runtime.shutdown_background();
            panic!("HISTORY_SEED={seed} HISTORY_ROUNDS=1: {what}");
        }
    }
}
