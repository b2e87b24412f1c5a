//! What the routes answer.

use cache_core::Weigh;
use serde::{Deserialize, Serialize};

/// One artist, with the size of their catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Artist {
    /// The artist's id.
    pub id: i64,
    /// The name shown everywhere.
    pub name: String,
    /// Where the artist comes from.
    pub country: String,
    /// The genre they are filed under.
    pub genre: String,
    /// The year of their first work.
    pub active_since: i64,
    /// How many works they wrote.
    pub work_count: i64,
    /// How many recordings there are of these works.
    pub recording_count: i64,
}

/// One work. It names its artist by id alone, so that a rename leaves it valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Work {
    /// The work's id.
    pub id: i64,
    /// Who wrote it.
    pub artist_id: i64,
    /// Its title.
    pub title: String,
    /// Symphony, song, suite …
    pub form: String,
    /// The year it was written.
    pub year: i64,
    /// How many recordings there are of it.
    pub recording_count: i64,
    /// How many of them are matched to the library.
    pub matched_count: i64,
}

/// A work as it stands in its artist's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct WorkSummary {
    /// The work's id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Symphony, song, suite …
    pub form: String,
    /// The year it was written.
    pub year: i64,
    /// How many recordings there are of it.
    pub recording_count: i64,
}

/// One page of an artist's works, under the artist's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct ArtistWorks {
    /// Whose works these are.
    pub artist_id: i64,
    /// The artist's name, the page's heading.
    pub artist_name: String,
    /// How many works the artist wrote.
    pub total: i64,
    /// How many of them come before this page.
    pub skip: u32,
    /// How many the page may hold.
    pub limit: u32,
    /// The works, oldest first.
    pub works: Vec<WorkSummary>,
}

/// One recording of a work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Recording {
    /// The recording's id.
    pub id: i64,
    /// Who plays.
    pub performer: String,
    /// Its length in milliseconds.
    pub duration_ms: i64,
    /// Whether it is matched to a file of the library.
    pub status: String,
    /// Where it was heard.
    pub source: String,
    /// Its file.
    pub path: String,
}

/// The recordings of a work, as far as the filters let them through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct WorkRecordings {
    /// What is recorded.
    pub work_id: i64,
    /// At most [`WorkRecordings::MOST`] of them, by id.
    pub recordings: Vec<Recording>,
}

impl WorkRecordings {
    /// The longest list that is answered.
    pub const MOST: u32 = 100;
}

/// Whether a recording is matched to a file of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Matched,
    /// It is not.
    Unmatched,
    /// A person has to look at it.
    Flagged,
}

impl Status {
    /// Every status, the most frequent first.
    pub const ALL: [Self; 3] = [Self::Matched, Self::Unmatched, Self::Flagged];

    /// As it is written in URLs, keys and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Unmatched => "unmatched",
            Self::Flagged => "flagged",
        }
    }
}

/// Where a recording was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A file of the library.
    Library,
    /// A broadcast.
    Radio,
    /// A streaming service.
    Stream,
}

impl Source {
    /// Every source, the most frequent first.
    pub const ALL: [Self; 3] = [Self::Library, Self::Radio, Self::Stream];

    /// As it is written in URLs, keys and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Radio => "radio",
            Self::Stream => "stream",
        }
    }
}
