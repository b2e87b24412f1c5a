//! `cache.events()`: what is told, to whom, and what is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, MemoryTier, Scope};
use cache_core::{Cache, CacheEvent, Cause, Events, Ttl, cached, invalidates, updates};
use cache_tests::{in_time, in_time_blocking};
use futures_util::StreamExt;

#[cached(ttl = "5m", key_prefix = "user", tier = "local")]
async fn get_user(id: u64) -> Result<Option<u64>, String> {
    match id {
        0 => Ok(None),
        13 => Err("unlucky".to_owned()),
        666 => panic!("a body that panics"),
        id => Ok(Some(id)),
    }
}

#[cached(ttl = "5m", key_prefix = "page", tier = "local")]
async fn page(id: u64, number: u32) -> u64 {
    id + u64::from(number)
}

#[cached(ttl = "5m", key_prefix = "changing", tier = "local", skip(gone))]
async fn changing(gone: &AtomicBool, id: u64) -> Option<u64> {
    (!gone.load(SeqCst)).then_some(id)
}

#[invalidates(get_user(id), page(id, ..), key = "total")]
async fn write(id: u64) {
    let _ = id;
}

#[updates(get_user(id))]
async fn update(id: u64) -> u64 {
    id
}

/// `kind function key cause entries`, as far as there is each.
fn shown(event: &CacheEvent) -> String {
    let kind = format!("{event:?}");
    let kind = kind.split([' ', '{']).next().unwrap_or_default().to_owned();
    let mut shown = vec![kind];
    shown.extend(event.function().map(str::to_owned));
    shown.extend(event.key().map(str::to_owned));
    shown.push(event.cause().to_string());
    match event {
        CacheEvent::Invalidated { entries, .. } | CacheEvent::Cleared { entries, .. } => {
            shown.push(entries.to_string())
        }
        CacheEvent::Lost { events, .. } => shown.push(events.to_string()),
        _ => {}
    }
    shown.join(" ")
}

fn all(events: &mut Events) -> Vec<String> {
    std::iter::from_fn(|| events.try_recv()).map(|event| shown(&event)).collect()
}

#[tokio::test]
async fn what_is_stored_and_loaded_anew_is_told_with_its_function() {
    let scope = Scope::new();
    let cache = scope.cache();
    let gone = AtomicBool::new(false);
    in_time(scope.run(async {
        let mut events = cache.events();
        get_user(7).await.unwrap();
        get_user(7).await.unwrap();
        assert_eq!(all(&mut events), ["Set get_user user:7 load"], "a hit is no event");
        get_user::put(8, 8).await;
        update(9).await;
        cache.set("total", 3, Ttl::Default).await;
        cache.increment("views", 1).await.unwrap();
        assert!(cache.set_if_absent("job", 1, Ttl::Default).await.unwrap());
        let puts =
            ["Set get_user user:8 put", "Set get_user user:9 put", "Set total put", "Set views put", "Set job put"];
        assert_eq!(all(&mut events), puts);
        changing(&gone, 1).await;
        changing::refresh(&gone, 1).await;
        assert_eq!(all(&mut events), ["Set changing changing:1 load", "Refreshed changing changing:1 refresh"]);
        gone.store(true, SeqCst);
        changing::refresh(&gone, 1).await;
        get_user::put(8, None).await;
        cache.set("total", 3, Duration::ZERO).await;
        let absent = [
            "Invalidated changing changing:1 absent 1",
            "Invalidated get_user user:8 absent 1",
            "Invalidated total absent 1",
        ];
        assert_eq!(all(&mut events), absent);
    }))
    .await;
}

#[tokio::test]
async fn each_invalidation_is_told_once_with_what_it_removed() {
    let scope = Scope::new();
    let cache = scope.cache();
    in_time(scope.run(async {
        for number in 0..3 {
            page(7, number).await;
            page(8, number).await;
        }
        get_user(7).await.unwrap();
        let mut events = cache.events();
        write(7).await;
        let told =
            ["Invalidated get_user user:7 key 1", "Invalidated page page:7:* pattern 3", "Invalidated total key 0"];
        assert_eq!(all(&mut events), told);
        page::invalidate(8, 0).await;
        page::invalidate_all().await;
        assert_eq!(all(&mut events), ["Invalidated page page:8:0 key 1", "Invalidated page page:*:* function 2"]);

        let names = || cache.set_many([("a:1", 1), ("a:2", 2), ("b:1", 3), ("c:1", 4)], Ttl::Default);
        names().await;
        all(&mut events);
        cache.invalidate_prefix("a").await.unwrap();
        cache.invalidate_pattern("b*").await.unwrap();
        cache.local().invalidate("c:1");
        cache.delete("c:1").await;
        let told =
            ["Invalidated a:* prefix 2", "Invalidated b* pattern 1", "Invalidated c:1 key 1", "Invalidated c:1 key 0"];
        assert_eq!(all(&mut events), told);
        names().await;
        all(&mut events);
        cache.clear().await;
        assert_eq!(all(&mut events), ["Cleared clear 4"]);

        page(7, 1).await;
        let deferred = cache.deferred();
        deferred.run(page::invalidate(7, 1)).await;
        all(&mut events);
        deferred.flush().await;
        assert_eq!(all(&mut events), ["Invalidated page page:7:1 key 1"]);
    }))
    .await;
}

