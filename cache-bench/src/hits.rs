//! What a hit costs on one thread: everything that is asked for is there.

use std::io;
use std::sync::Arc;

use crate::inserts;
use crate::keys::{self, Fresh};
use crate::report::{Report, Target};
use crate::rounds::{Rounds, Subject, measure};
use crate::subjects::ours::{self, Ours};
use crate::subjects::sketch::{Borrowed, Owned, SKETCH, Sketch};
use crate::subjects::theirs::{self, Cached, ConcurrentCached, OfMany};
use crate::subjects::{Artist, Counts, Db, Direct, Executor, KEYS, Load, OURS, ROOM, Value, fill, peers, ready};

const SORTS: [&str; 4] = ["name", "country", "popularity", "newest"];

/// Everybody, by an integer key.
pub(crate) fn by_integer<V: Value>(executor: &Executor) -> Vec<Subject> {
    let mut subjects = peers::floors::<V>(executor);
    subjects.push(executor.subject(OURS, Ours::<V>::new()));
    subjects.extend(peers::plain_gets::<V>(ROOM, executor));
    subjects.push(executor.subject(peers::CONCURRENT_CACHED, ConcurrentCached::<V>::new()));
    subjects.push(executor.subject(peers::CACHED, Cached::<V>::new()));
    subjects.extend(peers::single_calls::<V>(ROOM, executor));
    fill(subjects, KEYS)
}

