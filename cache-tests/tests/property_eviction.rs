//! What the eviction promises whatever it is asked: bounds, ways to each entry, and counts that add up.

use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, Weigh, cached};
use cache_tests::settings;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

#[derive(Clone, Debug, PartialEq)]
struct Blob(u32, usize);

impl Weigh for Blob {
    fn heap_bytes(&self) -> usize {
        self.1
    }
}

#[cached(ttl = Duration::from_secs(u64::from(id % 7) * 10 + 5), key_prefix = "blob", cache = cache, skip(cache, bytes))]
fn blob(cache: &Cache, id: u32, bytes: usize) -> Blob {
    Blob(id, bytes)
}

#[derive(Debug, Clone)]
enum Step {
    /// So many calls from here on.
    Scan(u32, u32),
    /// The same few, again and again.
    Loop(u32, u32, u32),
    Call(u32, usize),
    Put(u32, usize),
    Invalidate(u32),
    Advance(u64),
    Cleanup,
    Resize(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_u32..5_000, 1_u32..300).prop_map(|(from, len)| Step::Scan(from, len)),
        2 => (0_u32..500, 1_u32..60, 1_u32..5).prop_map(|(from, len, times)| Step::Loop(from, len, times)),
        4 => (0_u32..500, 0_usize..4_000).prop_map(|(id, bytes)| Step::Call(id, bytes)),
        1 => (0_u32..500, 0_usize..4_000).prop_map(|(id, bytes)| Step::Put(id, bytes)),
        1 => (0_u32..500).prop_map(Step::Invalidate),
        1 => (0_u64..40).prop_map(Step::Advance),
        1 => Just(Step::Cleanup),
        1 => (16_usize..400, 1_000_usize..200_000).prop_map(|(entries, bytes)| Step::Resize(entries, bytes)),
    ]
}

/// The bounds of a cache, and what it was given.
struct Seen {
    max_entries: usize,
    max_bytes: usize,
    /// Stored anew, in nothing's place that was fresh.
    replaced: u64,
}

impl Seen {
    fn take(&mut self, cache: &Cache, clock: &ManualClock, step: &Step) {
        match *step {
            Step::Scan(from, len) => (from..from + len).for_each(|id| {
                blob(cache, id, 100);
            }),
            Step::Loop(from, len, times) => {
                (0..times).for_each(|_| {
                    (from..from + len).for_each(|id| {
                        blob(cache, id, 200);
                    })
                });
            }
            Step::Call(id, bytes) => drop(blob(cache, id, bytes)),
            Step::Put(id, bytes) => {
                self.replaced += u64::from(cache.entry(blob::key(cache, id)).is_some());
                blob::put(cache, id, Blob(id, bytes));
            }
            Step::Invalidate(id) => drop(blob::invalidate(cache, id)),
            Step::Advance(seconds) => clock.advance(Duration::from_secs(seconds)),
            Step::Cleanup => drop(cache.cleanup_expired()),
            Step::Resize(entries, bytes) => {
                (self.max_entries, self.max_bytes) = (entries, bytes);
                cache.resize(entries, bytes).unwrap();
            }
        }
    }

    fn check(&self, cache: &Cache) -> TestCaseResult {
        let stats = cache.stats();
        prop_assert!(stats.entries <= self.max_entries, "{} of {} entries", stats.entries, self.max_entries);
        prop_assert!(stats.bytes <= self.max_bytes, "{} of {} bytes", stats.bytes, self.max_bytes);
        let came = stats.loads + stats.sets - stats.oversized;
        let went = stats.evictions + stats.expirations + stats.invalidations + self.replaced;
        prop_assert_eq!(came, stats.entries as u64 + went, "{:?}", stats);
        Ok(())
    }
}

fn run(max_entries: usize, max_bytes: usize, steps: &[Step]) -> TestCaseResult {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).max_entries(max_entries).max_bytes(max_bytes).build().unwrap();
    let mut seen = Seen { max_entries, max_bytes, replaced: 0 };
    for step in steps {
        seen.take(&cache, &clock, step);
        seen.check(&cache)?;
    }
    // Whatever is there is found by its name and by its key, and is what it was.
    let keys = cache.keys();
    prop_assert_eq!(keys.len(), cache.stats().active_entries);
    for key in keys {
        let id: u32 = key.strip_prefix("blob:").unwrap().parse().unwrap();
        let by_name = cache.local().get::<Blob>(key.as_str());
        prop_assert_eq!(by_name.as_ref().map(|blob| blob.0), Some(id));
        let loads = cache.stats().loads;
        prop_assert_eq!(Some(blob(&cache, id, 0)), by_name);
        prop_assert_eq!(cache.stats().loads, loads, "{} was a hit", key);
    }
    Ok(())
}

proptest! {
    #![proptest_config(settings(60))]

    #[test]
    fn bounds_hold_and_counts_add_up(
        max_entries in 1_usize..300,
        max_bytes in 2_000_usize..100_000,
        steps in vec(step(), 1..60),
    ) {
        run(max_entries, max_bytes, &steps)?;
    }

    #[test]
    fn in_many_shards_too(steps in vec(step(), 1..60)) {
        run(5_000, 1_000_000, &steps)?;
    }
}
