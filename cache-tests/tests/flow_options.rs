//! What the options promise: which values are stored, for how long, and which of those stored are still good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use cache_core::cached;
use cache_tests::{Probe, in_memory, in_time, scope, until};

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Token {
    seconds: u64,
}

#[cached(key_prefix = "token", ttl_with = |token| Duration::from_secs(token.seconds), skip(probe))]
async fn token(probe: &Probe, seconds: u64) -> Token {
    let _running = probe.enter();
    Token { seconds }
}

#[tokio::test]
async fn the_ttl_may_come_from_the_value() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            for _ in 0..2 {
                token(&probe, 10).await;
                token(&probe, 20).await;
                token(&probe, 0).await;
            }
            assert_eq!(probe.runs(), 4, "a TTL of zero stores nothing");
            scope.clock().advance(Duration::from_secs(10));
            token(&probe, 10).await;
            token(&probe, 20).await;
            assert_eq!(probe.runs(), 5);
            token::put(10, Token { seconds: 100 }).await;
            scope.clock().advance(Duration::from_secs(99));
            assert_eq!(token::peek(10).await, Some(Token { seconds: 100 }));
        })
        .await;
}

#[derive(Clone, Debug, PartialEq)]
struct Down;

#[cached(ttl = "5m", ttl_none = "10s", ttl_err = Duration::from_secs(1), key_prefix = "user", skip(probe, answer))]
async fn user(probe: &Probe, id: u64, answer: Result<Option<u64>, Down>) -> Result<Option<u64>, Down> {
    let _running = probe.enter();
    let _ = id;
    answer
}

#[tokio::test]
async fn absences_and_errors_are_kept_as_long_as_they_say() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            let clock = scope.clock();
            assert_eq!(user(&probe, 1, Ok(None)).await, Ok(None));
            assert_eq!(user(&probe, 1, Ok(Some(1))).await, Ok(None));
            assert_eq!(user::peek(1).await, Some(Ok(None)));
            assert_eq!(user(&probe, 2, Err(Down)).await, Err(Down));
            assert_eq!(user(&probe, 2, Ok(Some(2))).await, Err(Down));
            assert_eq!((probe.runs(), user::stats().hits), (2, 2));
            clock.advance(Duration::from_secs(1));
            assert_eq!(user(&probe, 2, Ok(Some(2))).await, Ok(Some(2)));
            assert_eq!(user(&probe, 1, Ok(Some(1))).await, Ok(None));
            clock.advance(Duration::from_secs(9));
            assert_eq!(user(&probe, 1, Ok(Some(1))).await, Ok(Some(1)));
            assert_eq!(scope.cache().get::<u64>("user:1").await, Some(1));
        })
        .await;
}

#[tokio::test]
async fn a_refresh_that_fails_keeps_the_value_and_one_that_finds_nothing_keeps_that() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            user(&probe, 1, Ok(Some(1))).await.unwrap();
            assert_eq!(user::refresh(&probe, 1, Err(Down)).await, Err(Down));
            assert_eq!(user::peek(1).await, Some(Ok(Some(1))));
            assert_eq!(user::refresh(&probe, 1, Ok(None)).await, Ok(None));
            assert_eq!(user(&probe, 1, Ok(Some(1))).await, Ok(None));
            assert_eq!(scope.cache().get::<u64>("user:1").await, None, "an absence is no value");
            user::put(3, None).await;
            assert_eq!(user(&probe, 3, Ok(Some(3))).await, Ok(None));
            user::invalidate(3).await;
            assert_eq!(user(&probe, 3, Ok(Some(3))).await, Ok(Some(3)));
        })
        .await;
}

#[cached(ttl = "5m", key_prefix = "user", skip(probe))]
async fn user_without_absences(probe: &Probe, id: u64) -> Result<Option<u64>, Down> {
    let _running = probe.enter();
    Ok(Some(id))
}

