//! What happens to the library, and what it makes wrong in the cache.

use cache_core::{EventRules, Invalidation};

use super::repository::{get_fingerprint, get_track};

/// A track was added.
#[derive(Clone, Copy, Debug)]
pub struct TrackAdded {
    /// Its id.
    pub id: i64,
}

/// The recording of a track has changed, whoever changed it.
#[derive(Clone, Copy, Debug)]
pub struct TrackModified {
    /// Its id.
    pub id: i64,
}

/// The folders were gone through again.
#[derive(Clone, Copy, Debug)]
pub struct LibraryRescanned;

/// Which entries each event removes.
///
/// Somebody may have asked for a track before it was there, and lists of tracks lack it. A rescan proves nothing wrong:
/// only what has expired goes.
pub fn rules() -> EventRules {
    EventRules::new()
        .on(|event: &TrackAdded| {
            let lists = [Invalidation::prefix("popularity"), Invalidation::prefix("search")];
            let track = [get_track::key(event.id), get_fingerprint::key(event.id)].map(Invalidation::from);
            track.into_iter().chain(lists).collect::<Vec<_>>()
        })
        .on(|event: &TrackModified| [get_track::key(event.id), get_fingerprint::key(event.id)])
        .on(|_: &LibraryRescanned| [Invalidation::Expired])
}
