//! Tracks and their fingerprints.

use std::time::Duration;

use cache_core::Weigh;
use serde::{Deserialize, Serialize};

use super::features::Features;

/// How many windows a track is cut into.
pub const WINDOWS: u32 = 48;

/// One track of the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Track {
    /// The track's id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Who plays it.
    pub artist: String,
    /// What it is filed under.
    pub genre: String,
    /// How often it was played.
    pub plays: i64,
}

/// How much of a track is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// A few windows.
    Coarse,
    /// All of them.
    Full,
}

impl Depth {
    /// How many windows are measured.
    #[must_use]
    pub const fn windows(self) -> u32 {
        match self {
            Self::Coarse => 6,
            Self::Full => WINDOWS,
        }
    }
}

/// The features of a track, as far as they were measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Weigh)]
pub struct Fingerprint {
    /// Whose features these are.
    pub track_id: i64,
    /// The means over the windows that were measured.
    pub features: Features,
    /// How sure these means are, from 0 to 1.
    pub confidence: f64,
    /// How many windows were measured.
    pub windows: u32,
}

impl Fingerprint {
    /// Less sure than this, it is not worth keeping.
    pub const LEAST_STORED: f64 = 0.5;
    /// The longest that one is kept.
    pub const LONGEST: Duration = Duration::from_secs(300);
    /// The shortest.
    pub const SHORTEST: Duration = Duration::from_secs(60);

    /// How long it is kept: the surer, the longer, in whole seconds.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let share = (self.confidence - Self::LEAST_STORED) / (1.0 - Self::LEAST_STORED);
        let beyond = (Self::LONGEST - Self::SHORTEST).mul_f64(share.clamp(0.0, 1.0));
        Self::SHORTEST + Duration::from_secs(beyond.as_secs())
    }
}

/// What a caller wants of a fingerprint.
///
/// It is no part of the key: whoever asks for one track shares one fingerprint of it, the best so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// How much is measured where nothing is good enough.
    pub depth: Depth,
    /// A cached fingerprint that is less sure than this is not used.
    pub least: f64,
    /// What is known to be cached: a coarse fingerprint does not take the place of a surer one.
    pub known: Option<f64>,
}

impl Ask {
    /// At least as sure as `least`, measured by `depth` where there is none.
    #[must_use]
    pub const fn new(depth: Depth, least: f64) -> Self {
        Self { depth, least, known: None }
    }

    /// Whether a cached fingerprint will do.
    #[must_use]
    pub fn takes(&self, cached: &Fingerprint) -> bool {
        cached.confidence >= self.least
    }

    /// Whether what was measured is to be stored. What was measured in full is the truth of the moment, and always is.
    #[must_use]
    pub fn keeps(&self, measured: &Fingerprint) -> bool {
        let surer = self.known.is_none_or(|known| measured.confidence > known);
        measured.confidence >= Fingerprint::LEAST_STORED && (self.depth == Depth::Full || surer)
    }
}
