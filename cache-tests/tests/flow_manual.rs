//! The cache's own methods: what depends on what is stored.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use cache_core::testing::{ManualClock, Scope};
use cache_core::{Cache, ErrorKind, cached};
use cache_tests::during_a_load;

const MINUTE: Duration = Duration::from_secs(60);
const THREADS: usize = 8;

fn cache() -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    (Cache::builder().clock(&clock).build().unwrap(), clock)
}

fn kind<T: std::fmt::Debug>(result: Result<T, cache_core::Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn of_many_threads_that_set_if_absent_one_does() {
    let (cache, clock) = cache();
    for round in 0..200_u64 {
        let stored = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (cache, stored) = (&cache, &stored);
                scope.spawn(move || {
                    if cache.local().set_if_absent("lock", thread, MINUTE).unwrap() {
                        assert_eq!(cache.local().get::<usize>("lock"), Some(thread));
                        stored.fetch_add(1, SeqCst);
                    }
                });
            }
        });
        assert_eq!(stored.load(SeqCst), 1, "round {round}");
        // What has expired is absent; what was removed, too.
        if round % 2 == 0 { clock.advance(MINUTE) } else { assert!(cache.local().delete("lock")) }
    }
}

#[test]
fn no_increment_is_lost_among_threads() {
    const EACH: i64 = 2_000;
    let (cache, _) = cache();
    let mut seen: Vec<i64> = thread::scope(|scope| {
        let count = || (0..EACH).map(|_| cache.local().increment("views", 1).unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(count)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    seen.sort_unstable();
    assert_eq!(seen, (1..=EACH * THREADS as i64).collect::<Vec<_>>(), "each sum is seen once");
    assert_eq!(cache.local().get::<i64>("views"), Some(EACH * THREADS as i64));
    assert_eq!(cache.stats().entries, 1);
}

#[test]
fn an_older_load_overwrites_neither_what_was_absent_nor_a_count() {
    let (cache, _) = cache();
    let answer = during_a_load(&cache, || assert!(cache.local().set_if_absent("name", 7_i64, MINUTE).unwrap()));
    assert_eq!((answer, cache.local().get("name")), (-1, Some(7_i64)));

    cache.local().clear();
    let answer = during_a_load(&cache, || assert_eq!(cache.local().increment("name", 3).unwrap(), 3));
    assert_eq!((answer, cache.local().get("name")), (-1, Some(3_i64)));
}

#[cached(key_prefix = "count", ttl_none = "1m", skip(answer))]
fn count(id: u8, answer: Option<i64>) -> Option<i64> {
    let _ = id;
    answer
}

#[test]
fn counts_and_decorated_functions_meet_by_name() {
    let scope = Scope::new();
    let _entered = scope.enter();
    let local = scope.cache();
    let local = local.local();
    assert_eq!(count(1, Some(5)), Some(5));
    assert_eq!(count(1, Some(0)), Some(5), "a hit");
    assert_eq!(local.increment("count:1", 2).unwrap(), 7, "what the function stored is counted on");
    assert_eq!(count(1, Some(0)), Some(7), "and the function sees the sum");

    assert_eq!(count(2, None), None);
    assert!(!local.contains("count:2"), "a stored absence is no value");
    assert_eq!(local.increment("count:2", 1).unwrap(), 1);
    assert_eq!(count(2, None), Some(1));
    assert_eq!(count(3, None), None);
    assert!(local.set_if_absent("count:3", 9_i64, MINUTE).unwrap());
    assert_eq!(count(3, None), Some(9));
}

#[test]
fn a_count_keeps_its_expiry_and_starts_again_after_it() {
    let (cache, clock) = cache();
    assert_eq!(cache.local().increment_for("calls:ann", 1, MINUTE).unwrap(), 1);
    clock.advance(MINUTE / 2);
    assert_eq!(cache.local().increment_for("calls:ann", 1, MINUTE).unwrap(), 2);
    assert_eq!(cache.local().increment("calls:ann", 1).unwrap(), 3);
    clock.advance(MINUTE / 2);
    assert_eq!(cache.local().get::<i64>("calls:ann"), None);
    assert_eq!(cache.local().increment("calls:ann", 5).unwrap(), 5);
    clock.advance(1_000 * MINUTE);
    assert_eq!(cache.local().increment("calls:ann", 1).unwrap(), 6, "it has no expiry unless it is given one");
}

#[test]
fn what_cannot_be_done_names_the_operation_the_prefix_and_the_cause_and_changes_nothing() {
    let (cache, _) = cache();
    let local = cache.local();
    local.set("user:ann@example.org", "text", MINUTE);
    let error = local.increment("user:ann@example.org", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert_eq!(error.to_string(), "`increment` of a key under `user` was refused: the value there is no `i64`");
    assert_eq!(local.get("user:ann@example.org"), Some("text"));

    local.set("most", i64::MAX, MINUTE);
    assert_eq!(kind(local.increment("most", 1)), ErrorKind::Overflow);
    assert_eq!(local.get("most"), Some(i64::MAX));

    assert_eq!(kind(local.increment_for("new", 1, Duration::ZERO)), ErrorKind::NoTime);
    assert_eq!(kind(local.set_if_absent("new", 1, Duration::ZERO)), ErrorKind::NoTime);
    let small = Cache::builder().max_entry_bytes(1_000).build().unwrap();
    let error = small.local().set_if_absent("blob:7", [0_u8; 1_000], MINUTE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoRoom);
    assert!(error.to_string().starts_with("`set_if_absent` of a key under `blob` was refused: it does not fit"));
    assert!(!local.contains("new") && !small.local().contains("blob:7"));

    let off = Cache::builder().enabled(false).build().unwrap();
    assert_eq!(kind(off.local().set_if_absent("a", 1, MINUTE)), ErrorKind::Disabled);
    assert_eq!(kind(off.local().increment("a", 1)), ErrorKind::Disabled);
    assert!(!off.local().set_many([("a", 1)], MINUTE).memory);
}

#[test]
fn counts_are_not_evicted_and_say_so_when_they_alone_fill_the_cache() {
    let cache = Cache::builder().max_entries(8).build().unwrap();
    let local = cache.local();
    for id in 0..4 {
        local.increment(format!("count:{id}"), id).unwrap();
    }
    for id in 0..100 {
        assert!(local.set(format!("value:{id}"), id, MINUTE).memory);
    }
    assert_eq!(cache.stats().entries, 8);
    for id in 0..4 {
        assert_eq!(local.get::<i64>(format!("count:{id}")), Some(id));
    }
    for id in 4..8 {
        local.increment(format!("count:{id}"), id).unwrap();
    }
    let error = local.increment("count:8", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoRoom);
    assert!(error.to_string().contains("counts are not evicted"), "{error}");
    assert_eq!(local.increment("count:7", 1).unwrap(), 8, "those that are there go on");
    assert!(!local.set("value", 1, MINUTE).memory);
    assert!(local.delete("count:0"));
    assert!(local.set("value", 1, MINUTE).memory);
}

#[test]
fn a_count_that_has_expired_makes_room() {
    let clock = ManualClock::new();
    let cache = Cache::builder().clock(&clock).max_entries(1).build().unwrap();
    cache.local().increment_for("old", 1, MINUTE).unwrap();
    assert_eq!(kind(cache.local().increment("new", 1)), ErrorKind::NoRoom);
    clock.advance(MINUTE);
    assert_eq!(cache.local().increment("new", 1).unwrap(), 1);
}
