//! Patterns against a naive matcher that follows the definition.

use std::time::Duration;

use cache_core::Cache;
use cache_tests::naive::glob;
use cache_tests::settings;
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    vec(prop::sample::select(vec!["a", "b", "c", ":", "-", "]", "^", "*", "\\"]), 0..8).prop_map(|parts| parts.concat())
}

fn pattern() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a", "b", "c", ":", "*", "?", "[ab]", "[^a]", "[a-b]", "[b-a]", "[]", "[^]", "\\*", "\\\\", "[", "]", "-", "^",
        "\\", "[\\]a]", "[a-", "[-a]", "[^^]",
    ]);
    vec(part, 1..7).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(settings(3_000))]

    #[test]
    fn a_pattern_matches_what_its_definition_says(pattern in pattern(), text in text()) {
        let cache = Cache::builder().build().unwrap();
        let local = cache.local();
        local.set(text.as_str(), 1, Duration::from_secs(60));
        match (glob(pattern.as_bytes(), text.as_bytes()), local.invalidate_pattern(&pattern)) {
            (Some(expected), Ok(removed)) => {
                prop_assert_eq!(removed.entries == 1, expected, "{:?} on {:?}", pattern, text);
            }
            (None, Err(_)) => {}
            (expected, got) => prop_assert!(false, "{:?}: {:?}, but {:?}", pattern, expected, got),
        }
    }
}
