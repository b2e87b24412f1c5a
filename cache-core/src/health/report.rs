//! A report on a cache's health, as it is shown.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::Seen;
use crate::stats::seconds;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// Too few calls are hits.
    HitRate,
    /// Loads take long.
    LoadTime,
    /// The cache is nearly full.
    Utilization,
    /// Many stored values fail `validate`.
    Rejected,
    /// Functions that could store under the same names run uncached.
    Conflict,
    /// The shared tier fails, or is owed changes.
    SharedTier,
    /// Values cannot go into the shared tier.
    StaysLocal,
    /// Values are too large to be kept.
    Oversized,
    /// A function whose calls were never hits.
    NeverHit,
    /// A longer time to live.
    LongerTtl,
    /// More memory.
    MoreRoom,
    /// One function's entries take the room of the others'.
    Crowding,
    /// Nobody knows what a function's values hold on the heap.
    UnknownHeap,
    /// Counts are not written back.
    WriteBack,
}

/// A warning or a recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// The function, if it is about one; `(manual)` for what `Cache`'s own methods did.
    pub function: Option<&'static str>,
    /// For people: what was found, with its figures, and what to do.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// How a cache is doing; see [`Cache::health`](crate::Cache::health). Displayed, it is for people; spans serialise as seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The hit rate and the mean load time are on the healthy side of their thresholds, or stand on too little to tell;
    /// and nothing is broken: no conflict, a shared tier that answers, counts that are written back.
    pub healthy: bool,
    /// Hits and misses.
    pub requests: u64,
    /// Hits per request, from 0 to 1.
    pub hit_rate: f64,
    /// What memory's hit rate would be, about, had the cache twice the room: an estimate from a sample of what was evicted.
    pub hit_rate_with_twice_the_room: f64,
    /// What a load took on average.
    #[serde(serialize_with = "seconds")]
    pub load_time: Duration,
    /// How full the cache is, from 0 to 1, by the nearer of its bounds.
    pub utilization: f64,
    /// Entries that take room.
    pub entries: usize,
    /// What they count for.
    pub bytes: usize,
    /// The bound on entries.
    pub max_entries: usize,
    /// The bound on bytes.
    pub max_bytes: usize,
    /// What is wrong, or about to be.
    pub warnings: Vec<Finding>,
    /// What could be done.
    pub recommendations: Vec<Finding>,
}

/// What is broken, and not only slow.
const BROKEN: [Topic; 3] = [Topic::Conflict, Topic::SharedTier, Topic::WriteBack];

impl Health {
    pub(super) fn new(seen: &Seen<'_>, warnings: Vec<Finding>, recommendations: Vec<Finding>) -> Self {
        let (whole, thresholds) = (&seen.whole, seen.thresholds);
        let hits = !seen.enough(whole.requests) || whole.hit_rate > thresholds.healthy_hit_rate;
        let loads = !seen.enough(whole.loads) || whole.load_mean < thresholds.healthy_load_time;
        Self {
            healthy: hits && loads && !warnings.iter().any(|warning| BROKEN.contains(&warning.topic)),
            requests: whole.requests,
            hit_rate: whole.hit_rate,
            hit_rate_with_twice_the_room: seen.with_twice_the_room(),
            load_time: whole.load_mean,
            utilization: whole.utilization(),
            entries: whole.entries,
            bytes: whole.bytes,
            max_entries: whole.max_entries,
            max_bytes: whole.max_bytes,
            warnings,
            recommendations,
        }
    }
}

/// A share in per cent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

pub(super) fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1_000.0)
}

pub(super) fn mebibytes(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", if self.healthy { "healthy" } else { "not healthy" })?;
        writeln!(f, "  {} of {} calls were hits", percent(self.hit_rate), self.requests)?;
        let room = percent(self.hit_rate_with_twice_the_room);
        writeln!(f, "  about {room} would be, of memory's, with twice the room")?;
        writeln!(f, "  a load takes {} on average", millis(self.load_time))?;
        writeln!(
            f,
            "  {} full: {} of {} entries, {} of {}",
            percent(self.utilization),
            self.entries,
            self.max_entries,
            mebibytes(self.bytes),
            mebibytes(self.max_bytes),
        )?;
        for (title, findings) in [("warnings", &self.warnings), ("recommendations", &self.recommendations)] {
            if !findings.is_empty() {
                writeln!(f, "{title}:")?;
            }
            for finding in findings {
                writeln!(f, "  - {finding}")?;
            }
        }
        Ok(())
    }
}
