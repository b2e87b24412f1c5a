//! Tags across instances: what one invalidates, another neither reads in the shared tier nor keeps in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{Fault, FaultyTier, MemoryTier, Scope};
use cache_core::{Change, Fetched, Shared, SharedTier, cached, key};
use cache_tests::{Probe, in_time, until};
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Album {
    artist: u64,
    revision: u64,
}

#[derive(Debug, Default)]
struct Source {
    probe: Probe,
    revision: AtomicU64,
}

impl Source {
    fn new() -> Arc<Self> {
        let source = Arc::new(Self::default());
        source.probe.gate.open();
        source
    }

    async fn read(&self, id: u64) -> Option<Album> {
        let _running = self.probe.enter();
        let revision = self.revision.load(SeqCst);
        self.probe.gate.passed().await;
        (id < 100).then_some(Album { artist: id % 10, revision })
    }

    fn change(&self) {
        self.revision.fetch_add(1, SeqCst);
    }
}

#[cached(ttl = "5m", ttl_none = "5m", tags = ["albums"], tags_with = |album: &Album| [key!("artist:{}", album.artist)], skip(source))]
async fn album(source: &Arc<Source>, id: u64) -> Option<Album> {
    source.read(id).await
}

/// The same entries, for those who are told nothing of tags.
#[cached(ttl = "5m", key_prefix = "other", tags = ["others"], skip(source))]
async fn other(source: &Arc<Source>, id: u64) -> Option<Album> {
    source.read(id).await
}

/// Two instances that tell each other, on one tier.
struct Instances {
    here: Scope,
    there: Scope,
    faults: FaultyTier,
    tier: MemoryTier,
    source: Arc<Source>,
}

async fn instances() -> Instances {
    let tier = MemoryTier::new().with_backplane();
    let faults = FaultyTier::new(tier.clone());
    let here = Scope::with(|builder| builder.shared(tier.clone()));
    let there = Scope::with(|builder| builder.shared(faults.clone()));
    let instances = Instances { here, there, faults, tier, source: Source::new() };
    instances.listen().await;
    instances
}

impl Instances {
    async fn listen(&self) {
        for instance in [&self.here, &self.there] {
            in_time(until(|| !instance.cache().shared_stats().unwrap().cut_off)).await;
        }
    }

    async fn read(&self, instance: &Scope, id: u64) -> Option<u64> {
        let source = self.source.clone();
        instance.run(async move { album(&source, id).await }).await.map(|album| album.revision)
    }

    /// What the tier has under a name, and its tags.
    async fn tags(&self, name: &str) -> Option<Vec<String>> {
        match self.tier.get("cache", name).await.unwrap() {
            Fetched::Missing(_) => None,
            Fetched::Found(_) => Some(Vec::new()),
            Fetched::Tagged(_, tags) => Some(tags),
        }
    }
}

fn in_memory(instance: &Scope, name: &str) -> bool {
    instance.cache().local().contains(name)
}

