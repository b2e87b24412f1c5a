//! Any sequence of operations, against a model that does nothing cleverly.

use std::collections::BTreeMap;

use cache_core::{Change, Fetched, SharedTier, Stamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::nodes::Nodes;
use crate::server::{Server, Setting};

/// The last one is a shortened name.
const NAMES: [&str; 7] = ["a", "a:1", "a:1:x", "ab", "b:1", "n", "b:~0123456789abcdef0123456789abcdef"];
const PREFIXES: [&str; 5] = ["a", "a:1", "b", "b:long", "n"];
const PATTERNS: [&str; 5] = ["a*", "*1*", "b:?*", "a:[0-9]", "*"];

const TAGS: [&str; 3] = ["a", "of a: 1%\n", "é"];

/// Some of the tags, by their bits.
fn some(bits: usize) -> Vec<String> {
    (0..TAGS.len()).filter(|at| bits >> at & 1 == 1).map(|at| TAGS[at].to_owned()).collect()
}

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    ReadAll,
    /// With one of the stamps that were given.
    Put(prop::sample::Index, u8, usize),
    Renew(usize),
    Set(usize, u8, usize),
    Remove(usize),
    Tag(usize),
    Prefix(usize),
    Pattern(usize),
    Clear,
    SetIfAbsent(usize, u8),
    Increment(usize, i8),
}

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES.len();
    let tags = || 0..1_usize << TAGS.len();
    prop_oneof![
        4 => name().prop_map(Step::Read),
        1 => Just(Step::ReadAll),
        6 => (any::<prop::sample::Index>(), any::<u8>(), tags())
            .prop_map(|(stamp, value, tags)| Step::Put(stamp, value, tags)),
        1 => name().prop_map(Step::Renew),
        2 => (name(), any::<u8>(), tags()).prop_map(|(name, value, tags)| Step::Set(name, value, tags)),
        2 => name().prop_map(Step::Remove),
        2 => (0..TAGS.len()).prop_map(Step::Tag),
        1 => (0..PREFIXES.len()).prop_map(Step::Prefix),
        1 => (0..PATTERNS.len()).prop_map(Step::Pattern),
        1 => Just(Step::Clear),
        1 => (name(), any::<u8>()).prop_map(|(name, value)| Step::SetIfAbsent(name, value)),
        2 => (name(), any::<i8>()).prop_map(|(name, by)| Step::Increment(name, by)),
    ]
}

#[derive(Default)]
struct Model {
    records: BTreeMap<&'static str, (Vec<u8>, Vec<String>)>,
    stamps: Vec<(&'static str, Stamp, usize)>,
    changes: Vec<Change>,
}

impl Model {
    fn make(&mut self, change: Change) {
        self.records.retain(|name, (_, tags)| !reaches(&change, name, tags));
        if let Change::Set { name, record, tags, .. } = &change {
            let name = NAMES.into_iter().find(|known| known == name).unwrap();
            self.records.insert(name, (record.clone(), tags.clone()));
        }
        self.changes.push(change);
    }

