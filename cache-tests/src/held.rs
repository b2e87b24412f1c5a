//! A load that is under way while something else happens.

use std::thread;

use cache_core::{Cache, Ttl};

use crate::{Probe, until_blocking};

/// Runs `meanwhile` while a load of the name `name` is held back. Gives the load's answer: -1, if nothing else is found.
///
/// # Panics
/// If the load does.
pub fn during_a_load(cache: &Cache, meanwhile: impl FnOnce()) -> i64 {
    let probe = Probe::default();
    thread::scope(|scope| {
        let load = scope.spawn(|| {
            cache.local().get_or_set("name", Ttl::Default, || {
                let _running = probe.enter();
                probe.gate.passed_blocking();
                -1_i64
            })
        });
        until_blocking(|| probe.running() == 1);
        meanwhile();
        probe.gate.open();
        load.join().unwrap()
    })
}
