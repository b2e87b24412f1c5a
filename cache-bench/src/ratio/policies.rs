//! How many of a trace's requests each subject answers: one request is a lookup, and on a miss an insertion.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;

use cache_core::{Cache, cached};
use foyer_memory::{CacheBuilder, EvictionConfig, LfuConfig, S3FifoConfig};

use crate::subjects::{OURS, peers};

/// Hits of one subject on a trace, with room for so many.
type Play = fn(&[u32], usize) -> u64;

pub(crate) const OPTIMUM: &str = "optimum";
/// The optimum first: the others are measured against it.
pub(crate) const SUBJECTS: [(&str, Play); 8] = [
    (OPTIMUM, optimum),
    (OURS, ours),
    ("lru", lru),
    ("moka", moka),
    ("quick_cache", quick_cache),
    ("foyer-memory s3-fifo", foyer_s3_fifo),
    ("foyer-memory lfu", foyer_lfu),
    ("mini-moka", mini_moka),
];

fn count(requests: &[u32], mut hit: impl FnMut(u32) -> bool) -> u64 {
    requests.iter().map(|key| u64::from(hit(*key))).sum()
}

/// Bélády's: of those that are there and the new one, the one that is asked for last, or never again, goes.
pub(crate) fn optimum(requests: &[u32], room: usize) -> u64 {
    let mut next = vec![usize::MAX; requests.len()];
    let mut seen = HashMap::new();
    for (at, key) in requests.iter().enumerate().rev() {
        next[at] = seen.insert(*key, at).unwrap_or(usize::MAX);
    }
    // By the time of their next request, which two keys share only if it never comes: those are not kept.
    let mut kept = BTreeMap::new();
    let mut hits = 0;
    for (at, key) in requests.iter().enumerate() {
        hits += u64::from(kept.remove(&at).is_some());
        if next[at] != usize::MAX {
            kept.insert(next[at], *key);
            if kept.len() > room {
                kept.pop_last();
            }
        }
    }
    hits
}

#[cached(ttl = "never", cache = cache, skip(cache), key_prefix = "t")]
fn answer(cache: &Cache, key: u32) -> u32 {
    key
}

/// The real store behind a decorated function.
fn ours(requests: &[u32], room: usize) -> u64 {
    // Bounds above zero are all that is asked of them.
    let cache = Cache::builder().max_entries(room).max_bytes(1 << 40).build();
    let cache = cache.unwrap_or_else(|error| unreachable!("{error}"));
    for key in requests {
        answer(&cache, *key);
    }
    cache.stats().hits
}

fn lru(requests: &[u32], room: usize) -> u64 {
    let mut lru = lru::LruCache::new(NonZero::new(room).unwrap_or(NonZero::<usize>::MIN));
    count(requests, |key| lru.get(&key).is_some() || lru.put(key, key).is_some_and(|_| false))
}

fn moka(requests: &[u32], room: usize) -> u64 {
    let cache = moka::sync::Cache::builder().max_capacity(room as u64).build();
    count(requests, |key| {
        let hit = cache.get(&key).is_some();
        if !hit {
            cache.insert(key, key);
            // Its bound is exact once the housekeeping is done.
            cache.run_pending_tasks();
        }
        hit
    })
}

fn quick_cache(requests: &[u32], room: usize) -> u64 {
    let cache = peers::quick::<u32, u32>(room);
    count(requests, |key| {
        let hit = cache.get(&key).is_some();
        if !hit {
            cache.insert(key, key);
        }
        hit
    })
}

fn foyer(requests: &[u32], room: usize, eviction: impl Into<EvictionConfig>) -> u64 {
    let cache: foyer_memory::Cache<u32, u32> =
        CacheBuilder::new(room).with_shards(1).with_eviction_config(eviction).build();
    count(requests, |key| {
        let hit = cache.get(&key).is_some();
        if !hit {
            cache.insert(key, key);
        }
        hit
    })
}

fn foyer_s3_fifo(requests: &[u32], room: usize) -> u64 {
    foyer(requests, room, S3FifoConfig::default())
}

fn foyer_lfu(requests: &[u32], room: usize) -> u64 {
    foyer(requests, room, LfuConfig::default())
}

/// The one for a single thread, which keeps its bound at every moment.
fn mini_moka(requests: &[u32], room: usize) -> u64 {
    let mut cache = mini_moka::unsync::Cache::new(room as u64);
    count(requests, |key| {
        let hit = cache.get(&key).is_some();
        if !hit {
            cache.insert(key, key);
        }
        hit
    })
}

#[cfg(test)]
mod tests {
    use super::{SUBJECTS, lru, optimum};

    /// By trying every choice.
    fn best(requests: &[u32], room: usize, kept: &mut Vec<u32>) -> u64 {
        let Some((key, rest)) = requests.split_first() else { return 0 };
        if kept.contains(key) {
            return 1 + best(rest, room, kept);
        }
        let mut most = best(rest, room, kept);
        if kept.len() < room {
            kept.push(*key);
            most = most.max(best(rest, room, kept));
            kept.pop();
        }
        for at in 0..kept.len() {
            let gone = std::mem::replace(&mut kept[at], *key);
            most = most.max(best(rest, room, kept));
            kept[at] = gone;
        }
        most
    }

    #[test]
    fn nothing_beats_the_optimum_and_trying_everything_gives_the_same() {
        for seed in 0..200_u32 {
            let requests: Vec<u32> = (0..12)
                .map(|at: u32| (seed * 31 + at * at * 7 + at * seed).wrapping_mul(2_654_435_761) >> 29)
                .collect();
            for room in 1..4 {
                assert_eq!(optimum(&requests, room), best(&requests, room, &mut Vec::new()), "{requests:?} {room}");
            }
        }
    }

    #[test]
    fn everybody_answers_what_was_just_asked_and_no_more_than_the_optimum() {
        let requests: Vec<u32> = (0..10_000_u32).map(|at| at.wrapping_mul(2_654_435_761) % (1 + at % 500)).collect();
        let most = optimum(&requests, 50);
        for (name, play) in SUBJECTS {
            let hits = play(&requests, 50);
            assert!(hits > 0 && hits <= most, "{name}: {hits} of {most}");
        }
        assert_eq!(lru(&[1, 2, 3, 1, 2, 3, 3], 2), 1);
        assert_eq!(lru(&[1, 2, 1, 3, 1], 2), 2);
    }
}
