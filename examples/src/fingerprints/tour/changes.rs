//! What changes of the library remove from the cache, and what is answered afterwards.

use std::collections::HashSet;
use std::time::Duration;

use cache_core::{Cache, get_cache, key};
use serde::Serialize;

use super::super::events::{LibraryRescanned, TrackAdded};
use super::super::optimizer::{Origin, Strategy};
use super::super::repository::{add_track, get_track, last_track, modify_track, popular_tracks};
use super::super::server::Service;

/// Shorter than any listener waits.
const INSTANT: Duration = Duration::from_millis(1);

/// One change.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// What happened.
    pub event: &'static str,
    /// By what the entries were named.
    pub by: &'static str,
    /// Entries it removed.
    pub removed: u64,
    /// The names that were fresh before and are there no more.
    pub gone: Vec<String>,
    /// Whether what was asked for afterwards was as it is now.
    pub current: bool,
}

/// What is cached, as far as a change tells of it.
struct Before(Vec<String>);

impl Before {
    fn of(cache: &Cache) -> Self {
        Self(cache.keys())
    }

    /// Those that are gone.
    fn gone(self, cache: &Cache) -> Vec<String> {
        let now: HashSet<String> = cache.keys().into_iter().collect();
        let mut gone: Vec<String> = self.0.into_iter().filter(|name| !now.contains(name)).collect();
        gone.sort_unstable();
        gone
    }
}

pub(super) async fn make(service: &Service) -> Result<Vec<Change>, sqlx::Error> {
    let cache = get_cache();
    Ok(vec![modified(service, &cache).await?, added(service, &cache).await?, rescanned(service, &cache).await])
}

async fn modified(service: &Service, cache: &Cache) -> Result<Change, sqlx::Error> {
    let db = &service.db;
    let id = popular_tracks(db, 1).await?.first().copied().unwrap_or_default();
    get_track(db, id).await?;
    let old = service.optimizer.find(db, id, service.least, Some(Strategy::Accurate)).await?;
    let (before, counted) = (Before::of(cache), cache.stats().invalidations);
    modify_track(db, id).await?;
    let (removed, gone) = (cache.stats().invalidations - counted, before.gone(cache));
    let new = service.optimizer.find(db, id, service.least, None).await?;
    let measured = new.items.iter().all(|item| item.source == Origin::Computed);
    let current = measured && old.items != new.items;
    Ok(Change { event: "a track was modified", by: "#[invalidates], two keys", removed, gone, current })
}

async fn added(service: &Service, cache: &Cache) -> Result<Change, sqlx::Error> {
    let db = &service.db;
    let id = last_track(db).await? + 1;
    // Asked for too early: that there is no such track is remembered.
    get_track(db, id).await?;
    service.optimizer.find(db, id, service.least, None).await?;
    popular_tracks(db, 10).await?;
    let before = Before::of(cache);
    let track = add_track(db, "Unheard", "Nobody Yet", "folk").await?;
    let removed = cache.apply(&service.rules, &TrackAdded { id: track.id }).await.entries as u64;
    let gone = before.gone(cache);
    let found = service.optimizer.find(db, id, service.least, None).await?;
    let current = get_track(db, id).await?.is_some() && found.items.iter().all(|item| item.fingerprint.is_some());
    Ok(Change { event: "a track was added", by: "event rule, two keys and two prefixes", removed, gone, current })
}

async fn rescanned(service: &Service, cache: &Cache) -> Change {
    let early = key!("rescan:{}", "early");
    cache.set(early.as_str(), true, INSTANT).await;
    tokio::time::sleep(2 * INSTANT).await;
    let before = Before::of(cache);
    let removed = cache.apply(&service.rules, &LibraryRescanned).await.entries as u64;
    let gone = before.gone(cache);
    // Nothing that is fresh was taken.
    let current = gone.is_empty();
    Change { event: "the library was rescanned", by: "event rule, what has expired", removed, gone, current }
}
