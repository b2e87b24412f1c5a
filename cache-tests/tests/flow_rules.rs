//! Event rules: what events make wrong, one by one, in cascades and in streams.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{Cache, EventRules, Invalidation, Removed, Ttl, cached, key};
use cache_tests::{Probe, in_memory, in_time, scope, until};
use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;

struct UserUpdated {
    id: u64,
}

struct UserDeleted {
    id: u64,
}

struct LibraryRescanned;

const NAMES: [&str; 6] = ["user:1", "user:2", "user_profile:1", "session:1:a", "session:1:b", "total"];

async fn fill(cache: &Cache) {
    cache.set_many(NAMES.map(|name| (name, 1)), Ttl::Default).await;
}

async fn left(cache: &Cache) -> Vec<&'static str> {
    let found = cache.get_many::<i32>(NAMES).await;
    NAMES.into_iter().zip(found).filter_map(|(name, value)| value.map(|_| name)).collect()
}

fn rules() -> EventRules {
    EventRules::new()
        .on(|e: &UserUpdated| [key!("user:{}", e.id), key!("user_profile:{}", e.id)])
        .on(|e: &UserDeleted| [Invalidation::prefix(key!("session:{}", e.id)), Invalidation::pattern("user*:1")])
        .on(|_: &UserDeleted| ["total"])
        .on(|_: &LibraryRescanned| [Invalidation::Expired])
}

fn entries(removed: Removed, expected: usize) {
    if in_memory() {
        assert_eq!(removed.entries, expected);
    }
}

#[tokio::test]
async fn each_type_has_its_rules_and_all_of_them_apply() {
    let scope = scope();
    let (cache, rules) = (scope.cache(), rules());
    fill(cache).await;
    entries(cache.apply(&rules, &UserUpdated { id: 1 }).await, 2);
    assert_eq!(left(cache).await, ["user:2", "session:1:a", "session:1:b", "total"]);
    fill(cache).await;
    entries(cache.apply(&rules, &UserDeleted { id: 1 }).await, 5);
    assert_eq!(left(cache).await, ["user:2"]);
    entries(cache.apply(&rules, &"nobody's").await, 0);
    let stats = rules.stats();
    assert_eq!((stats.events, stats.unmatched, stats.cascaded, stats.errors), (3, 1, 0, 0));
}

#[tokio::test]
async fn of_a_rescan_only_what_has_expired_goes() {
    let scope = Scope::new();
    let cache = scope.cache();
    cache.set("short", 1, Duration::from_secs(1)).await;
    cache.set("long", 1, Duration::from_secs(60)).await;
    scope.clock().advance(Duration::from_secs(1));
    assert_eq!(cache.apply(&rules(), &LibraryRescanned).await.entries, 1);
    let stats = cache.stats();
    assert_eq!((stats.entries, stats.expirations, stats.invalidations), (1, 1, 0));
}

#[tokio::test]
async fn everything_goes_by_one_rule_too() {
    let cache = Cache::builder().build().unwrap();
    fill(&cache).await;
    let rules = EventRules::new().on(|_: &LibraryRescanned| [Invalidation::All]);
    assert_eq!(cache.apply(&rules, &LibraryRescanned).await.entries, NAMES.len());
}

#[tokio::test]
async fn a_rule_that_fails_is_counted_and_the_others_apply() {
    let scope = scope();
    let cache = scope.cache();
    let rules = EventRules::new()
        .on(|_: &UserUpdated| -> [&str; 1] { panic!("a rule that panics") })
        .on(|_: &UserUpdated| [Invalidation::pattern("["), Invalidation::prefix(""), "total".into()])
        .on(|e: &UserUpdated| [key!("user:{}", e.id)]);
    fill(cache).await;
    entries(cache.apply(&rules, &UserUpdated { id: 2 }).await, 2);
    assert_eq!(left(cache).await, ["user:1", "user_profile:1", "session:1:a", "session:1:b"]);
    assert_eq!(rules.stats().errors, 3);
}

#[tokio::test]
async fn an_event_in_a_box_is_the_event_inside() {
    let scope = scope();
    let (cache, rules) = (scope.cache(), rules());
    fill(cache).await;
    let events: [Box<dyn Any + Send>; 2] = [Box::new(UserUpdated { id: 1 }), Box::new(UserUpdated { id: 2 })];
    for event in &events {
        cache.apply(&rules, event).await;
    }
    let shared: Arc<dyn Any + Send + Sync> = Arc::new(UserDeleted { id: 1 });
    cache.apply(&rules, &shared).await;
    assert_eq!(left(cache).await, Vec::<&str>::new());
    assert_eq!(rules.stats().unmatched, 0);
}