#[tokio::test]
async fn a_tag_that_one_invalidates_is_invalid_everywhere() {
    let all = instances().await;
    for tag in ["albums", "artist:3"] {
        let before = all.source.revision.load(SeqCst);
        assert_eq!(all.read(&all.here, 3).await, Some(before));
        assert_eq!(all.read(&all.there, 3).await, Some(before), "read from the tier, and kept");
        assert_eq!(all.tags("album:3").await, Some(vec!["albums".to_owned(), "artist:3".to_owned()]));
        assert!(in_memory(&all.there, "album:3"));
        all.source.change();
        assert_eq!(all.here.cache().invalidate_tag(tag).await.shared, Shared::Applied);
        assert_eq!(all.read(&all.here, 3).await, Some(before + 1), "{tag}");
        in_time(async {
            while all.read(&all.there, 3).await != Some(before + 1) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    assert_eq!(all.source.probe.runs(), 3, "one instance has loaded what both read");
    // An absence has the tags of its call.
    assert_eq!(all.read(&all.here, 100).await, None);
    assert_eq!(all.tags("album:100").await, Some(vec!["albums".to_owned()]));
    all.there.cache().invalidate_tag("albums").await;
    assert_eq!(all.tags("album:100").await, None);
}

#[tokio::test]
async fn a_load_that_began_before_is_not_stored_for_anybody() {
    let all = instances().await;
    for tag in ["albums", "artist:3"] {
        all.source.probe.gate.shut();
        let runs = all.source.probe.runs();
        let (source, before) = (all.source.clone(), all.source.revision.load(SeqCst));
        let load = tokio::spawn(all.there.run(async move { album(&source, 3).await.unwrap().revision }));
        in_time(until(|| all.source.probe.runs() > runs)).await;
        all.source.change();
        all.here.cache().invalidate_tag(tag).await;
        all.source.probe.gate.open();
        assert_eq!(in_time(load).await.unwrap(), before, "its own caller began before");
        assert_eq!(all.tags("album:3").await, None, "{tag}");
        assert_eq!(all.read(&all.here, 3).await, Some(before + 1));
        all.here.cache().invalidate("album:3").await;
        in_time(until(|| !in_memory(&all.there, "album:3"))).await;
    }
}

#[tokio::test]
async fn a_tag_that_is_owed_is_not_read() {
    let all = instances().await;
    assert_eq!(all.read(&all.there, 3).await, Some(0));
    all.there.cache().local().clear();
    all.faults.decide(|operation| if operation == "apply" { Fault::Error } else { Fault::None });
    all.source.change();
    // Nobody waits for it: the clock stands still.
    assert!(all.there.cache().invalidate_tag("artist:3").now_or_never().is_none());
    assert!(all.tags("album:3").await.is_some(), "it is there still");
    assert_eq!(all.read(&all.there, 3).await, Some(1));
    assert_eq!(all.read(&all.there, 4).await, Some(1), "others are read and stored");
    assert!(all.tags("album:4").await.is_some());
    all.faults.decide(|_| Fault::None);
    in_time(async {
        while all.tags("album:3").await.is_some() {
            all.there.clock().advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(all.faults.applied().iter().any(|change| change.reaches_tag("artist:3")));
}

#[tokio::test]
async fn memory_keeps_no_copy_that_its_tags_would_not_find() {
    let all = instances().await;
    assert_eq!(all.read(&all.here, 3).await, Some(0));
    // By its name alone.
    let cache = all.there.cache();
    assert_eq!(cache.get::<Album>("album:3").await.map(|album| album.revision), Some(0));
    assert!(!in_memory(&all.there, "album:3"));
    // By a function whose tags are others.
    let set = Change::Set {
        name: "other:3".to_owned(),
        record: record(&all.tier, "album:3").await,
        ttl: None,
        tags: vec!["unknown".to_owned()],
    };
    all.tier.apply("cache", &[set]).await.unwrap();
    let source = all.source.clone();
    let read = all.there.run(async move { other(&source, 3).await }).await;
    assert_eq!((read.map(|album| album.revision), all.source.probe.runs()), (Some(0), 1));
    assert!(!in_memory(&all.there, "other:3"));
    cache.invalidate_tag("unknown").await;
    assert_eq!(all.tags("other:3").await, None);
}

async fn record(tier: &MemoryTier, name: &str) -> Vec<u8> {
    match tier.get("cache", name).await.unwrap() {
        Fetched::Tagged(record, _) => record,
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_put_and_what_is_expired_keep_their_tags() {
    let all = instances().await;
    let put = Album { artist: 7, revision: 9 };
    all.here.run(async { album::put(3, Some(put)).await }).await;
    assert_eq!(all.tags("album:3").await, Some(vec!["albums".to_owned(), "artist:7".to_owned()]));
    assert_eq!(all.read(&all.there, 3).await, Some(9));
    all.there.cache().invalidate_tag("artist:7").await;
    assert_eq!(all.tags("album:3").await, None);
    let graceful = async |instance: &Scope| instance.run(graceful(3)).await;
    assert_eq!(graceful(&all.here).await, 3);
    assert!(all.here.cache().expire("graceful:3").await);
    assert_eq!(all.tags("graceful:3").await, Some(vec!["graces".to_owned()]));
    all.there.cache().invalidate_tag("graces").await;
    assert_eq!(all.tags("graceful:3").await, None);
}

#[cached(ttl = "5m", stale_while_revalidate = "5m", tags = ["graces"])]
async fn graceful(id: u64) -> u64 {
    id
}
