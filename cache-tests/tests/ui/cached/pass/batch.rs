//! Batches over lists of every kind, with maps of either kind, beside functions of one item.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use cache_core::{BatchOutcomes, CacheKey, Source, cached, invalidates, updates};

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, CacheKey)]
struct TrackId(String);

type Found<V> = Result<HashMap<TrackId, V>, String>;
type Ids = Vec<TrackId>;

fn id(text: &str) -> TrackId {
    TrackId(text.to_owned())
}

#[cached(key_prefix = "track")]
async fn get_track(id: TrackId) -> Result<Option<Arc<str>>, String> {
    Ok((!id.0.is_empty()).then(|| id.0.into()))
}

/// Through aliases.
#[cached(key_prefix = "track", batch = ids)]
async fn get_tracks(ids: &Ids) -> Found<Arc<str>> {
    Ok(ids.iter().filter(|id| !id.0.is_empty()).map(|id| (id.clone(), id.0.as_str().into())).collect())
}

#[cached(key = "album:{ids.0|lower}:{page}", batch = ids, ttl = if ids.0.is_empty() { minute() } else { hour() })]
async fn albums(page: u32, ids: &[TrackId]) -> BTreeMap<TrackId, u32> {
    ids.iter().map(|id| (id.clone(), page)).collect()
}

fn minute() -> std::time::Duration {
    std::time::Duration::from_secs(60)
}

fn hour() -> std::time::Duration {
    std::time::Duration::from_secs(3_600)
}

#[cached(batch = ids, key(tenant: u64 = session.0, ids))]
fn in_a_set(session: &(u64, String), ids: BTreeSet<u64>) -> BTreeMap<u64, u64> {
    ids.into_iter().map(|id| (id, id + session.0)).collect()
}

#[cached(batch = ids)]
async fn shared(prefix: &str, ids: Arc<[u64]>) -> HashMap<u64, String> {
    ids.iter().map(|id| (*id, format!("{prefix}{id}"))).collect()
}

#[cached(batch = ids)]
async fn boxed(words: impl AsRef<str> + Clone, ids: Box<[u64]>) -> HashMap<u64, usize> {
    ids.iter().map(|id| (*id, words.as_ref().len())).collect()
}

#[cached(batch = ids, companion = by_set)]
async fn of_a_set(ids: &HashSet<u64>, (low, _): (u64, u64)) -> HashMap<u64, Option<u64>> {
    ids.iter().map(|id| (*id, id.checked_sub(low))).collect()
}

#[cached(batch = ids, ttl_none = "1m", share_err = |error: &std::num::ParseIntError| error.clone())]
async fn parsed(ids: &[String]) -> Result<BTreeMap<String, i64>, std::num::ParseIntError> {
    ids.iter().map(|id| Ok((id.clone(), id.parse()?))).collect()
}

#[invalidates(get_tracks(track), albums(_, track))]
async fn remove(track: TrackId) {
    let _ = track;
}

#[updates(get_tracks(track))]
async fn rename(track: TrackId, name: &str) -> Result<Arc<str>, String> {
    let _ = track;
    Ok(name.into())
}

struct Library;

trait Count {
    async fn counts(&self, ids: &[u64]) -> HashMap<u64, u64>;
}

#[cached]
impl Count for Library {
    #[cached(ttl = "5m", batch = ids, skip(self))]
    async fn counts(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, 1)).collect()
    }
}

fn is_send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let list = vec![id("a"), id("b"), id("")];
    assert_eq!(is_send(get_tracks(&list)).await.unwrap().len(), 2);
    assert_eq!(get_track(id("a")).await.unwrap().as_deref(), Some("a"));
    assert_eq!((get_track::stats().hits, get_track::stats().loads), (1, 0));
    rename(id("a"), "z").await.unwrap();
    assert_eq!(get_track(id("a")).await.unwrap().as_deref(), Some("z"));
    remove(id("a")).await;
    assert_eq!(get_tracks::peek(id("a")).await, None);
    let outcomes: BatchOutcomes<TrackId, Arc<str>> = is_send(get_tracks::outcomes(&list)).await.unwrap();
    assert_eq!((outcomes.count(Source::Hit), outcomes.count(Source::Loaded)), (1, 2));

    assert_eq!(albums(3, &list).await[&id("a")], 3);
    assert_eq!(albums::key(3, id("A")), "album:a:3");
    assert_eq!(in_a_set(&(10, String::new()), BTreeSet::from([1, 2])), BTreeMap::from([(1, 11), (2, 12)]));
    assert_eq!(in_a_set::key(10, 1), "in_a_set:10:1");
    assert_eq!(shared("x", Arc::new([1, 2])).await[&2], "x2");
    assert_eq!(boxed("four", Box::new([1])).await[&1], 4);
    assert_eq!(of_a_set(&HashSet::from([3]), (2, 0)).await[&3], Some(1));
    assert_eq!(by_set::peek(3, (2, 0)).await, Some(Some(Some(1))));
    assert!(parsed(&["7".to_owned(), "x".to_owned()]).await.is_err());
    assert_eq!(parsed(&["7".to_owned()]).await.unwrap()["7"], 7);
    assert_eq!(Library.counts(&[1, 2]).await.len(), 2);
    assert_eq!(Library::counts_cache().key(1), "Library.counts:1");
    assert_eq!(Library.counts_outcomes(&[1]).await.count(Source::Hit), 1);
}