#[tokio::test]
async fn a_rule_may_call_the_cache() {
    let cache = Cache::builder().build().unwrap();
    let inside = cache.clone();
    let rules = EventRules::new().on(move |e: &UserUpdated| {
        let sessions = inside.local().get::<Vec<String>>(key!("sessions_of:{}", e.id)).unwrap_or_default();
        inside.local().invalidate(key!("sessions_of:{}", e.id));
        sessions
    });
    fill(&cache).await;
    cache.set("sessions_of:1", vec!["session:1:a".to_owned()], Ttl::Default).await;
    assert_eq!(cache.apply(&rules, &UserUpdated { id: 1 }).await.entries, 1);
    assert!(!cache.contains("session:1:a").await && !cache.contains("sessions_of:1").await);
}

#[cached(ttl = "5m", key_prefix = "user", skip(probe))]
async fn get_user(probe: &Probe, id: u64) -> usize {
    let _ = id;
    let running = probe.enter();
    if running.run == 1 {
        probe.gate.passed().await;
    }
    running.run
}

#[tokio::test]
async fn a_load_under_way_is_not_stored() {
    let (scope, probe, rules) = (scope(), Probe::default(), rules());
    in_time(scope.run(async {
        let (first, ()) = tokio::join!(get_user(&probe, 1), async {
            until(|| probe.running() == 1).await;
            scope.cache().apply(&rules, &UserUpdated { id: 1 }).await;
            probe.gate.open();
        });
        assert_eq!((first, get_user(&probe, 1).await), (1, 2));
    }))
    .await;
}

#[tokio::test]
async fn a_deferred_one_goes_with_the_flush() {
    let scope = scope();
    let (cache, rules) = (scope.cache(), rules());
    fill(cache).await;
    let deferred = cache.deferred();
    deferred.apply(&rules, &UserUpdated { id: 1 });
    assert_eq!(deferred.run(cache.apply(&rules, &UserUpdated { id: 2 })).await, Removed::default());
    assert_eq!((deferred.len(), left(cache).await.len()), (4, NAMES.len()));
    deferred.flush().await;
    assert_eq!(left(cache).await, ["session:1:a", "session:1:b", "total"]);
}

struct AlbumDeleted {
    id: u64,
    photos: Vec<u64>,
}

#[derive(PartialEq, Eq, Hash)]
struct PhotoDeleted(u64);

#[derive(PartialEq, Eq, Hash)]
struct FaceDeleted(u64);

/// Photo n shows the faces n and n + 1; a face's best photo is the one of its number.
fn cascade() -> EventRules {
    EventRules::new()
        .on(|e: &AlbumDeleted| [key!("album:{}", e.id)])
        .cascade(|e: &AlbumDeleted| e.photos.iter().map(|id| PhotoDeleted(*id)).collect::<Vec<_>>())
        .on(|e: &PhotoDeleted| [key!("photo:{}", e.0)])
        .cascade(|e: &PhotoDeleted| [FaceDeleted(e.0), FaceDeleted(e.0 + 1)])
        .on(|e: &FaceDeleted| [key!("face:{}:embedding", e.0)])
        .cascade(|e: &FaceDeleted| (e.0 < 3).then_some(PhotoDeleted(e.0)))
}

#[tokio::test]
async fn a_deletion_takes_its_children_and_theirs_and_circles_end() {
    let scope = scope();
    let (cache, rules) = (scope.cache(), cascade());
    let names =
        ["album:1", "photo:1", "photo:2", "photo:3", "face:1:embedding", "face:2:embedding", "face:3:embedding"];
    cache.set_many(names.map(|name| (name, 1)), Ttl::Default).await;
    cache.set("face:4:embedding", 1, Ttl::Default).await;
    let removed = in_time(cache.apply(&rules, &AlbumDeleted { id: 1, photos: vec![1, 1] })).await;
    entries(removed, 6);
    let found = cache.get_many::<i32>(names).await;
    assert_eq!(found, [None, None, None, Some(1), None, None, None]);
    assert!(cache.contains("face:4:embedding").await);
    let stats = rules.stats();
    assert_eq!((stats.events, stats.cascaded, stats.errors), (1, 5, 0), "each child once");
}

