//! One read of the library, as visitors make it.

use std::fmt::Write as _;

use super::super::model::{Source, Status};
use super::super::repository::{Function, get_artist, get_work, list_artist_works, list_work_recordings};

/// What a visitor asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Read {
    /// One artist.
    Artist {
        /// Whom.
        id: i64,
    },
    /// One work.
    Work {
        /// Which.
        id: i64,
    },
    /// A page of an artist's works.
    ArtistWorks {
        /// Whose.
        id: i64,
        /// How many come before the page.
        skip: u32,
        /// How many it may hold.
        limit: u32,
    },
    /// The recordings of a work.
    WorkRecordings {
        /// Of which work.
        id: i64,
        /// Of this status alone.
        status: Option<Status>,
        /// From this source alone.
        source: Option<Source>,
    },
}

impl Read {
    /// The name of the entry.
    pub(super) fn key(self) -> String {
        match self {
            Self::Artist { id } => get_artist::key(id),
            Self::Work { id } => get_work::key(id),
            Self::ArtistWorks { id, skip, limit } => list_artist_works::key(id, skip, limit),
            Self::WorkRecordings { id, status, source } => {
                list_work_recordings::key(id, status.map(Status::as_str), source.map(Source::as_str))
            }
        }
    }

    /// The function behind the route.
    pub(super) const fn function(self) -> Function {
        match self {
            Self::Artist { .. } => Function::GetArtist,
            Self::Work { .. } => Function::GetWork,
            Self::ArtistWorks { .. } => Function::ListArtistWorks,
            Self::WorkRecordings { .. } => Function::ListWorkRecordings,
        }
    }

    /// The artist whose name the answer shows.
    pub(super) const fn shows_name_of(self) -> Option<i64> {
        match self {
            Self::Artist { id } | Self::ArtistWorks { id, .. } => Some(id),
            Self::Work { .. } | Self::WorkRecordings { .. } => None,
        }
    }

    /// Path and query.
    pub(super) fn path(self) -> String {
        match self {
            Self::Artist { id } => format!("/library/artists/{id}"),
            Self::Work { id } => format!("/library/works/{id}"),
            Self::ArtistWorks { id, skip, limit } => {
                format!("/library/artists/{id}/works?skip={skip}&limit={limit}")
            }
            Self::WorkRecordings { id, status, source } => {
                let mut path = format!("/library/works/{id}/recordings");
                let filters = [("status", status.map(Status::as_str)), ("source", source.map(Source::as_str))];
                let mut separator = '?';
                for (name, value) in filters {
                    if let Some(value) = value {
                        let _ = write!(path, "{separator}{name}={value}");
                        separator = '&';
                    }
                }
                path
            }
        }
    }
}
