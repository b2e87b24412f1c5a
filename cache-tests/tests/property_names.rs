//! Properties of printed names: distinct arguments never share one, and as a pattern each matches itself alone.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use cache_core::{Cache, CacheKey, key};
use cache_tests::settings;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// Texts made of what has a meaning somewhere: in names, in patterns, in other types' printed forms.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        5 => prop::sample::select(vec![
            ":", "*", "?", "[", "]", "\\", "%", "~", "(", ")", ",", "%3A", "%25", "~~", "()", "None", "\0", "\n", "^", "-",
            "0", "1", "7e", "-1", " ", "é", "\u{7f}", "\u{85}", "☃", "A", "a",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[0-9a-f]{32}".prop_map(|hex| format!("~{hex}")),
        1 => (190_usize..210).prop_map(|len| "x".repeat(len)),
    ];
    vec(part, 0..5).prop_map(|parts| parts.concat())
}

#[derive(Debug, Clone, PartialEq, CacheKey)]
enum Filter {
    All,
    Named(String),
    Range { from: i64, to: Option<i64> },
    Nested(Box<Filter>, Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, CacheKey)]
struct Page {
    filter: Filter,
    number: u32,
    cursor: Option<Option<String>>,
}

#[derive(Debug, Clone, PartialEq, CacheKey)]
struct Wrapper(Option<String>);

fn filter() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        Just(Filter::All),
        hostile().prop_map(Filter::Named),
        (any::<i64>(), any::<Option<i64>>()).prop_map(|(from, to)| Filter::Range { from, to }),
    ];
    leaf.prop_recursive(3, 8, 1, |inner| {
        (inner, vec(any::<u8>(), 0..3)).prop_map(|(inner, bytes)| Filter::Nested(Box::new(inner), bytes))
    })
}

fn page() -> impl Strategy<Value = Page> {
    (filter(), 0_u32..3, prop::option::of(prop::option::of(hostile()))).prop_map(|(filter, number, cursor)| Page {
        filter,
        number,
        cursor,
    })
}

/// The same arguments print the same name, others another; and the name as a pattern reaches itself alone.
fn tell_apart<K: CacheKey + PartialEq + Debug>(a: &K, b: &K) -> TestCaseResult {
    let (name, other) = (key!("f:{}:g", a), key!("f:{}:g", b));
    prop_assert_eq!(a == b, name == other, "{:?} and {:?} print {:?} and {:?}", a, b, name, other);
    let cache = Cache::builder().build().unwrap();
    let local = cache.local();
    local.set(name.as_str(), 1, Duration::from_secs(60));
    if a != b {
        local.set(other.as_str(), 2, Duration::from_secs(60));
    }
    // A shortened name stands for what could not be kept: its reach is tested below.
    if name.len() <= 200 && other.len() <= 200 {
        prop_assert_eq!(local.invalidate_pattern(&name).unwrap().entries, 1);
        prop_assert_eq!(local.get::<i32>(other.as_str()), (a != b).then_some(2));
    }
    Ok(())
}

proptest! {
    #![proptest_config(settings(400))]

    #[test]
    fn texts(a in hostile(), b in hostile()) {
        tell_apart(&a, &b)?;
    }

    #[test]
    fn nested_options(
        a in prop::option::of(prop::option::of(prop::option::of(hostile()))),
        b in prop::option::of(prop::option::of(prop::option::of(hostile()))),
    ) {
        tell_apart(&a, &b)?;
    }

    #[test]
    fn options_of_units(a in any::<Option<Option<()>>>(), b in any::<Option<Option<()>>>()) {
        tell_apart(&a, &b)?;
    }

    #[test]
    fn tuples(a in (hostile(), hostile(), -2_i32..2), b in (hostile(), hostile(), -2_i32..2)) {
        tell_apart(&a, &b)?;
    }

    #[test]
    fn lists(a in vec(prop::option::of(hostile()), 0..4), b in vec(prop::option::of(hostile()), 0..4)) {
        tell_apart(&a, &b)?;
    }

    #[test]
    fn lists_of_lists(a in vec(vec(hostile(), 0..3), 0..3), b in vec(vec(hostile(), 0..3), 0..3)) {
        tell_apart(&a, &b)?;
    }

    #[test]
    fn maps(a in btree_map(hostile(), 0_u8..2, 0..3), b in btree_map(hostile(), 0_u8..2, 0..3)) {
        tell_apart::<BTreeMap<_, _>>(&a, &b)?;
    }

    #[test]
    fn characters(a in any::<char>(), b in any::<char>()) {
        tell_apart(&a, &b)?;
        tell_apart(&(a, b), &(b, a))?;
    }

    #[test]
    fn numbers(a in any::<i128>(), b in any::<i128>(), c in any::<u64>(), d in any::<u64>()) {
        tell_apart(&a, &b)?;
        tell_apart(&c, &d)?;
        tell_apart(&a, &a)?;
        tell_apart(&(a as i8), &(b as i8))?;
    }

    #[test]
    fn durations(a in any::<Duration>(), b in any::<Duration>()) {
        tell_apart(&a, &b)?;
        tell_apart(&a, &(a / 10))?;
    }

    #[test]
    fn addresses(a in any::<std::net::SocketAddr>(), b in any::<std::net::SocketAddr>()) {
        tell_apart(&a, &b)?;
        tell_apart(&a.ip(), &b.ip())?;
    }

    #[test]
    fn derived_types(a in page(), b in page()) {
        tell_apart(&a, &b)?;
        tell_apart(&a.filter, &b.filter)?;
        tell_apart(&Wrapper(a.cursor.flatten()), &Wrapper(b.cursor.flatten()))?;
    }

    /// Neighbours: one argument changed a little, which random pairs seldom are.
    #[test]
    fn neighbours(a in hostile(), at in any::<prop::sample::Index>(), c in prop::sample::select(vec![':', '%', '~', '*', '2', '5'])) {
        let mut chars: Vec<_> = a.chars().collect();
        chars.insert(at.index(chars.len() + 1), c);
        let b: String = chars.into_iter().collect();
        tell_apart(&a, &b)?;
        tell_apart(&Some(a.as_str()), &Some(b.as_str()))?;
        tell_apart(&vec![a.as_str(), b.as_str()], &vec![b.as_str(), a.as_str()])?;
    }

    /// Several segments: where one ends and the next begins is told.
    #[test]
    fn segments(a in (hostile(), prop::option::of(hostile()), hostile()), b in (hostile(), prop::option::of(hostile()), hostile())) {
        let name = |(one, two, three): &(String, Option<String>, String)| key!("f:{}:{}:{}", one, two, three);
        prop_assert_eq!(a == b, name(&a) == name(&b), "{:?} and {:?} print {:?} and {:?}", a, b, name(&a), name(&b));
        if name(&a).len() <= 200 {
            prop_assert_eq!(name(&a).matches(':').count(), 3);
        }
    }

    /// Whatever could have stood in a shortened name is reached: by its own pattern in full, and by every wildcard.
    #[test]
    fn a_shortened_name_is_reached_by_wildcards(a in 0_u8..3, b in 0_u8..3, long in "[a-z:*]{180,260}") {
        let cache = Cache::builder().build().unwrap();
        let local = cache.local();
        local.set(key!("search:{}:{}", a, long), 1, Duration::from_secs(60));
        let reached = local.invalidate_pattern(&key!("search:{}:", b).replace("%", "")) .unwrap().entries
            + local.invalidate_pattern(&format!("search:{b}:*")).unwrap().entries;
        prop_assert_eq!(reached, usize::from(a == b));
    }
}