#[tokio::test]
async fn a_function_that_stores_no_absences_reads_none() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            user(&probe, 1, Ok(None)).await.unwrap();
            assert_eq!(user_without_absences(&probe, 1).await, Ok(Some(1)));
            assert_eq!(user(&probe, 1, Ok(None)).await, Ok(Some(1)));
        })
        .await;
}

#[cached(ttl = "5m", key_prefix = "list", cache_if = |found| !found.is_empty(), skip(probe, found))]
async fn list(probe: &Probe, id: u64, found: Vec<u64>) -> Vec<u64> {
    let _running = probe.enter();
    let _ = id;
    found
}

#[tokio::test]
async fn what_does_not_meet_the_condition_is_answered_and_not_stored() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            assert!(list(&probe, 1, vec![]).await.is_empty());
            assert_eq!(list(&probe, 1, vec![1]).await, [1]);
            assert_eq!(list(&probe, 1, vec![]).await, [1]);
            assert!(list::refresh(&probe, 1, vec![]).await.is_empty());
            assert_eq!(list::peek(1).await, Some(vec![1]), "what is stored stays");
            list::put(1, vec![]).await;
            assert_eq!(list::peek(1).await, Some(vec![1]));
            assert_eq!(probe.runs(), 3);
        })
        .await;
}

#[cached(ttl = "5m", key_prefix = "print", validate = |print| *print >= least, skip(probe, least, found))]
async fn print(probe: &Probe, id: u64, least: u64, found: u64) -> u64 {
    let _running = probe.enter();
    let _ = (id, least);
    probe.gate.passed().await;
    found
}

#[tokio::test]
async fn a_hit_that_is_not_good_enough_is_a_miss() {
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    scope
        .run(async {
            assert_eq!(print(&probe, 1, 70, 75).await, 75);
            assert_eq!(print(&probe, 1, 70, 0).await, 75);
            assert_eq!(print(&probe, 1, 80, 90).await, 90);
            assert_eq!(print(&probe, 1, 70, 0).await, 90);
            let stats = print::stats();
            assert_eq!((stats.hits, stats.misses, stats.rejected, stats.loads), (2, 2, 1, 2));
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_reject_one_entry_share_one_load() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    probe.gate.open();
    scope.run(async { print(&probe, 1, 0, 10).await }).await;
    probe.gate.shut();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let probe = probe.clone();
            tokio::spawn(scope.run(async move { print(&probe, 1, 50, 60).await }))
        })
        .collect();
    in_time(async {
        until(|| scope.cache().stats().rejected == 50 && scope.cache().stats().misses >= 50).await;
        probe.gate.open();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 60);
        }
    })
    .await;
    assert_eq!(probe.runs(), 2);
}

#[cached(ttl = "5m", key_prefix = "page", when = page == 0, refresh_when = force, skip(probe, force))]
async fn page(probe: &Probe, page: u64, force: bool) -> u64 {
    let _running = probe.enter();
    let _ = force;
    page + probe.runs() as u64
}

#[tokio::test]
async fn conditions_on_the_arguments_bypass_and_refresh() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            assert_eq!(page(&probe, 0, false).await, 1);
            assert_eq!(page(&probe, 0, false).await, 1);
            assert_eq!(page(&probe, 0, true).await, 2);
            assert_eq!(page(&probe, 0, false).await, 2);
            page(&probe, 5, false).await;
            page(&probe, 5, false).await;
            assert_eq!(probe.runs(), 4);
            assert_eq!(page::peek(5).await, None);
            let stats = page::stats();
            assert_eq!((stats.hits, stats.misses, stats.refreshes), (2, 1, 1));
        })
        .await;
}

struct NotClone(u32);

type Answer = Result<u32, NotClone>;

fn copy(error: &NotClone) -> NotClone {
    NotClone(error.0 + 1)
}

