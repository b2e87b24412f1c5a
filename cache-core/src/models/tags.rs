//! Tags: what carries one is dead once any invalidation of it has come back.

use shuttle::thread;

use super::{SITE, Source, cache, explore, no_resurrection_of};
use crate::call::{Lookup, lookup, rules};
use crate::testing::ManualClock;
use crate::{__probed, Cache};

/// A decorated sync function with a tag, of its arguments or of its value.
fn tagged(cache: &Cache, source: Source, by_value: bool) -> u64 {
    let shape = __probed!(u64).shape();
    let miss = match lookup(&SITE, shape, &(&7_u64,), Some(cache)) {
        Lookup::Hit(hit) => return hit,
        Lookup::Miss(miss) => miss,
    };
    let policy = rules(shape).tagged();
    if by_value {
        miss.load_blocking(policy.tags_with(|_: &u64| ["t"]), || source.read())
    } else {
        miss.load_blocking(policy.tags(vec!["t".to_owned()]), || source.read())
    }
}

#[test]
fn model_a_load_whose_tag_is_invalidated_is_not_stored() {
    no_resurrection_of(
        |cache, source| tagged(cache, source, false),
        |cache| {
            cache.local().invalidate_tag("t");
        },
    );
}

#[test]
fn model_a_load_whose_value_says_its_tag_is_not_stored() {
    no_resurrection_of(
        |cache, source| tagged(cache, source, true),
        |cache| {
            cache.local().invalidate_tag("t");
        },
    );
}

#[test]
fn model_an_entry_is_dead_once_one_of_two_who_invalidate_its_tag_is_back() {
    explore(|| {
        let cache = cache(&ManualClock::new(), 10);
        let source = Source::default();
        tagged(&cache, source.clone(), false);
        source.write();
        let invalidating = [(); 2].map(|()| {
            let (cache, source) = (cache.clone(), source.clone());
            thread::spawn(move || {
                cache.local().invalidate_tag("t");
                assert_eq!(tagged(&cache, source, false), 1, "not what was there before");
            })
        });
        for thread in invalidating {
            thread.join().unwrap();
        }
    });
}
