//! Loads under way when their key is invalidated: they answer their own callers, and are not stored.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Cache, Shared, cached};
use cache_tests::{Gate, Probe, Setup, in_memory, in_time, in_time_blocking, scope, setup, until, until_blocking};

/// Gives the number of its run; the first waits at the gate.
#[cached(ttl = "5m", key_prefix = "item", skip(probe))]
async fn item(probe: &Probe, id: u64) -> usize {
    let _ = id;
    let running = probe.enter();
    if running.run == 1 {
        probe.gate.passed().await;
    }
    running.run
}

type Change = for<'a> fn(&'a Cache, &'a Probe) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

macro_rules! change {
    (|$cache:ident, $probe:ident| $change:expr) => {
        |$cache, $probe| {
            Box::pin(async move {
                let _ = ($cache, $probe);
                let _ = $change;
            })
        }
    };
}

/// What may happen to `item:7`, and what the next call then gives.
const CHANGES: &[(&str, Change, usize)] = &[
    ("invalidate", change!(|cache, probe| cache.invalidate("item:7").await), 2),
    ("delete", change!(|cache, probe| cache.delete("item:7").await), 2),
    ("pattern", change!(|cache, probe| cache.invalidate_pattern("it*:?").await.unwrap()), 2),
    ("prefix", change!(|cache, probe| cache.invalidate_prefix("item").await.unwrap()), 2),
    ("clear", change!(|cache, probe| cache.clear().await), 2),
    ("companion", change!(|cache, probe| item::invalidate(7).await), 2),
    ("all of the function", change!(|cache, probe| item::invalidate_all().await), 2),
    ("set", change!(|cache, probe| cache.set("item:7", 100_usize, Duration::from_secs(60)).await), 100),
    ("set to nothing", change!(|cache, probe| cache.set("item:7", 100_usize, Duration::ZERO).await), 2),
    ("put", change!(|cache, probe| item::put(7, 100_usize).await), 100),
    ("refresh", change!(|cache, probe| assert_eq!(item::refresh(probe, 7).await, 2)), 2),
];

#[tokio::test]
async fn a_load_under_way_answers_its_callers_and_is_not_stored() {
    for (name, change, then) in CHANGES {
        let (scope, probe) = (scope(), Probe::default());
        in_time(scope.run(async {
            let (first, second, ()) = tokio::join!(item(&probe, 7), item(&probe, 7), async {
                until(|| item::stats().misses == 2).await;
                change(scope.cache(), &probe).await;
                probe.gate.open();
            });
            assert_eq!((first, second), (1, 1), "{name}");
            assert_eq!(item(&probe, 7).await, *then, "{name}");
            assert_eq!(item(&probe, 7).await, *then, "{name}: stored");
        }))
        .await;
    }
}

#[tokio::test]
async fn later_callers_do_not_wait_for_it() {
    for (name, change, then) in CHANGES {
        let (scope, probe) = (scope(), Probe::default());
        in_time(scope.run(async {
            let (first, ()) = tokio::join!(item(&probe, 7), async {
                until(|| probe.running() == 1).await;
                change(scope.cache(), &probe).await;
                assert_eq!(item(&probe, 7).await, *then, "{name}");
                probe.gate.open();
            });
            assert_eq!(first, 1, "{name}");
            assert_eq!(item(&probe, 7).await, *then, "{name}: the older load overwrote nothing");
        }))
        .await;
    }
}

#[tokio::test]
async fn what_is_stored_goes_at_once() {
    for (name, change, then) in CHANGES {
        let (scope, probe) = (scope(), Probe::default());
        probe.gate.open();
        in_time(scope.run(async {
            assert_eq!(item(&probe, 7).await, 1);
            change(scope.cache(), &probe).await;
            assert_eq!(item(&probe, 7).await, *then, "{name}");
        }))
        .await;
    }
}

#[tokio::test]
async fn other_keys_keep_their_entries_and_loads() {
    let (scope, probe) = (scope(), Probe::default());
    let cache = scope.cache();
    in_time(scope.run(async {
        let (seventh, ()) = tokio::join!(item(&probe, 7), async {
            until(|| probe.running() == 1).await;
            item(&probe, 8).await;
            cache.invalidate("item:9").await;
            cache.invalidate("item").await;
            cache.invalidate_pattern("items:*").await.unwrap();
            cache.invalidate_pattern("item:[^78]").await.unwrap();
            cache.invalidate_prefix("item:77").await.unwrap();
            cache.invalidate_prefix("ite").await.unwrap();
            probe.gate.open();
        });
        assert_eq!(seventh, 1);
        // A server goes by how a removal begins: it refuses what was loaded before one that could have reached it.
        let kept = if setup() == Setup::RedisAlone { 3 } else { 1 };
        assert_eq!((item(&probe, 7).await, item(&probe, 8).await), (kept, 2));
    }))
    .await;
}

#[tokio::test]
async fn a_pattern_or_prefix_without_meaning_is_refused_and_removes_nothing() {
    let cache = Cache::builder().build().unwrap();
    cache.set("name", 1, Duration::from_secs(60)).await;
    for pattern in ["", "[", "a[b"] {
        assert!(cache.invalidate_pattern(pattern).await.is_err(), "{pattern:?}");
    }
    for prefix in ["", ":"] {
        assert!(cache.invalidate_prefix(prefix).await.is_err(), "{prefix:?}");
    }
    assert_eq!(cache.get::<i32>("name").await, Some(1));
}