#[tokio::test]
async fn what_had_to_go_or_whose_time_is_over_is_told() {
    let scope = Scope::with(|builder| builder.max_entries(2));
    let cache = scope.cache();
    let mut events = cache.events();
    for id in 1..=3 {
        in_time(scope.run(get_user(id))).await.unwrap();
    }
    let told = all(&mut events);
    assert_eq!(told.len(), 4, "{told:?}");
    let evicted = told.iter().filter(|event| event.starts_with("Evicted get_user user:")).count();
    assert_eq!(evicted, 1, "{told:?}");

    scope.clock().advance(Duration::from_secs(300));
    assert_eq!(all(&mut events), Vec::<String>::new(), "it is told when it is removed");
    assert_eq!(cache.cleanup_expired(), 2);
    let mut told = all(&mut events);
    assert_eq!(told.len(), 2);
    assert!(
        told.iter().all(|event| event.starts_with("Expired get_user user:") && event.ends_with(" ttl")),
        "{told:?}"
    );

    cache.local().set("a", 1, Duration::from_secs(1));
    scope.clock().advance(Duration::from_secs(1));
    cache.local().set("a", 2, Duration::from_secs(1));
    told = all(&mut events);
    assert_eq!(told, ["Set a put", "Expired a ttl", "Set a put"]);
}

#[tokio::test]
async fn a_load_that_fails_is_told() {
    let scope = Scope::new();
    let mut events = scope.cache().events();
    in_time(scope.run(async {
        assert!(get_user(13).await.is_err());
        assert_eq!(get_user(0).await, Ok(None));
        assert_eq!(all(&mut events), ["LoadFailed get_user user:13 error"], "`None` is no failure");
    }))
    .await;
    let panicking = tokio::spawn(scope.run(get_user(666)));
    assert!(panicking.await.unwrap_err().is_panic());
    assert_eq!(all(&mut events), ["LoadFailed user:666 panic"]);
}

#[tokio::test]
async fn a_shared_tier_that_goes_and_comes_back_is_told() {
    let tier = FaultyTier::new(MemoryTier::new());
    let cache = Cache::builder().shared(tier.clone()).build().unwrap();
    let mut events = cache.events();
    tier.fail(Fault::Error);
    for name in 0..5 {
        cache.get::<i32>(name.to_string()).await;
    }
    assert_eq!(in_time(events.recv()).await, Some(CacheEvent::TierDown));
    tier.fail(Fault::None);
    assert_eq!(in_time(events.recv()).await, Some(CacheEvent::TierUp));
}

#[tokio::test]
async fn a_slow_subscriber_loses_the_oldest_and_is_told_how_many() {
    let cache = Cache::builder().build().unwrap();
    let (mut slow, mut quick) = (cache.events_within(3), cache.events());
    for name in 0..10 {
        cache.local().set(name.to_string(), name, Ttl::Default);
    }
    assert_eq!(all(&mut slow), ["Lost slow 7", "Set 7 put", "Set 8 put", "Set 9 put"]);
    assert_eq!(all(&mut quick).len(), 10, "nobody else loses by it");
    cache.local().set("10", 10, Ttl::Default);
    assert_eq!(all(&mut slow), ["Set 10 put"]);
    assert_eq!((slow.try_recv(), CacheEvent::TierUp.key()), (None, None));
}

#[tokio::test]
async fn a_subscriber_waits_and_ends_with_the_cache() {
    for closed in [true, false] {
        let cache = Cache::builder().build().unwrap();
        let mut events = cache.events();
        let waiting = tokio::spawn(async move { (events.recv().await, events.next().await, events.recv().await) });
        tokio::task::yield_now().await;
        cache.local().set("a", 1, Ttl::Default);
        tokio::task::yield_now().await;
        if closed {
            cache.close().await;
            assert_eq!(cache.events().recv().await, None, "there is nothing to come");
        } else {
            drop(cache);
        }
        let (set, end, still) = in_time(waiting).await.unwrap();
        assert_eq!((set.unwrap().key(), end, still), (Some("a"), None, None));
    }
}

#[test]
fn a_thread_waits_alike() {
    in_time_blocking(|| {
        let cache = Cache::builder().build().unwrap();
        let mut events = cache.events();
        let waiting = std::thread::spawn(move || (events.recv_blocking(), events.recv_blocking()));
        cache.local().set("a", 1, Ttl::Default);
        drop(cache);
        let (set, end) = waiting.join().unwrap();
        assert_eq!((set.unwrap().cause(), end), (Cause::Put, None));
    });
}

/// Calls the cache where it is woken.
struct Reentrant(Cache, AtomicUsize);

impl Wake for Reentrant {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, SeqCst);
        self.0.local().invalidate("a");
        self.0.local().get_or_set("b", Ttl::Default, || 1);
        drop(self.0.events());
    }
}

#[test]
fn who_is_woken_may_call_the_cache() {
    in_time_blocking(|| {
        let cache = Cache::builder().build().unwrap();
        let mut events = cache.events();
        let woken = Arc::new(Reentrant(cache.clone(), AtomicUsize::new(0)));
        let waker = woken.clone().into();
        let mut wait = || events.poll_next_unpin(&mut Context::from_waker(&waker));
        assert_eq!(wait(), Poll::Pending);
        cache.local().set("a", 1, Ttl::Default);
        assert_eq!(woken.1.load(SeqCst), 1, "once, until it looks again");
        assert!(matches!(wait(), Poll::Ready(Some(CacheEvent::Set { .. }))));
        assert_eq!(cache.local().get::<i32>("a"), None);
    });
}