    fn given(&mut self, name: &'static str, stamp: Stamp) {
        self.stamps.push((name, stamp, self.changes.len()));
    }
}

fn reaches(change: &Change, name: &str, tags: &[String]) -> bool {
    change.reaches(name) || tags.iter().any(|tag| change.reaches_tag(tag))
}

/// Whether a tier may take the name for one that the change reaches: it knows where the change begins.
fn may_reach(change: &Change, name: &str, tags: &[String]) -> bool {
    let Change::Remove(reach) = change else { return change.reaches(name) };
    if change.tag().is_some() {
        return reaches(change, name, tags);
    }
    let start = reach.literal_start();
    change.reaches(name)
        || change.name().is_none()
            && (name.starts_with(&start) || name.find('~').is_some_and(|kept| start.starts_with(&name[..kept])))
}

async fn check(tier: &impl SharedTier, space: &str, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    for step in steps {
        match step.clone() {
            Step::Read(name) => read(tier, space, NAMES[name], &mut model).await?,
            Step::ReadAll => {
                let names = NAMES.map(str::to_owned);
                let all = tier.get_many(space, &names).await.unwrap();
                for (name, fetched) in NAMES.into_iter().zip(all) {
                    seen(name, fetched, &mut model)?;
                }
            }
            Step::Put(at, value, tags) => {
                if model.stamps.is_empty() {
                    continue;
                }
                let (name, stamp, since) = *at.get(&model.stamps);
                let tags = some(tags);
                let stored = tier.put(space, name, &[value, 0xFF], None, stamp, &tags).await.unwrap();
                let since = &model.changes[since..];
                if stored {
                    prop_assert!(
                        !since.iter().any(|change| reaches(change, name, &tags)),
                        "{name} was changed: {since:?}"
                    );
                    model.records.insert(name, (vec![value, 0xFF], tags));
                } else {
                    prop_assert!(
                        since.iter().any(|change| may_reach(change, name, &tags)),
                        "{name} was not: {since:?}"
                    );
                }
            }
            Step::Renew(name) => {
                model.changes.push(Change::remove(NAMES[name]));
                let stamp = tier.renew(space, NAMES[name]).await.unwrap();
                model.given(NAMES[name], stamp);
            }
            Step::Set(name, value, tags) => {
                let set = Change::Set {
                    name: NAMES[name].to_owned(),
                    // What looks like a line of tags is none.
                    record: [b"%7 a\n".as_slice(), &[value, 0xFE]].concat(),
                    ttl: None,
                    tags: some(tags),
                };
                apply(tier, space, set, &mut model).await;
            }
            Step::Remove(name) => apply(tier, space, Change::remove(NAMES[name]), &mut model).await,
            Step::Tag(at) => apply(tier, space, Change::remove_tag(TAGS[at]), &mut model).await,
            Step::Prefix(at) => apply(tier, space, Change::remove_prefix(PREFIXES[at]).unwrap(), &mut model).await,
            Step::Pattern(at) => apply(tier, space, Change::remove_pattern(PATTERNS[at]).unwrap(), &mut model).await,
            Step::Clear => apply(tier, space, Change::remove_all(), &mut model).await,
            Step::SetIfAbsent(name, value) => {
                let absent = !model.records.contains_key(NAMES[name]);
                let record = vec![value, 0xFD];
                prop_assert_eq!(tier.set_if_absent(space, NAMES[name], &record, None).await.unwrap(), absent);
                if absent {
                    model.make(Change::Set { name: NAMES[name].to_owned(), record, ttl: None, tags: Vec::new() });
                }
            }
            Step::Increment(name, by) => {
                let count = match model.records.get(NAMES[name]) {
                    None => Some(0),
                    Some((record, _)) => std::str::from_utf8(record).ok().and_then(|text| text.parse::<i64>().ok()),
                };
                let sum = tier.increment(space, NAMES[name], by.into(), None).await.ok();
                prop_assert_eq!(sum, count.map(|count| count + i64::from(by)));
                if let Some(sum) = sum {
                    let record = sum.to_string().into_bytes();
                    model.make(Change::Set { name: NAMES[name].to_owned(), record, ttl: None, tags: Vec::new() });
                }
            }
        }
    }
    for name in NAMES {
        read(tier, space, name, &mut model).await?;
    }
    Ok(())
}

async fn apply(tier: &impl SharedTier, space: &str, change: Change, model: &mut Model) {
    tier.apply(space, std::slice::from_ref(&change)).await.unwrap();
    model.make(change);
}

async fn read(tier: &impl SharedTier, space: &str, name: &'static str, model: &mut Model) -> Result<(), TestCaseError> {
    seen(name, tier.get(space, name).await.unwrap(), model)
}

fn seen(name: &'static str, fetched: Fetched, model: &mut Model) -> Result<(), TestCaseError> {
    match fetched {
        Fetched::Found(record) => {
            prop_assert_eq!(Some(&(record, Vec::new())), model.records.get(name), "{}", name);
        }
        Fetched::Tagged(record, tags) => {
            prop_assert_eq!(Some(&(record, tags)), model.records.get(name), "{}", name);
        }
        Fetched::Missing(stamp) => {
            prop_assert_eq!(None, model.records.get(name), "{}", name);
            model.given(name, stamp);
        }
    }
    Ok(())
}

#[test]
fn any_sequence_of_operations_is_as_the_model_says() {
    any_sequence::<Server>(200);
}

#[test]
fn any_sequence_of_operations_on_a_cluster_is_as_the_model_says() {
    any_sequence::<Nodes>(60);
}

fn any_sequence<S: Setting>(cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(S::start());
    let tier = runtime.block_on(server.tier());
    let spaces = std::cell::Cell::new(0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
        spaces.set(spaces.get() + 1);
        runtime.block_on(check(&tier, &format!("case{}", spaces.get()), &steps))
    });
    outcome.unwrap();
}
