//! What an entry takes, and how well a bound on bytes is kept.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cache_core::{Cache, cached};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::allocations::allocated;
use crate::keys;
use crate::report::{Report, Target, find};
use crate::rounds::Measured;
use crate::subjects::inserting::{self, Maker};
use crate::subjects::{OURS, ours};

/// An integer that is the value.
const VALUE: usize = size_of::<u64>();
const THREADS: u64 = 8;
const MAX_BYTES: usize = 16 << 20;

#[cached(ttl = "5m", cache = cache, skip(cache, bytes))]
fn blob(cache: &Cache, id: u64, bytes: usize) -> Vec<u8> {
    let mut blob = Vec::with_capacity(bytes.max(size_of::<u64>()));
    blob.extend(id.to_le_bytes());
    blob
}

/// The mean length of the name of an entry, which is the key as it is stored.
fn name_bytes(entries: u64) -> usize {
    let cache = cache_core::get_cache();
    let names = (0..entries).step_by(97).map(|id| ours::number::key(&cache, id).len());
    let (count, sum) = names.fold((0, 0), |(count, sum), length| (count + 1, sum + length));
    sum / count
}

/// Bytes per entry beyond key and value. There is room for a quarter more: nothing is evicted.
fn overhead(maker: &Maker, entries: u64, key: usize) -> f64 {
    let keys = keys::each(entries);
    let (subject, bytes) = allocated(|| {
        let subject = (maker.make)(entries as usize * 5 / 4);
        subject.run(&keys, 1);
        subject
    });
    drop(subject);
    bytes as f64 / entries as f64 - (key + VALUE) as f64
}

/// The most that was counted at any moment while eight threads stored values of random size, and at the end.
fn highest(span: Duration) -> Result<usize, cache_core::Error> {
    let cache = Cache::builder().max_entries(1 << 20).max_bytes(MAX_BYTES).build()?;
    let stop = AtomicBool::new(false);
    let mut highest = 0;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (cache, stop) = (&cache, &stop);
            scope.spawn(move || {
                let mut rng = StdRng::seed_from_u64(thread);
                while !stop.load(Ordering::Relaxed) {
                    blob(cache, rng.random_range(0..1 << 20), 1 << rng.random_range(0..16));
                }
            });
        }
        let start = Instant::now();
        while start.elapsed() < span {
            highest = highest.max(cache.stats().bytes);
        }
        stop.store(true, Ordering::Relaxed);
    });
    Ok(highest.max(cache.stats().bytes))
}

pub(crate) fn run(quick: bool) -> io::Result<Report> {
    let entries = if quick { 100_000 } else { 1_000_000 };
    let name = name_bytes(entries);
    let mut makers = vec![inserting::of_one_size()];
    makers.extend(inserting::targets::<u64>());
    makers.extend(inserting::others::<u64>());
    let key = |maker: &Maker| if maker.name == OURS { name } else { size_of::<u64>() };
    let measured: Vec<_> =
        makers.iter().map(|maker| Measured::once(maker.name, overhead(maker, entries, key(maker)))).collect();

    let mut report = Report::default();
    report.add("memory", &format!("{entries} entries, beyond key and value"), "bytes per entry", &measured);
    if let (Some(ours), Some(theirs)) = (find(&measured, OURS), find(&measured, inserting::QUICK)) {
        let (of, to) = (OURS, "quick_cache");
        let value = ours.median() - theirs.median();
        report.holds("bytes per entry, ours less quick_cache's", of, to, value, Target::AtMost(128.0));
    }

    let span = Duration::from_secs(if quick { 1 } else { 10 });
    let highest = highest(span).map_err(io::Error::other)? as f64;
    let case = "highest of 8 threads storing random sizes";
    report.add("memory", case, "bytes", &[Measured::once(OURS, highest)]);
    report.holds(case, "highest bytes", "max_bytes", highest / MAX_BYTES as f64, Target::AtMost(1.01));
    Ok(report)
}