#[cached(ttl = "5m", key_prefix = "failing", share_err = copy, ttl_err = "1m", skip(probe))]
async fn failing(probe: &Probe, id: u64) -> Answer {
    let _running = probe.enter();
    let _ = id;
    probe.gate.passed().await;
    Err(NotClone(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_error_that_is_copied_by_hand_is_shared_and_kept() {
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let probe = probe.clone();
            tokio::spawn(scope.run(async move { failing(&probe, 1).await.map_err(|error| error.0) }))
        })
        .collect();
    in_time(async {
        until(|| scope.cache().stats().misses == 20).await;
        probe.gate.open();
        for task in tasks {
            assert!(task.await.unwrap().is_err());
        }
    })
    .await;
    assert_eq!(probe.runs(), 1);
    let again = scope.run(async { failing(&probe, 1).await }).await;
    assert!(again.is_err_and(|error| error.0 > 0), "a copy");
    assert_eq!(probe.runs(), 1);
}

#[cached(ttl = "5m", key_prefix = "blob", weight = |blob| blob.len() * 10)]
async fn blob(len: usize) -> Box<[u8]> {
    vec![0; len].into()
}

#[tokio::test]
async fn a_value_counts_for_what_its_function_says() {
    if !in_memory() {
        return;
    }
    let scope = scope();
    scope
        .run(async {
            blob(100).await;
            let small = blob::stats().bytes;
            blob(200).await;
            let both = blob::stats().bytes;
            assert_eq!(both - small, small + 1_000);
            blob::put(200, vec![0; 300].into_boxed_slice()).await;
            assert_eq!(blob::stats().bytes, both + 1_000);
        })
        .await;
}

fn album_key(id: &u64, part: &str) -> String {
    format!("{id}:{part}")
}

#[cached(ttl = "5m", key_prefix = "album", key_with = album_key, skip(probe))]
async fn album(probe: &Probe, id: u64, part: &str) -> String {
    let _running = probe.enter();
    format!("{part} of {id}")
}

#[tokio::test]
async fn a_key_builder_gives_the_rest_of_the_name() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            album(&probe, 7, "photos:new").await;
            assert_eq!(album::key(7, "photos:new"), "album:7:photos:new");
            assert_eq!(scope.cache().keys(), ["album:7:photos:new"]);
            album(&probe, 7, "photos:new").await;
            album(&probe, 8, "photos:new").await;
            assert_eq!(probe.runs(), 2);
            album::invalidate(7, "photos:new").await;
            assert_eq!(scope.cache().keys(), ["album:8:photos:new"]);
            assert_eq!(album::invalidate_all().await.entries, 1);
        })
        .await;
}

static NOW: AtomicU32 = AtomicU32::new(0);

#[cached(ttl = "1h", key_prefix = "sync", ttl_none = "1m", validate = |at| *at >= NOW.load(SeqCst))]
fn sync(id: u32) -> Option<u32> {
    (id > 0).then_some(NOW.load(SeqCst))
}

#[test]
fn sync_functions_have_the_same_options() {
    let scope = scope();
    let _entered = scope.enter();
    assert_eq!((sync(0), sync(0), sync(1), sync(1)), (None, None, Some(0), Some(0)));
    assert_eq!(sync::stats().loads, 2);
    NOW.store(1, SeqCst);
    assert_eq!((sync(1), sync(1)), (Some(1), Some(1)));
    let stats = sync::stats();
    assert_eq!((stats.loads, stats.rejected), (3, 1));
}

#[cached(key_prefix = "owned", ttl = Duration::from_secs(minutes * 60), cache_if = |found| found.len() > name.len(), skip(minutes))]
async fn owned(name: String, minutes: u64) -> String {
    format!("{name}{minutes}")
}

#[tokio::test]
async fn rules_may_mention_arguments_that_the_body_takes() {
    let scope = scope();
    scope
        .run(async {
            assert_eq!(owned("a".to_owned(), 5).await, "a5");
            assert_eq!(owned::peek("a".to_owned()).await.as_deref(), Some("a5"));
            owned::put("b".to_owned(), 5, "b".to_owned()).await;
            assert_eq!(owned::peek("b".to_owned()).await, None);
        })
        .await;
}
