//! Which cache a call is for: a test's own, one that is switched off, one that is named.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{Cache, cached};
use cache_tests::{Probe, in_time};

#[cached(ttl = "5m", key_prefix = "counted", skip(probe))]
async fn counted(probe: &Probe, id: u64) -> u64 {
    id + 1000 * probe.enter().run as u64
}

#[cached(ttl = "5m", key_prefix = "counted_sync", skip(probe))]
fn counted_sync(probe: &Probe, id: u64) -> u64 {
    id + 1000 * probe.enter().run as u64
}

#[tokio::test]
async fn a_disabled_cache_makes_every_call_its_body() {
    let (scope, probe) = (Scope::with(|cache| cache.enabled(false)), Probe::default());
    let cache = scope.cache();
    in_time(scope.run(async {
        assert_eq!((counted(&probe, 1).await, counted(&probe, 1).await), (1001, 2001));
        assert_eq!(counted_sync(&probe, 1), 3001);
        assert_eq!(counted::refresh(&probe, 1).await, 4001);
        assert_eq!(counted::peek(1).await, None);
        assert!(!counted::put(1, 5_u64).await.memory);
        assert_eq!(counted::invalidate(1).await.entries, 0);
        let minute = Duration::from_secs(60);
        assert!(!cache.set("name", 1, minute).await.memory);
        assert_eq!(cache.get::<i32>("name").await, None);
        assert_eq!(cache.get_or_set("name", minute, async || 1).await, 1);
        assert_eq!(cache.get_or_set("name", minute, async || 2).await, 2);
        assert_eq!(cache.get_or_try_set("name", minute, async || Ok::<_, ()>(3)).await, Ok(3));
        assert_eq!(cache.stats().entries, 0);
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_holds_across_awaits_spawned_tasks_and_threads() {
    let (scope, probe) = (Scope::new(), Arc::new(Probe::default()));
    in_time(scope.run(async {
        assert_eq!(counted(&probe, 1).await, 1001);
        for _ in 0..50 {
            tokio::task::yield_now().await;
            assert_eq!(counted(&probe, 1).await, 1001);
        }
        let task = {
            let probe = probe.clone();
            tokio::spawn(scope.run(async move {
                tokio::task::yield_now().await;
                counted(&probe, 1).await
            }))
        };
        assert_eq!(task.await.unwrap(), 1001);
        let thread = {
            let (scope, probe) = (scope.clone(), probe.clone());
            std::thread::spawn(move || {
                let _entered = scope.enter();
                (counted_sync(&probe, 2), counted_sync(&probe, 2))
            })
        };
        assert_eq!(thread.join().unwrap(), (2002, 2002));
        assert_eq!(counted_sync(&probe, 2), 2002);
    }))
    .await;
}

#[tokio::test]
async fn two_scopes_share_nothing() {
    let (one, two, probe) = (Scope::new(), Scope::new(), Probe::default());
    let both = async { counted(&probe, 1).await };
    assert_eq!(one.run(both).await, 1001);
    assert_eq!(two.run(async { counted(&probe, 1).await }).await, 2001);
    assert_eq!(one.run(async { counted(&probe, 1).await }).await, 1001);
    assert_eq!(two.run(async { counted::invalidate_all().await }).await.entries, 1);
    assert_eq!(one.run(async { counted(&probe, 1).await }).await, 1001);
}

#[test]
fn the_inner_scope_wins_until_it_ends() {
    let (outer, inner, probe) = (Scope::new(), Scope::new(), Probe::default());
    let _outer = outer.enter();
    assert_eq!(counted_sync(&probe, 1), 1001);
    {
        let _inner = inner.enter();
        assert_eq!(counted_sync(&probe, 1), 2001);
    }
    assert_eq!(counted_sync(&probe, 1), 1001);
}

#[tokio::test]
async fn a_load_that_began_in_a_scope_lands_there() {
    let (scope, probe) = (Scope::new(), Probe::default());
    let mut call = Box::pin(scope.run(async {
        tokio::task::yield_now().await;
        counted(&probe, 1).await
    }));
    tokio::select! {
        biased;
        _ = &mut call => unreachable!("it yields first"),
        () = async {} => {}
    }
    let other = Scope::new();
    let _entered = other.enter();
    assert_eq!(call.await, 1001);
    assert_eq!((scope.cache().keys().len(), other.cache().keys().len()), (1, 0));
}

static OWN: LazyLock<Cache> = LazyLock::new(|| Cache::builder().namespace("own").build().unwrap());

#[cached(ttl = "5m", key_prefix = "elsewhere", cache = OWN, skip(probe))]
fn elsewhere(probe: &Probe, id: u64) -> u64 {
    id + 1000 * probe.enter().run as u64
}

#[test]
fn a_named_cache_is_used_whatever_the_scope() {
    let (scope, probe) = (Scope::new(), Probe::default());
    let _entered = scope.enter();
    assert_eq!((elsewhere(&probe, 1), elsewhere(&probe, 1)), (1001, 1001));
    assert_eq!(OWN.local().get::<u64>("elsewhere:1"), Some(1001));
    assert!(scope.cache().keys().is_empty());
    assert_eq!(elsewhere::invalidate(1).entries, 1);
    assert_eq!(elsewhere(&probe, 1), 2001);
}