#[tokio::test]
async fn a_cascade_without_an_end_removes_everything() {
    let cache = Cache::builder().build().unwrap();
    cache.set("total", 1, Ttl::Default).await;
    let rules = EventRules::new().cascade(|e: &u64| [e.wrapping_add(1)]);
    assert_eq!(cache.apply(&rules, &0_u64).await.entries, 1);
    assert_eq!((rules.stats().errors, rules.stats().cascaded), (1, 100_000));
}

#[tokio::test]
async fn a_child_whose_equality_panics_is_an_error_and_ends_nothing() {
    struct Odd;
    impl std::hash::Hash for Odd {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }
    impl PartialEq for Odd {
        fn eq(&self, _: &Self) -> bool {
            panic!("an equality that panics")
        }
    }
    impl Eq for Odd {}
    let cache = Cache::builder().build().unwrap();
    cache.set("total", 1, Ttl::Default).await;
    let rules = EventRules::new().cascade(|_: &UserUpdated| [Odd, Odd]).on(|_: &Odd| ["total"]);
    assert_eq!(cache.apply(&rules, &UserUpdated { id: 1 }).await.entries, 1);
    assert_eq!(rules.stats().errors, 1);
}

#[tokio::test]
async fn a_stream_of_events_is_followed_to_its_end() {
    let scope = scope();
    let (cache, rules) = (scope.cache(), rules());
    fill(cache).await;
    let (sender, mut receiver) = mpsc::channel::<Box<dyn Any + Send>>(4);
    let events = stream::poll_fn(move |context| receiver.poll_recv(context));
    let following = tokio::spawn(cache.follow(&rules, events));
    sender.send(Box::new(UserUpdated { id: 1 })).await.unwrap();
    in_time(until(|| rules.stats().events == 1)).await;
    sender.send(Box::new(UserUpdated { id: 2 })).await.unwrap();
    sender.send(Box::new("nobody's")).await.unwrap();
    drop(sender);
    in_time(following).await.unwrap();
    assert_eq!(left(cache).await, ["session:1:a", "session:1:b", "total"]);
    assert_eq!((rules.stats().events, rules.stats().unmatched), (3, 1));
}

#[tokio::test]
async fn it_is_followed_until_the_cache_is_closed_or_gone() {
    for closed in [true, false] {
        let cache = Cache::builder().build().unwrap();
        // Ends by no event: none ever comes.
        let following = tokio::spawn(cache.follow(&rules(), stream::pending::<UserUpdated>()));
        tokio::task::yield_now().await;
        assert!(!following.is_finished());
        if closed {
            cache.close().await;
        } else {
            drop(cache);
        }
        in_time(following).await.unwrap();
    }
    let cache = Cache::builder().build().unwrap();
    cache.close().await;
    in_time(cache.follow(&rules(), stream::pending::<UserUpdated>())).await;
}

/// Events were lost.
struct Lagged;

#[tokio::test]
async fn an_error_of_a_stream_is_counted_and_an_event_of_its_own() {
    let scope = scope();
    let cache = scope.cache();
    let rules = rules().on(|_: &Lagged| [Invalidation::prefix("session")]);
    fill(cache).await;
    let events = stream::iter([Ok(UserUpdated { id: 1 }), Err(Lagged), Ok(UserUpdated { id: 2 })]);
    in_time(cache.try_follow(&rules, events)).await;
    assert_eq!(left(cache).await, ["total"]);
    assert_eq!((rules.stats().events, rules.stats().errors), (3, 1));
}

#[tokio::test]
async fn one_caches_events_keep_another_up_to_date() {
    let (first, second) = (Cache::builder().build().unwrap(), Cache::builder().build().unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let rules = EventRules::new().on(move |event: &cache_core::CacheEvent| {
        count.fetch_add(1, SeqCst);
        match event {
            cache_core::CacheEvent::Invalidated { key, .. } => vec![Invalidation::pattern(&**key)],
            _ => Vec::new(),
        }
    });
    let following = tokio::spawn(second.follow(&rules, first.events().take(2)));
    second.set("user:1", 1, Ttl::Default).await;
    first.set("user:1", 1, Ttl::Default).await;
    first.invalidate_prefix("user").await.unwrap();
    in_time(following).await.unwrap();
    assert!(!second.contains("user:1").await);
    assert_eq!(seen.load(SeqCst), 2);
}