/// The number that is handed in, once the gate is open.
#[cached(ttl = "5m", key_prefix = "told", skip(gate, answer))]
async fn told(gate: &Gate, answer: Result<u64, String>, id: u64) -> Result<u64, String> {
    let _ = id;
    gate.passed().await;
    answer
}

#[tokio::test]
async fn of_two_refreshes_the_later_wins_and_the_earlier_if_that_fails() {
    if !in_memory() {
        return;
    }
    for (later, ends_first, then) in [
        (Ok(3), "earlier", Ok(3)),
        (Ok(3), "later", Ok(3)),
        (Err("down".to_owned()), "earlier", Ok(2)),
        (Err("down".to_owned()), "later", Ok(2)),
    ] {
        let (scope, open) = (scope(), Gate::default());
        open.open();
        let gates = [Gate::default(), Gate::default()];
        in_time(scope.run(async {
            assert_eq!(told(&open, Ok(1), 7).await, Ok(1));
            let mut earlier = Box::pin(told::refresh(&gates[0], Ok(2), 7));
            let mut newer = Box::pin(told::refresh(&gates[1], later.clone(), 7));
            for _ in 0..2 {
                tokio::select! {
                    biased;
                    _ = &mut earlier => unreachable!("its gate is shut"),
                    _ = &mut newer => unreachable!("its gate is shut"),
                    () = tokio::task::yield_now() => {}
                }
            }
            gates.iter().for_each(Gate::open);
            if ends_first == "earlier" {
                assert_eq!(earlier.await, Ok(2));
                assert_eq!(told::peek(7).await, Some(Ok(2)), "it has returned: the value from before is gone");
                assert_eq!(newer.await, later);
            } else {
                assert_eq!(newer.await, later);
                assert_eq!(earlier.await, Ok(2));
            }
            assert_eq!(told::peek(7).await, Some(then), "{ends_first} first");
        }))
        .await;
    }
}

#[cached(ttl = ttl, key_prefix = "fleeting", skip(ttl))]
fn fleeting(ttl: Duration, id: u64) -> u64 {
    let _ = ttl;
    id
}

#[test]
fn a_refreshed_value_that_is_not_to_be_stored_removes_the_older_one() {
    let scope = scope();
    let _entered = scope.enter();
    fleeting(Duration::from_secs(60), 7);
    assert_eq!(fleeting::peek(7), Some(7));
    assert_eq!(fleeting::refresh(Duration::ZERO, 7), 7);
    assert_eq!(fleeting::peek(7), None);
}

#[cached(ttl = "5m", key_prefix = "shaky", skip(answer))]
async fn shaky(answer: Result<Option<u64>, String>, id: u64) -> Result<Option<u64>, String> {
    let _ = id;
    answer
}

#[tokio::test]
async fn a_refresh_that_finds_nothing_removes_the_value_and_one_that_fails_keeps_it() {
    scope()
        .run(async {
            assert_eq!(shaky(Ok(Some(1)), 7).await, Ok(Some(1)));
            assert_eq!(shaky::refresh(Err("down".into()), 7).await, Err("down".into()));
            assert_eq!(shaky::peek(7).await, Some(Ok(Some(1))));
            assert_eq!(shaky::refresh(Ok(None), 7).await, Ok(None));
            assert_eq!(shaky::peek(7).await, None);
        })
        .await;
}

#[cached(ttl = "5m", key_prefix = "sync_item", skip(probe))]
fn sync_item(probe: &Probe, id: u64) -> usize {
    let _ = id;
    let running = probe.enter();
    if running.run == 1 {
        probe.gate.passed_blocking();
    }
    running.run
}

#[test]
fn a_sync_load_is_fenced_alike() {
    type Change = fn(&Cache, &Probe);
    let changes: [(Change, usize); 6] = [
        (|_, _| assert_eq!(sync_item::invalidate(7).entries, 0), 2),
        (|_, _| assert_eq!(sync_item::invalidate_all().entries, 0), 2),
        (|cache, _| assert_eq!(cache.local().clear().shared, Shared::None), 2),
        (|cache, _| assert_eq!(cache.local().invalidate_pattern("*7").unwrap().shared, Shared::None), 2),
        (|_, _| assert!(sync_item::put(7, 100_usize).memory), 100),
        (|_, probe| assert_eq!(sync_item::refresh(probe, 7), 2), 2),
    ];
    for (change, then) in changes {
        in_time_blocking(move || {
            let (scope, probe) = (scope(), Arc::new(Probe::default()));
            let leader = std::thread::spawn({
                let (scope, probe) = (scope.clone(), probe.clone());
                move || {
                    let _entered = scope.enter();
                    sync_item(&probe, 7)
                }
            });
            let _entered = scope.enter();
            until_blocking(|| probe.running() == 1);
            change(scope.cache(), &probe);
            assert_eq!(sync_item(&probe, 7), then);
            probe.gate.open();
            assert_eq!(leader.join().unwrap(), 1);
            assert_eq!(sync_item(&probe, 7), then);
        });
    }
}
