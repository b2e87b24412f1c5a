//! What tags promise: one look-up, whatever the number of entries, and nothing that carries a dead one is served or stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{cached, invalidates, key};
use cache_tests::{Probe, in_memory, in_time, scope, until};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Album {
    id: u64,
    artist: u64,
    revision: u64,
}

#[derive(Debug, Default)]
struct Source {
    probe: Probe,
    revision: AtomicU64,
    down: AtomicBool,
}

type Shared = Arc<Source>;

fn source() -> Shared {
    let source = Shared::default();
    source.probe.gate.open();
    source
}

impl Source {
    async fn album(&self, id: u64) -> Result<Option<Album>, String> {
        let _running = self.probe.enter();
        let revision = self.revision.load(SeqCst);
        self.probe.gate.passed().await;
        if self.down.load(SeqCst) {
            return Err("down".to_owned());
        }
        Ok((id < 1_000).then_some(Album { id, artist: id % 10, revision }))
    }
}

#[cached(ttl = "5m", ttl_none = "1m", tags = ["album:{id}", "albums"], tags_with = |album: &Album| [key!("artist:{}", album.artist)], skip(source))]
async fn album(source: &Shared, id: u64) -> Result<Option<Album>, String> {
    source.album(id).await
}

#[cached(ttl = "5m", tags = ["artist:{artist}"], skip(source))]
async fn discography(source: &Shared, artist: u64, page: u64) -> Result<Option<Album>, String> {
    source.album(artist + 10 * page).await
}

#[invalidates(tag = "artist:{artist}")]
async fn rename(source: &Shared, artist: u64) -> Result<(), String> {
    let _ = artist;
    source.revision.fetch_add(1, SeqCst);
    if source.down.load(SeqCst) { Err("down".to_owned()) } else { Ok(()) }
}

#[tokio::test]
async fn a_tag_reaches_what_carries_it_by_whatever_name() {
    let (scope, source) = (scope(), source());
    scope
        .run(async {
            for id in 0..30 {
                album(&source, id).await.unwrap();
                discography(&source, id % 10, id / 10).await.unwrap();
            }
            album(&source, 5_003).await.unwrap();
            assert_eq!(source.probe.runs(), 61);
            rename(&source, 3).await.unwrap();
            for id in 0..30 {
                let expected = u64::from(id % 10 == 3);
                assert_eq!(album(&source, id).await.unwrap().unwrap().revision, expected, "album {id}");
                let found = discography(&source, id % 10, id / 10).await.unwrap().unwrap();
                assert_eq!(found.revision, expected, "page {} of {}", id / 10, id % 10);
            }
            assert_eq!(source.probe.runs(), 67);
            let cache = scope.cache();
            assert_eq!(cache.invalidate_tag("artist:3").await.entries, if in_memory() { 6 } else { 0 });
            assert_eq!(cache.invalidate_tag("artist:3").await.entries, 0);
            assert_eq!(album::peek(3).await, None);
            assert_eq!(cache.local().get::<Album>("album:3"), None);
            // An absence carries the tags of its call.
            assert_eq!(album::peek(5_003).await, Some(Ok(None)));
            cache.invalidate_tag("albums").await;
            assert_eq!(album::peek(5_003).await, None);
            // What failed invalidates nothing.
            source.down.store(true, SeqCst);
            let kept = discography::peek(4, 0).await;
            rename(&source, 4).await.unwrap_err();
            assert_eq!(discography::peek(4, 0).await, kept);
        })
        .await;
}

/// A call that begins a load, held at the gate.
async fn held(scope: &cache_core::testing::Scope, source: &Shared, id: u64) -> tokio::task::JoinHandle<u64> {
    source.probe.gate.shut();
    let runs = source.probe.runs();
    let call = tokio::spawn(scope.run({
        let source = source.clone();
        async move { album(&source, id).await.unwrap().unwrap().revision }
    }));
    in_time(until(|| source.probe.runs() > runs)).await;
    call
}

#[tokio::test]
async fn a_load_that_began_before_is_not_stored_whoever_says_its_tags() {
    let (scope, source) = (scope(), source());
    scope
        .run(async {
            for tag in ["album:3", "artist:3"] {
                let before = source.revision.load(SeqCst);
                let call = held(&scope, &source, 3).await;
                source.revision.fetch_add(1, SeqCst);
                scope.cache().invalidate_tag(tag).await;
                source.probe.gate.open();
                assert_eq!(in_time(call).await.unwrap(), before, "its own caller began before");
                assert_eq!(album::peek(3).await, None, "{tag}");
                assert_eq!(album(&source, 3).await.unwrap().unwrap().revision, before + 1);
                scope.cache().invalidate_tag("albums").await;
            }
            // Another tag than its own is nothing to it.
            let call = held(&scope, &source, 4).await;
            scope.cache().invalidate_tag("artist:5").await;
            source.probe.gate.open();
            in_time(call).await.unwrap();
            assert!(album::peek(4).await.is_some());
        })
        .await;
}

