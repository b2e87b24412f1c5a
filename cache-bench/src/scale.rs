//! Whether an insertion stays as cheap when the cache is large, and when everything in it has expired.

use std::fs;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, Error};
use rustix::time::{ClockId, clock_gettime};

use crate::allocations::allocated;
use crate::keys::{self, Fresh};
use crate::report::{Report, Target, find};
use crate::rounds::{Cell, Keys, Measured, Rounds, Subject, interleave, median};
use crate::subjects::inserting::{self, Maker};
use crate::subjects::{OURS, ours, ready};
use crate::tags;

/// All caches of one size together take no more than this, and no more than three quarters of what is free.
const MOST_BYTES: f64 = 12e9;
/// Parts of the fill of one cache: its rounds.
const PARTS: usize = 11;
/// Insertions before everything expires, and after it; those after it in turn with as many hits, a hundred each.
const AFTER: usize = 100_000;

fn makers() -> Vec<Maker> {
    let mut makers = vec![inserting::of_one_size()];
    makers.extend(inserting::targets::<u64>());
    makers
}

/// As many entries as were asked for, or as fit.
fn fitting(entries: usize) -> usize {
    const PROBE: usize = 100_000;
    let keys = keys::each(PROBE as u64);
    let (subjects, bytes) = allocated(|| {
        let fill = |maker: &Maker| {
            let subject = (maker.make)(PROBE);
            subject.run(&keys, 1);
            subject
        };
        makers().iter().map(fill).collect::<Vec<_>>()
    });
    drop(subjects);
    // Tables double: a size in between may take twice as much per entry. The allocator's own is not counted.
    let each = 2.0 * bytes as f64 / PROBE as f64;
    let free = fs::read_to_string("/proc/meminfo").ok().and_then(|info| {
        let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
    });
    let most = MOST_BYTES.min(free.map_or(MOST_BYTES, |free| free * 0.75));
    entries.min((most / each) as usize)
}

/// Fills a cache of each size per subject, then stores into the full ones: per size, all in every round.
fn sizes(sizes: [usize; 3], quick: bool, fresh: &Fresh, report: &mut Report) -> Vec<Vec<Measured>> {
    let mut subjects: Vec<Subject> = Vec::new();
    for entries in sizes {
        let made: Vec<Subject> = makers().iter().map(|maker| (maker.make)(entries)).collect();
        let part = entries / PARTS;
        let mut cells: Vec<_> =
            made.iter().map(|subject| Cell::new(subject.name, || subject.time(&fresh.take(part), 1))).collect();
        let parts = interleave(Rounds { counted: PARTS, warm_up: 0 }, &mut cells);
        drop(cells);
        report.add("scale", &format!("fill of {entries}"), "ns", &parts);
        for subject in &made {
            subject.run(&fresh.take(entries / 4), 1);
        }
        subjects.extend(made);
    }
    let batch = if quick { 20_000 } else { 100_000 };
    let mut cells: Vec<_> =
        subjects.iter().map(|subject| Cell::new(subject.name, || subject.time(&fresh.take(batch), 1))).collect();
    let full = interleave(Rounds::new(quick), &mut cells);
    let per_size: Vec<_> = full.chunks(subjects.len() / sizes.len()).map(<[_]>::to_vec).collect();
    for (entries, full) in sizes.iter().zip(&per_size) {
        report.add("scale", &format!("insert into {entries} of {entries}"), "ns", full);
    }
    per_size
}

/// What this thread has computed so far. Waits for a core, on a busy machine longer than any insertion, are not in it.
fn computed() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Nanoseconds of each call, in order.
fn one_by_one(cache: &Cache, keys: &Keys) -> Vec<f64> {
    let time = |key: &u64| {
        let start = computed();
        ready(ours::number(cache, *key));
        computed() - start
    };
    keys.iter().map(time).collect()
}

fn quantile(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 * part) as usize).min(sorted.len() - 1)).copied().unwrap_or(f64::NAN)
}

/// One round of mass expiry: insertions before it, insertions and hits after it.
struct Expiry {
    before: Vec<f64>,
    inserts: Vec<f64>,
    hits: Vec<f64>,
}

fn expire(entries: usize, fresh: &Fresh) -> Result<Expiry, Error> {
    let clock = ManualClock::new();
    let cache = Cache::builder().max_entries(entries).max_bytes(1 << 40).clock(&clock).build()?;
    let subject = Subject::new(OURS, {
        let cache = cache.clone();
        move |key| ready(ours::number(&cache, key))
    });
    // More than fit, so that it is full; the last ones are timed.
    subject.run(&fresh.take(entries + entries / 4), 1);
    let before = one_by_one(&cache, &fresh.take(AFTER));
    clock.advance(Duration::from_secs(301));
    let keys = fresh.take(AFTER);
    let (mut inserts, mut hits) = (Vec::new(), Vec::new());
    for keys in keys.chunks(100) {
        let keys: Keys = Arc::from(keys);
        inserts.extend(one_by_one(&cache, &keys));
        hits.extend(one_by_one(&cache, &keys));
    }
    Ok(Expiry { before, inserts, hits })
}

fn expiry(quick: bool, fresh: &Fresh, report: &mut Report) -> Result<(), Error> {
    let entries = if quick { 100_000 } else { 1_000_000 };
    let rounds = (0..Rounds::long(quick).counted).map(|_| expire(entries, fresh)).collect::<Result<Vec<_>, _>>()?;
    let kinds = [
        ("inserts before", rounds.iter().map(|round| &round.before).collect::<Vec<_>>()),
        ("inserts after", rounds.iter().map(|round| &round.inserts).collect()),
        ("hits after", rounds.iter().map(|round| &round.hits).collect()),
    ];
    for (kind, rounds) in kinds {
        for (name, part) in [("p50", 0.5), ("p99.9", 0.999), ("max", 1.0)] {
            let values = rounds.iter().map(|samples| quantile(samples, part)).collect();
            let case = format!("{entries} expire at once, {kind}, {name}");
            report.add("scale", &case, "ns", &[Measured::new(OURS, values)]);
        }
    }
    let ratios: Vec<f64> = rounds.iter().map(|round| quantile(&round.inserts, 0.999) / median(&round.before)).collect();
    let (of, to) = ("p99.9 of the inserts after", "median before");
    report.holds("mass expiry", of, to, median(&ratios), Target::AtMost(20.0));
    Ok(())
}

pub(crate) fn run(quick: bool) -> io::Result<Report> {
    let mut report = Report::default();
    let fresh = Fresh::default();
    let largest = if quick { 1_000_000 } else { 10_000_000 };
    let most = fitting(largest);
    if most < largest {
        eprintln!("cache-bench: {largest} entries per cache do not fit into memory, so {most} are stored");
    }
    let per_size = sizes([1_000, 100_000, most], quick, &fresh, &mut report);
    if let [small, .., large] = &per_size[..]
        && let (Some(small), Some(large)) = (find(small, OURS), find(large, OURS))
    {
        let (of, to) = (format!("into {most} entries"), "into 1000 entries");
        let value = large.with(small, |large, small| large / small).median();
        report.holds("insert into a full cache", &of, to, value, Target::AtMost(6.0));
    }
    expiry(quick, &fresh, &mut report).map_err(io::Error::other)?;
    tags::run(quick, &mut report).map_err(io::Error::other)?;
    Ok(report)
}