type Page = (i64, &'static str, u32);

fn page(key: u64) -> Page {
    (key.cast_signed(), SORTS[key as usize % SORTS.len()], (key % 10) as u32)
}

fn by_tuple() -> Vec<Subject> {
    let (quick, moka) = (peers::quick::<Page, Arc<Artist>>(ROOM), peers::moka::<Page, Arc<Artist>>(ROOM));
    for key in 0..KEYS {
        quick.insert(page(key), Load::load(key));
    }
    let sketch = Sketch::<Owned>::new();
    let subjects = vec![
        Subject::new(SKETCH, move |key| {
            let (id, sort, number) = page(key);
            let asked = Borrowed(id, sort, number);
            sketch.get_or_load::<Arc<Artist>>(&asked, || asked.own(), key).id
        }),
        Subject::new(OURS, |key| {
            let (id, sort, number) = page(key);
            ready(ours::page(&Db, id, sort, number)).id
        }),
        Subject::new(peers::QUICK, move |key| quick.get(&page(key)).map_or(0, |artist| artist.id)),
        Subject::new(peers::CONCURRENT_CACHED, |key| {
            let (id, sort, number) = page(key);
            ready(theirs::page_concurrent(&Db, id, sort, number)).id
        }),
        Subject::new(peers::MOKA_SYNC, move |key| moka.get_with(page(key), || Load::load(key)).id),
    ];
    fill(subjects, KEYS)
}

fn by_name() -> Vec<Subject> {
    let names: Arc<[String]> = (0..KEYS).map(|key| format!("artist number {key}")).collect();
    let (quick, moka) = (peers::quick::<String, Arc<Artist>>(ROOM), peers::moka::<String, Arc<Artist>>(ROOM));
    for (key, name) in names.iter().enumerate() {
        quick.insert(name.clone(), Load::load(key as u64));
    }
    let named = |name, call: fn(&str) -> u64| {
        let names = names.clone();
        Subject::new(name, move |key| call(&names[key as usize]))
    };
    let (of_quick, of_moka) = (names.clone(), names.clone());
    let subjects = vec![
        named(OURS, |name| ready(ours::by_name(&Db, name)).id),
        Subject::new(peers::QUICK, move |key| quick.get(of_quick[key as usize].as_str()).map_or(0, |artist| artist.id)),
        named(peers::CONCURRENT_CACHED, |name| ready(theirs::by_name_concurrent(&Db, name)).id),
        Subject::new("moka sync get_with_by_ref", move |key| {
            moka.get_with_by_ref(of_moka[key as usize].as_str(), || Load::load(key)).id
        }),
    ];
    fill(subjects, KEYS)
}

/// Those of [`by_integer`] that two million entries fit several times over.
fn among_many(keys: u64) -> Result<Vec<Subject>, cache_core::Error> {
    let room = 2 * keys as usize;
    cache_core::get_cache().resize(room, 4 << 30)?;
    let bare = Executor::Bare;
    let mut subjects = peers::floors::<Arc<Artist>>(&bare);
    subjects.push(bare.subject(OURS, Ours::<Arc<Artist>>::new()));
    subjects.extend(peers::plain_gets::<Arc<Artist>>(room, &bare));
    subjects.push(bare.subject(peers::CONCURRENT_CACHED, OfMany));
    let moka = peers::moka::<u64, Arc<Artist>>(room);
    subjects.push(bare.subject(peers::MOKA_SYNC, Direct(move |key| moka.get_with(key, || Load::load(key)).id)));
    Ok(fill(subjects, keys))
}

pub(crate) fn run(quick: bool) -> io::Result<Report> {
    let (rounds, passes) = (Rounds::new(quick), if quick { 1 } else { 8 });
    let mut report = Report::default();
    let (popular, hot) = (keys::popular(KEYS, 7), keys::hot());
    let mut measured = |case: &str, subjects: &[Subject], keys| {
        let figures = measure(rounds, subjects, keys, passes);
        report.add("hits", case, "ns", &figures);
        figures
    };

    let shared = by_integer::<Arc<Artist>>(&Executor::Bare);
    let integer = measured("integer key", &shared, &popular);
    measured("one hot key", &shared, &hot);
    drop(shared);
    let tuple = measured("(i64, &str, u32) key", &by_tuple(), &popular);
    measured("String key, asked by &str", &by_name(), &popular);
    let by_value = by_integer::<Counts>(&Executor::Bare);
    measured("struct by value", &by_value, &popular);
    measured("struct by value, one hot key", &by_value, &hot);
    drop(by_value);
    measured("integer key, in a tokio task", &by_integer::<Arc<Artist>>(&Executor::tokio()?), &popular);
    let many = if quick { 100_000 } else { 1_000_000 };
    let subjects = among_many(many).map_err(io::Error::other)?;
    measured(&format!("integer key, {many} entries"), &subjects, &keys::popular(many, 7));

    report.ratio("integer key", &integer, OURS, peers::QUICK, Target::AtMost(1.4));
    report.ratio("integer key", &integer, peers::CONCURRENT_CACHED, OURS, Target::AtLeast(3.0));
    report.ratio("integer key", &integer, peers::MOKA_SYNC, OURS, Target::AtLeast(8.0));
    report.ratio("(i64, &str, u32) key", &tuple, OURS, peers::QUICK, Target::AtMost(1.6));
    // What the floor itself comes to, in the same measures.
    report.ratio("integer key", &integer, SKETCH, peers::QUICK, Target::AtMost(1.4));
    report.ratio("integer key", &integer, peers::CONCURRENT_CACHED, SKETCH, Target::AtLeast(3.0));
    report.ratio("integer key", &integer, peers::MOKA_SYNC, SKETCH, Target::AtLeast(8.0));
    report.ratio("(i64, &str, u32) key", &tuple, SKETCH, peers::QUICK, Target::AtMost(1.6));
    Ok(report)
}

/// The keys of [`only`].
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Case {
    Integer,
    /// One integer, so that all there is about it stays in the processor's first cache.
    Hot,
    Tuple,
    Name,
    /// Not hits at all: integers that nobody has asked for, each loaded, stored, and another evicted for it.
    Fresh,
}

/// One subject of a case, so many times through the keys.
pub(crate) fn only(subject: &str, passes: usize, case: Case) -> Result<(), String> {
    let fresh = Fresh::default();
    let subjects = match case {
        Case::Integer | Case::Hot => by_integer::<Arc<Artist>>(&Executor::Bare),
        Case::Tuple => by_tuple(),
        Case::Name => by_name(),
        Case::Fresh => inserts::into_full(&fresh),
    };
    let names: Vec<_> = subjects.iter().map(|subject| subject.name).collect();
    let chosen = subjects.iter().find(|one| one.name == subject);
    let chosen = chosen.ok_or_else(|| format!("no subject is called {subject:?}: there are {names:?}"))?;
    if matches!(case, Case::Fresh) {
        (0..passes).for_each(|_| chosen.run(&fresh.take(keys::SEQUENCE), 1));
    } else {
        let keys = if matches!(case, Case::Hot) { keys::hot() } else { keys::popular(KEYS, 7) };
        chosen.run(&keys, passes);
    }
    Ok(())
}
