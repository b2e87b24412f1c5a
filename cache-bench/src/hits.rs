//! What a hit costs on one thread: 10,000 keys, Zipf 0.99, everything present.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::Zipf;

use crate::report::{Report, Target};
use crate::rounds::{Subject, measure};
use crate::subjects::{Db, KEYS, load, moka_future, moka_sync, ours, quick, ready, theirs};

const SORTS: [&str; 4] = ["name", "country", "popularity", "newest"];
/// The keys asked for, over and over.
const SEQUENCE: usize = 1 << 16;

pub(crate) const OURS: &str = "cache-core";

fn sequence() -> Arc<[u64]> {
    let mut rng = StdRng::seed_from_u64(7);
    // The exponent and the count are constants for which the distribution exists.
    let zipf = Zipf::new(KEYS as f64, 0.99).unwrap_or_else(|error| unreachable!("{error}"));
    (0..SEQUENCE).map(|_| rng.sample(zipf) as u64 - 1).collect()
}

/// Does `one` for each key of the sequence in turn.
fn each(name: &'static str, keys: &Arc<[u64]>, one: impl Fn(u64) -> u64 + 'static) -> Subject {
    let keys = keys.clone();
    for key in 0..KEYS {
        one(key);
    }
    Subject::new(name, move |from, operations| {
        let mut sum = 0;
        for index in from..from + operations {
            sum += one(keys[index % SEQUENCE]);
        }
        sum
    })
}

fn by_integer() -> Vec<Subject> {
    let keys = sequence();
    let (quick, quick_async) = (quick::<u64>(), quick::<u64>());
    for key in 0..KEYS {
        quick.insert(key, load(key));
    }
    let (sync, future) = (moka_sync::<u64>(), moka_future::<u64>());
    let floor = papaya::HashMap::builder().hasher(foldhash::fast::RandomState::default()).build();
    for key in 0..KEYS {
        floor.pin().insert(key, load(key));
    }
    vec![
        each("papaya get (a floor: no cache)", &keys, move |key| {
            floor.pin().get(&key).cloned().map_or(0, |artist| artist.id)
        }),
        each(OURS, &keys, |key| ready(ours::artist(&Db, key)).id),
        each("quick_cache get", &keys, move |key| quick.get(&key).map_or(0, |artist| artist.id)),
        each("quick_cache get_or_insert_async", &keys, move |key| {
            ready(quick_async.get_or_insert_async(&key, async { Ok::<_, ()>(load(key)) })).map_or(0, |artist| artist.id)
        }),
        each("cached #[concurrent_cached]", &keys, |key| ready(theirs::artist_concurrent(&Db, key)).id),
        each("cached #[cached]", &keys, |key| ready(theirs::artist(&Db, key)).id),
        each("moka sync get_with", &keys, move |key| sync.get_with(key, || load(key)).id),
        each("moka future get_with", &keys, move |key| ready(future.get_with(key, async { load(key) })).id),
    ]
}

type Page = (i64, &'static str, u32);

fn page(key: u64) -> Page {
    (key.cast_signed(), SORTS[key as usize % SORTS.len()], (key % 10) as u32)
}

fn by_tuple() -> Vec<Subject> {
    let keys = sequence();
    let quick = quick::<Page>();
    for key in 0..KEYS {
        quick.insert(page(key), load(key));
    }
    vec![
        each(OURS, &keys, |key| {
            let (id, sort, number) = page(key);
            ready(ours::page(&Db, id, sort, number)).id
        }),
        each("quick_cache get", &keys, move |key| quick.get(&page(key)).map_or(0, |artist| artist.id)),
        each("cached #[concurrent_cached]", &keys, |key| {
            let (id, sort, number) = page(key);
            ready(theirs::page_concurrent(&Db, id, sort, number)).id
        }),
    ]
}

pub(crate) fn run(quick: bool) -> Report {
    let operations = if quick { 50_000 } else { 500_000 };
    let mut report = Report::default();
    let integer = measure(&mut by_integer(), operations);
    report.add("hits", "integer key", "ns", &integer);
    report.ratio("integer key", &integer, OURS, "quick_cache get", Target::AtMost(1.4));
    report.ratio("integer key", &integer, "cached #[concurrent_cached]", OURS, Target::AtLeast(3.0));
    report.ratio("integer key", &integer, "moka sync get_with", OURS, Target::AtLeast(8.0));
    let tuple = measure(&mut by_tuple(), operations);
    report.add("hits", "(i64, &str, u32) key", "ns", &tuple);
    report.ratio("(i64, &str, u32) key", &tuple, OURS, "quick_cache get", Target::AtMost(1.6));
    report
}

/// `hits` hits of one subject of the integer case.
pub(crate) fn only(subject: &str, hits: usize) -> Result<(), String> {
    let mut subjects = by_integer();
    let names: Vec<_> = subjects.iter().map(|subject| subject.name).collect();
    let chosen = subjects.iter_mut().find(|one| one.name == subject);
    let chosen = chosen.ok_or_else(|| format!("no subject is called {subject:?}: there are {names:?}"))?;
    std::hint::black_box((chosen.run)(0, hits));
    Ok(())
}
