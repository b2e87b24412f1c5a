//! Whether invalidating a tag costs the same however many entries carry it.

use std::time::Instant;

use cache_core::{Cache, Error, key};

use crate::report::{Report, Target};
use crate::rounds::{Measured, Rounds, median};
use crate::subjects::{OURS, ours, ready};

/// Entries under each of the small tags.
const FEW: u64 = 10;
/// Small tags that are invalidated per round: as cold in the processor's cache as the large one.
const SMALL: u64 = 21;

/// One round: all entries carry one tag, and ten at a time another.
struct Round {
    small: f64,
    large: f64,
    /// Entries that are found after their tag was invalidated.
    left: usize,
}

fn nanos(invalidate: impl FnOnce() -> usize, carried: u64) -> f64 {
    let start = Instant::now();
    let removed = invalidate();
    let took = start.elapsed();
    assert_eq!(removed as u64, carried, "the tag was carried by another number of entries");
    took.as_secs_f64() * 1e9
}

fn round(entries: u64) -> Result<Round, Error> {
    let cache = Cache::builder().max_entries(2 * entries as usize).max_bytes(1 << 40).build()?;
    for id in 0..entries {
        ready(ours::tagged(&cache, id, id / FEW));
    }
    let tags = entries / FEW;
    let invalidate = |tag: String, carried| nanos(|| cache.local().invalidate_tag(tag).entries, carried);
    let picked: Vec<u64> = (0..SMALL).map(|at| at * (tags / SMALL)).collect();
    let small: Vec<f64> = picked.iter().map(|tag| invalidate(key!("ten:{}", *tag), FEW)).collect();
    let large = invalidate("all".to_owned(), entries);
    let left = (0..entries).filter(|id| cache.local().contains(ours::tagged::key(&cache, *id))).count();
    Ok(Round { small: median(&small), large, left })
}

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<(), Error> {
    let entries = if quick { 100_000 } else { 1_000_000 };
    let rounds = (0..Rounds::long(quick).counted).map(|_| round(entries)).collect::<Result<Vec<_>, _>>()?;
    let large = format!("{entries} entries");
    for (case, of) in [(format!("{FEW} entries"), 0), (large.clone(), 1)] {
        let samples = rounds.iter().map(|round| if of == 0 { round.small } else { round.large }).collect();
        report.add("scale", &format!("invalidate a tag of {case}"), "ns", &[Measured::new(OURS, samples)]);
    }
    let left = rounds.iter().map(|round| round.left as f64).collect::<Vec<_>>();
    report.add("scale", "entries found under a dead tag", "entries", &[Measured::new(OURS, left)]);
    let ratios: Vec<f64> = rounds.iter().map(|round| round.large / round.small).collect();
    let few = format!("of {FEW} entries");
    report.holds("invalidate a tag", &format!("of {large}"), &few, median(&ratios), Target::AtMost(1.5));
    Ok(())
}
