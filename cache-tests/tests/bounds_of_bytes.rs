//! What the entries count for is what the allocator has given for them. In a binary of its own, for its counting
//! allocator.

use allocation_counter::measure;
use cache_core::{Cache, cached};

#[cached(ttl = "5m", key_prefix = "rows", cache = cache, skip(cache, rows))]
fn rows(cache: &Cache, id: u64, rows: u64) -> Vec<String> {
    let _ = cache;
    (0..rows).map(|row| format!("row {row} of {id}, with a text that is long enough to be on the heap")).collect()
}

#[test]
fn bytes_counted_are_within_a_tenth_of_bytes_allocated() {
    let mut wrong = false;
    // Tables grow by doubling, so a small entry's part of them depends on how many there are.
    for (len, megabytes) in [(1, 3), (1, 4), (1, 5), (1, 6), (1, 7), (10, 4), (100, 4)] {
        let cache = Cache::builder().max_bytes(megabytes << 20).max_entries(1_000_000).build().unwrap();
        // What there is once per cache and per function.
        rows(&cache, 0, len);
        let before = cache.stats().bytes;
        let allocated = measure(|| {
            for id in 1..20_000 {
                rows(&cache, id, len);
            }
        });
        let counted = (cache.stats().bytes - before) as f64;
        let ratio = allocated.bytes_current as f64 / counted;
        println!(
            "{megabytes} MiB, {len} strings a value: {counted} counted, {} allocated: {ratio:.3}",
            allocated.bytes_current
        );
        assert!(cache.stats().evictions > 0, "the bound is at work");
        wrong |= !(0.9..=1.1).contains(&ratio);
    }
    assert!(!wrong, "one of them is out of bounds");
}