#[tokio::test]
async fn who_comes_after_the_invalidation_does_not_wait_for_an_older_load() {
    let (scope, source) = (scope(), source());
    scope
        .run(async {
            for tag in ["album:3", "artist:3"] {
                let before = source.revision.load(SeqCst);
                let old = held(&scope, &source, 3).await;
                source.revision.fetch_add(1, SeqCst);
                scope.cache().invalidate_tag(tag).await;
                let new = held(&scope, &source, 3).await;
                source.probe.gate.open();
                assert_eq!((in_time(old).await.unwrap(), in_time(new).await.unwrap()), (before, before + 1), "{tag}");
                assert_eq!(album(&source, 3).await.unwrap().unwrap().revision, before + 1);
                scope.cache().invalidate_tag("albums").await;
            }
        })
        .await;
}

#[cached(ttl = 10, stale_while_revalidate = "5s", stale_if_error = "1m", tags = ["all"], key_prefix = "graceful", skip(source))]
async fn graceful(source: &Shared, id: u64) -> Result<Option<Album>, String> {
    source.album(id).await
}

#[tokio::test]
async fn no_grace_outlives_a_tag() {
    let (scope, source) = (scope(), source());
    scope
        .run(async {
            let revision = async || graceful(&source, 1).await.map(|album| album.unwrap().revision);
            assert_eq!(revision().await, Ok(0));
            scope.clock().advance(Duration::from_secs(11));
            source.revision.store(1, SeqCst);
            assert_eq!(revision().await, Ok(0), "stale");
            in_time(until(|| source.probe.runs() == 2 && source.probe.running() == 0)).await;
            in_time(async {
                while revision().await != Ok(1) {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            scope.clock().advance(Duration::from_secs(11));
            scope.cache().invalidate_tag("all").await;
            source.down.store(true, SeqCst);
            assert_eq!(revision().await, Err("down".to_owned()));
        })
        .await;
}

#[tokio::test]
async fn tagged_values_are_put_and_reclaimed_like_others() {
    let (scope, source) = (scope(), source());
    scope
        .run(async {
            discography::put(1, 0, Album { id: 1, artist: 1, revision: 9 }).await;
            assert_eq!(discography(&source, 1, 0).await.unwrap().unwrap().revision, 9);
            let cache = scope.cache();
            assert_eq!(cache.invalidate_tag("artist:1").await.entries, usize::from(in_memory()));
            assert_eq!(discography::peek(1, 0).await, None);
            assert!(cache.keys().is_empty());
            discography(&source, 1, 0).await.unwrap();
            let stats = discography::stats();
            assert_eq!((stats.hits, stats.loads), (1, 1));
            if in_memory() {
                assert_eq!((stats.entries, stats.invalidations), (1, 1));
            }
        })
        .await;
}

struct ArtistRenamed {
    artist: u64,
}

#[tokio::test]
async fn rules_and_collections_reach_tags() {
    use cache_core::{CacheEvent, Cause, EventRules, Invalidation};

    let (scope, source) = (scope(), source());
    scope
        .run(async {
            let cache = scope.cache();
            let mut events = cache.events();
            let rules = EventRules::new().on(|e: &ArtistRenamed| [Invalidation::tag(key!("artist:{}", e.artist))]);
            discography(&source, 1, 0).await.unwrap();
            discography(&source, 2, 0).await.unwrap();
            let one = usize::from(in_memory());
            assert_eq!(cache.apply(&rules, &ArtistRenamed { artist: 1 }).await.entries, one);
            assert_eq!(discography::peek(1, 0).await, None);
            let deferred = cache.deferred();
            deferred.invalidate_tag("artist:2");
            deferred.run(rename(&source, 2)).await.unwrap();
            assert!(discography::peek(2, 0).await.is_some());
            assert_eq!(deferred.flush().await.entries, one);
            assert_eq!(discography::peek(2, 0).await, None);
            let tags = std::iter::from_fn(|| events.try_recv())
                .filter(|event| matches!(event, CacheEvent::Invalidated { cause: Cause::Tag, .. }))
                .count();
            assert!(tags >= 2, "{tags}");
        })
        .await;
}

#[cached(cache_if = |albums: &Vec<u64>| !albums.is_empty(), tags_with = |albums: &Vec<u64>| [key!("album:{}", albums[0])])]
async fn newest_first(artist: u64) -> Vec<u64> {
    vec![artist]
}

#[tokio::test]
async fn a_value_that_is_not_to_be_stored_is_not_asked_for_its_tags_by_put() {
    scope()
        .run(async {
            newest_first::put(1, Vec::new()).await;
            assert_eq!(newest_first::peek(1).await, None);
            newest_first::put(1, vec![7, 3]).await;
            assert_eq!(newest_first::peek(1).await, Some(vec![7, 3]));
            cache_core::get_cache().invalidate_tag("album:7").await;
            assert_eq!(newest_first::peek(1).await, None);
        })
        .await;
}
