//! What a user's `Clone`, `Drop` and body may do: anything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached};
use cache_tests::{Setup, Wild, in_time_blocking, scope, setup, until_blocking};

const MINUTE: Duration = Duration::from_secs(60);

type Way = fn(&Cache, &ManualClock);

/// All ways for the entry `wild` to go.
const WAYS: [(&str, Way); 9] = [
    ("delete", |cache, _| assert!(cache.local().delete("wild"))),
    ("invalidate", |cache, _| assert_eq!(cache.local().invalidate("wild").entries, 1)),
    ("pattern", |cache, _| assert_eq!(cache.local().invalidate_pattern("w*").unwrap().entries, 1)),
    ("prefix", |cache, _| assert_eq!(cache.local().invalidate_prefix("wild").unwrap().entries, 1)),
    ("clear", |cache, _| assert_eq!(cache.local().clear().entries, 1)),
    ("replace", |cache, _| assert!(cache.local().set("wild", 1, MINUTE).memory)),
    ("evict", |cache, _| {
        // What is never read makes way for what comes back.
        for id in (0..12).cycle().take(60) {
            cache.local().set(format!("other:{id}"), id, MINUTE);
        }
    }),
    ("expire, reclaimed by an insertion", |cache, clock| {
        clock.advance(MINUTE);
        assert!(cache.local().get::<i32>("wild").is_none());
        cache.local().set("next", 1, MINUTE);
    }),
    ("expire, reclaimed", |cache, clock| {
        clock.advance(MINUTE);
        assert_eq!(cache.cleanup_expired(), 1);
    }),
];

fn small() -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    (Cache::builder().clock(&clock).max_entries(8).build().unwrap(), clock)
}

#[test]
fn a_removed_value_is_dropped_with_nothing_locked() {
    for (way, go) in WAYS {
        in_time_blocking(move || {
            let (cache, clock) = small();
            let drops = Arc::new(AtomicUsize::new(0));
            let (inner, count) = (cache.clone(), drops.clone());
            let everything = move || {
                // On a thread of its own: a lock held by the remover would never be free.
                let cache = inner.clone();
                std::thread::spawn(move || {
                    let local = cache.local();
                    local.set("late", 1, MINUTE);
                    let _ = local.get::<i32>("wild");
                    local.get_or_set("wild:later", MINUTE, || 2);
                    local.invalidate("late");
                    local.invalidate_pattern("lat?").unwrap();
                    cache.cleanup_expired();
                    let _ = cache.stats();
                    let _ = cache.keys();
                })
                .join()
                .unwrap();
                count.fetch_add(1, SeqCst);
            };
            cache.local().set("wild", Wild::on_drop(everything), MINUTE);
            go(&cache, &clock);
            assert_eq!(drops.load(SeqCst), 1, "{way}");
        });
    }
}

#[test]
fn a_drop_may_call_the_cache_again() {
    for (way, go) in WAYS {
        in_time_blocking(move || {
            let (cache, clock) = small();
            let inner = cache.clone();
            let everything = move || {
                let local = inner.local();
                local.set("late", 1, MINUTE);
                local.get_or_set("later", MINUTE, || 2);
                local.clear();
                inner.cleanup_expired();
            };
            cache.local().set("wild", Wild::on_drop(everything), MINUTE);
            go(&cache, &clock);
            assert!(cache.local().get::<i32>("late").is_none(), "{way}");
        });
    }
}

#[test]
fn a_panicking_drop_poisons_nothing() {
    for (way, go) in WAYS {
        let (cache, clock) = small();
        let local = cache.local();
        local.set("wild", Wild::on_drop(|| panic!("dropped")), MINUTE);
        go(&cache, &clock);
        assert_eq!(local.get_or_set("after", MINUTE, || 1), 1, "{way}");
        assert_eq!(local.get::<i32>("after"), Some(1), "{way}");
        local.clear();
        assert_eq!((cache.stats().entries, cache.stats().bytes), (0, 0), "{way}");
    }
}

#[cached(ttl = "1m", key_prefix = "made")]
fn made(id: u64) -> Wild {
    match id {
        0 => Wild::on_clone(|| panic!("cloned")),
        1 => Wild::on_clone(|| {
            made::invalidate(1);
            made::invalidate_all();
            made(2);
        }),
        3 => Wild::on_drop(|| panic!("dropped")),
        4 => Wild::on_drop(|| {
            made(2);
            made::invalidate_all();
        }),
        _ => Wild::default(),
    }
}

