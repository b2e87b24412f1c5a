//! The cache against a naive model, over operations and steps of the clock.

mod model;

use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{ErrorKind, Ttl, cached};
use cache_tests::naive::glob;
use cache_tests::settings;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use self::model::{Model, Value};

#[derive(Debug, Clone)]
enum Operation {
    Set(String, Value, Ttl),
    Get(String),
    GetText(String),
    GetOrSet(String, u64, Ttl),
    SetIfAbsent(String, u64, Ttl),
    Increment(String, i64, Ttl),
    Contains(String),
    TrySet(String, Result<u64, u8>),
    Call(u8, &'static str, Option<u64>),
    Peek(u8, &'static str),
    Put(u8, &'static str, Option<u64>),
    Refresh(u8, &'static str, Option<u64>),
    Drop(u8, &'static str),
    DropAll,
    Delete(String),
    Invalidate(String),
    Pattern(&'static str),
    Prefix(&'static str),
    Clear,
    Cleanup,
    Advance(u64),
    Entry(String),
}

const TEXTS: [&str; 4] = ["x", "", "x:1", "~"];

/// A decorated function, whose answer is handed in.
#[cached(ttl = Duration::from_millis(50), key_prefix = "f", skip(answer))]
fn call(id: u8, text: &str, answer: Option<u64>) -> Option<u64> {
    let _ = (id, text);
    answer
}

/// Names that meet the function's, each other's prefixes, and patterns.
fn name() -> impl Strategy<Value = String> {
    let free = prop::sample::select(vec!["a", "a:1", "a:2", "ab:1", "b:1:x", "f", "f:1", "a*", "[1]", ""]);
    let called = (0_u8..3, prop::sample::select(&TEXTS[..])).prop_map(|(id, text)| call::key(id, text));
    prop_oneof![free.prop_map(str::to_owned), called]
}

fn ttl() -> impl Strategy<Value = Ttl> {
    prop_oneof![
        4 => (0_u64..100).prop_map(|millis| Ttl::After(Duration::from_millis(millis))),
        1 => Just(Ttl::Never),
        1 => Just(Ttl::Default),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    let value = || {
        prop_oneof![
            3 => any::<u64>().prop_map(Value::Number),
            1 => "[a-z]{0,9}".prop_map(Value::Text),
            1 => any::<i64>().prop_map(Value::Count),
        ]
    };
    let text = || prop::sample::select(&TEXTS[..]);
    let answer = || prop::option::weighted(0.8, any::<u64>());
    prop_oneof![
        1 => (name(), value(), ttl()).prop_map(|(name, value, ttl)| Operation::Set(name, value, ttl)),
        1 => name().prop_map(Operation::Get),
        1 => name().prop_map(Operation::GetText),
        1 => (name(), any::<u64>(), ttl()).prop_map(|(name, value, ttl)| Operation::GetOrSet(name, value, ttl)),
        1 => (name(), any::<u64>(), ttl()).prop_map(|(name, value, ttl)| Operation::SetIfAbsent(name, value, ttl)),
        2 => (name(), -9_i64..9, ttl()).prop_map(|(name, by, ttl)| Operation::Increment(name, by, ttl)),
        1 => name().prop_map(Operation::Contains),
        1 => (name(), any::<Result<u64, u8>>()).prop_map(|(name, answer)| Operation::TrySet(name, answer)),
        3 => (0_u8..3, text(), answer()).prop_map(|(id, text, answer)| Operation::Call(id, text, answer)),
        1 => (0_u8..3, text()).prop_map(|(id, text)| Operation::Peek(id, text)),
        1 => (0_u8..3, text(), answer()).prop_map(|(id, text, answer)| Operation::Put(id, text, answer)),
        1 => (0_u8..3, text(), answer()).prop_map(|(id, text, answer)| Operation::Refresh(id, text, answer)),
        1 => (0_u8..3, text()).prop_map(|(id, text)| Operation::Drop(id, text)),
        1 => Just(Operation::DropAll),
        1 => name().prop_map(Operation::Delete),
        1 => name().prop_map(Operation::Invalidate),
        1 => prop::sample::select(vec!["*", "a*", "f:?:*", "f:1:%", "*:x", "[ab]*", "[^f]*", "f:[0-1]:x", "\\[1\\]"])
            .prop_map(Operation::Pattern),
        1 => prop::sample::select(vec!["a", "a:", "f", "f:1", "b:1", "ab:1", "x"]).prop_map(Operation::Prefix),
        1 => Just(Operation::Clear),
        1 => Just(Operation::Cleanup),
        3 => (0_u64..60).prop_map(Operation::Advance),
        1 => name().prop_map(Operation::Entry),
    ]
}

fn apply(model: &mut Model, scope: &Scope, operation: Operation) -> TestCaseResult {
    let (cache, local) = (scope.cache(), scope.cache().local());
    match operation {
        Operation::Set(name, value, ttl) => {
            let stored = match value.clone() {
                Value::Number(number) => local.set(name.as_str(), number, ttl),
                Value::Text(text) => local.set(name.as_str(), text, ttl),
                Value::Count(count) => local.set(name.as_str(), count, ttl),
            };
            prop_assert_eq!(stored.memory, model.set(&name, value, ttl));
        }
        Operation::Get(name) => prop_assert_eq!(local.get::<u64>(name.as_str()), model.number(&name)),
        Operation::GetText(name) => prop_assert_eq!(local.get::<String>(name.as_str()), model.text(&name)),
        Operation::GetOrSet(name, value, ttl) => {
            let expected = model.number(&name).unwrap_or_else(|| {
                model.loads += 1;
                model.set(&name, Value::Number(value), ttl);
                value
            });
            prop_assert_eq!(local.get_or_set(name, ttl, || value), expected);
        }
        Operation::SetIfAbsent(name, value, ttl) => {
            let stored = local.set_if_absent(name.as_str(), value, ttl);
            match ttl {
                Ttl::After(Duration::ZERO) => prop_assert_eq!(stored.unwrap_err().kind(), ErrorKind::NoTime),
                _ => {
                    let absent = model.get(&name).is_none();
                    prop_assert_eq!(stored.unwrap(), absent && model.set(&name, Value::Number(value), ttl));
                }
            }
        }
        Operation::Increment(name, by, ttl) => {
            let sum = local.increment_for(name.as_str(), by, ttl).map_err(|error| error.kind());
            prop_assert_eq!(sum, model.increment(&name, by, ttl));
        }
        Operation::Contains(name) => {
            prop_assert_eq!(local.contains(name.as_str()), model.get(&name).is_some());
        }
        Operation::TrySet(name, answer) => {
            let expected = model.number(&name).map_or_else(
                || {
                    model.loads += 1;
                    if let Ok(number) = answer {
                        model.set(&name, Value::Number(number), Ttl::Never);
                    }
                    answer
                },
                Ok,
            );
            prop_assert_eq!(local.get_or_try_set(name, Ttl::Never, || answer), expected);
        }
        Operation::Call(id, text, answer) => {
            let name = call::key(id, text);
            let expected = model.number(&name).or_else(|| {
                model.loads += 1;
                if answer.is_some() {
                    model.answer(&name, answer);
                }
                answer
            });
            prop_assert_eq!(call(id, text, answer), expected);
        }
        Operation::Peek(id, text) => {
            let expected = match model.get(&call::key(id, text)) {
                Some(Value::Number(number)) => Some(Some(*number)),
                _ => None,
            };
            prop_assert_eq!(call::peek(id, text), expected);
        }
        Operation::Put(id, text, answer) => {
            model.answer(&call::key(id, text), answer);
            prop_assert_eq!(call::put(id, text, answer).memory, answer.is_some());
        }
        Operation::Refresh(id, text, answer) => {
            model.loads += 1;
            model.answer(&call::key(id, text), answer);
            prop_assert_eq!(call::refresh(id, text, answer), answer);
        }
        Operation::Drop(id, text) => {
            let name = call::key(id, text);
            prop_assert_eq!(call::invalidate(id, text).entries, model.remove(|other| other == name));
        }
        Operation::DropAll => {
            let is_call = |name: &str| name.starts_with("f:") && name.matches(':').count() == 2;
            prop_assert_eq!(call::invalidate_all().entries, model.remove(is_call));
        }
        Operation::Delete(name) => {
            prop_assert_eq!(local.delete(name.as_str()), model.remove(|other| other == name) == 1);
        }
        Operation::Invalidate(name) => {
            prop_assert_eq!(local.invalidate(name.as_str()).entries, model.remove(|other| other == name));
        }
        Operation::Pattern(pattern) => {
            let expected = model.remove(|name| glob(pattern.as_bytes(), name.as_bytes()) == Some(true));
            prop_assert_eq!(local.invalidate_pattern(pattern).unwrap().entries, expected);
        }
        Operation::Prefix(prefix) => {
            let whole = prefix.trim_end_matches(':');
            let expected = model.remove(|name| name == whole || name.starts_with(&format!("{whole}:")));
            prop_assert_eq!(local.invalidate_prefix(prefix).unwrap().entries, expected);
        }
        Operation::Clear => prop_assert_eq!(local.clear().entries, model.remove(|_| true)),
        Operation::Cleanup => {
            cache.cleanup_expired();
            prop_assert_eq!(cache.stats().entries, model.keys().len());
        }
        Operation::Advance(millis) => {
            model.now += millis;
            scope.clock().advance(Duration::from_millis(millis));
        }
        Operation::Entry(name) => {
            let info = cache.entry(name.as_str());
            prop_assert_eq!(info.is_some(), model.get(&name).is_some());
            if let Some(remaining) = info.and_then(|info| info.remaining) {
                let expected = model.entries[&name].1 - model.now;
                prop_assert_eq!((remaining + Duration::from_nanos(10)).as_millis() as u64, expected);
            }
        }
    }
    Ok(())
}

fn agree(scope: &Scope, operations: Vec<Operation>) -> TestCaseResult {
    let _entered = scope.enter();
    let mut model = Model::default();
    for operation in operations {
        apply(&mut model, scope, operation)?;
        let mut keys = scope.cache().keys();
        keys.sort_unstable();
        prop_assert_eq!(keys, model.keys());
    }
    let stats = scope.cache().stats();
    prop_assert_eq!(stats.active_entries, model.keys().len());
    prop_assert_eq!((stats.hits, stats.misses, stats.loads), (model.hits, model.misses, model.loads));
    scope.cache().local().clear();
    prop_assert_eq!((scope.cache().stats().entries, scope.cache().stats().bytes), (0, 0));
    Ok(())
}

proptest! {
    #![proptest_config(settings(500))]

    #[test]
    fn the_cache_does_what_a_naive_one_does(operations in vec(operation(), 1..60)) {
        agree(&Scope::new(), operations)?;
    }

    #[test]
    fn even_if_every_hash_collides(operations in vec(operation(), 1..60)) {
        agree(&Scope::with(|cache| cache.__constant_hash()), operations)?;
    }
}