#[test]
fn a_panicking_clone_reaches_its_caller_and_poisons_nothing() {
    let scope = scope();
    let _entered = scope.enter();
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| made(0))).is_err());
    }
    assert!(made::put(0, Wild::on_clone(|| panic!("cloned"))).memory);
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| made(0))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| made::peek(0))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| scope.cache().local().get::<Wild>("made:0"))).is_err());
    }
    made(2);
    made(2);
    assert_eq!(made::invalidate_all().entries, 2);
    let stats = made::stats();
    assert_eq!((stats.entries, stats.bytes), (0, 0));
}

#[test]
fn waiters_outlive_a_leader_whose_value_cannot_be_cloned() {
    in_time_blocking(|| {
        let (cache, _) = small();
        let threads: Vec<_> = (0..10)
            .map(|_| {
                let cache = cache.clone();
                std::thread::spawn(move || {
                    cache.local().get_or_set("wild", MINUTE, || Wild::on_clone(|| panic!("cloned")));
                })
            })
            .collect();
        for thread in threads {
            assert!(thread.join().is_err());
        }
        assert_eq!(cache.local().get_or_set("tame", MINUTE, || 1), 1);
    });
}

#[test]
fn a_clone_inside_a_hit_may_call_the_cache_again() {
    in_time_blocking(|| {
        let scope = scope();
        let _entered = scope.enter();
        for _ in 0..3 {
            made(1);
            made(1);
        }
    });
}

#[test]
fn a_drop_of_a_decorated_functions_value_may_too() {
    in_time_blocking(|| {
        let scope = scope();
        let _entered = scope.enter();
        for id in [3, 4] {
            drop(made(id));
            made::put(id, Wild::default());
            drop(made(id));
            made::invalidate(id);
            drop(made(id));
            made::invalidate_all();
            drop(made(id));
            scope.clock().advance(MINUTE);
            drop(made(id));
            scope.cache().cleanup_expired();
        }
    });
}

#[test]
fn a_cache_that_goes_drops_its_values() {
    let (cache, _) = small();
    let drops = Arc::new(AtomicUsize::new(0));
    for id in 0..5 {
        let count = drops.clone();
        let wild = Wild::on_drop(move || {
            count.fetch_add(1, SeqCst);
        });
        cache.local().set(format!("wild:{id}"), wild, MINUTE);
    }
    drop(cache);
    assert_eq!(drops.load(SeqCst), 5);
}

#[cached(ttl = "1m", key_prefix = "watched", skip(drops))]
fn watched(drops: &Arc<AtomicUsize>, id: u64) -> Wild {
    let (_, count) = (id, drops.clone());
    Wild::on_drop(move || {
        count.fetch_add(1, SeqCst);
    })
}

#[test]
fn a_decorated_functions_value_is_dropped_when_it_is_removed_or_the_cache_goes() {
    let drops = Arc::new(AtomicUsize::new(0));
    let scope = scope();
    {
        let _entered = scope.enter();
        for id in 0..5 {
            drop(watched(&drops, id));
        }
        assert_eq!(drops.load(SeqCst), 0);
        watched::invalidate(0);
        assert_eq!(drops.load(SeqCst), 1);
        watched::invalidate_all();
        assert_eq!(drops.load(SeqCst), 5);
        for id in 0..5 {
            drop(watched(&drops, id));
        }
    }
    drop(scope);
    if setup() != Setup::Memory {
        // Whoever still tells the shared tier what was removed has the cache for a moment longer.
        until_blocking(|| drops.load(SeqCst) == 10);
    }
    assert_eq!(drops.load(SeqCst), 10);
}

#[test]
fn a_body_may_change_its_own_entry() {
    in_time_blocking(|| {
        let (cache, _) = small();
        let local = cache.local();
        let dropped = local.get_or_set("own", MINUTE, || {
            local.invalidate("own");
            1
        });
        assert_eq!((dropped, local.get::<i32>("own")), (1, None), "the load began before the invalidation");
        let outdone = local.get_or_set("own", MINUTE, || {
            local.set("own", 2, MINUTE);
            assert_eq!(local.get::<i32>("own"), Some(2));
            1
        });
        assert_eq!((outdone, local.get::<i32>("own")), (1, Some(2)), "the load began before the set");
        local.clear();
        let busy = local.get_or_set("own", MINUTE, || {
            let _ = cache.stats();
            let _ = cache.keys();
            cache.cleanup_expired();
            local.invalidate("another");
            local.invalidate_pattern("other*").unwrap();
            assert!(cache.entry("own").is_none());
            3
        });
        assert_eq!((busy, local.get::<i32>("own")), (3, Some(3)));
    });
}
