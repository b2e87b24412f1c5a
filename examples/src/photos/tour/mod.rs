//! One run of everything, on two instances.

mod changes;
mod counting;
mod entities;
mod outage;
mod people;
mod print;
mod stampede;

use std::io;

use cache_core::Health;
use serde::Serialize;
use serde_json::{Value, json};

pub use self::changes::Change;
pub use self::counting::{Batch, Counted};
pub use self::people::Person;
pub use self::print::tables;
use super::albums::{album_details, update_album};
use super::service::Service;
use super::stats::CacheStats;
use super::users;
pub use crate::cluster::Stampede;
use crate::cluster::{Away, Back, Behind, ClusterError, Delay, Kept, Read, asked, measure, until};

/// Calls of the traffic that tells a hit rate.
const CALLS: i64 = 2_000;

/// What ends a tour before its time.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    /// The database.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A pattern, or counts that were not written.
    #[error("{0}")]
    Cache(#[from] cache_core::Error),
    /// What is asked of Redis beside the cache.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
    /// The server of the run's own.
    #[error("redis-server: {0}")]
    Server(#[from] io::Error),
}

/// How a tour goes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many invalidations are timed.
    pub invalidations: usize,
    /// How many callers on each instance miss one key.
    pub callers: usize,
}

/// The figures of one instance in the end.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The instance.
    pub instance: &'static str,
    /// Its queries to the database.
    pub queries: u64,
    /// As the statistics route answers.
    pub cache: CacheStats,
}

/// What a tour has seen.
#[derive(Debug)]
pub struct Tour {
    /// What the instances share.
    pub backend: String,
    /// Whether that is a Redis.
    pub shared: bool,
    /// One entry of each helper.
    pub helpers: Vec<Kept>,
    /// An album through the layers, and a user's first page after the login.
    pub reads: Vec<Read>,
    /// Queries that the same profile took by a key of one's own: none, it was found.
    pub queries_by_hand: u64,
    /// What changes take away.
    pub changes: Vec<Change>,
    /// A person who is set once.
    pub person: Person,
    /// Downloads.
    pub downloads: Counted,
    /// Many keys at once.
    pub batch: Batch,
    /// From one instance to the other; none without Redis.
    pub delay: Option<Delay>,
    /// Callers that miss one key at once.
    pub stampedes: Vec<Stampede>,
    /// Redis is killed; none where it is not the run's own.
    pub outage: Option<(Away, Back)>,
    /// What Redis then said to `increment`: it was refused.
    pub refused_counts: Option<usize>,
    /// Bytes that Redis takes.
    pub redis_bytes: Option<u64>,
    /// Both instances.
    pub figures: Vec<Figures>,
    /// The report on the first one's cache.
    pub health: Health,
}

/// Goes through everything, step by step.
///
/// # Errors
///
/// When the database fails, or `redis-server` cannot be ended and started.
pub async fn run(behind: &mut Behind, [one, two]: [&Service; 2], settings: Settings) -> Result<Tour, TourError> {
    let shared = behind.url().is_some();
    let helpers = entities::of_each(one).await?;
    let mut reads = layers(one, two, shared).await?;
    reads.extend(login(one, two).await?);
    let before = two.db.queries();
    users::profile_by_hand(two, 2).await?;
    let queries_by_hand = two.db.queries() - before;
    let changes = changes::make(one, two).await?;
    let person = people::set_once(one, two).await?;
    let downloads = counting::download(one, two).await?;
    let batch = counting::many(one, two).await;
    let delay = match shared {
        true => Some(measure(&one.cache, &two.cache, settings.invalidations).await),
        false => None,
    };
    let stampedes = stampede::all(one, two, settings.callers).await?;
    traffic(one, two).await?;
    let size = behind.size().await?;
    let (keys, redis_bytes) = size.unzip();
    let (mut outage, mut refused_counts) = (None, None);
    if let Some(server) = behind.own() {
        let (lived, refused) = outage::live_through(server, one, two).await?;
        (outage, refused_counts) = (Some(lived), Some(refused));
    }
    let figures = [one, two].map(|on| Figures {
        instance: on.name,
        queries: on.db.queries(),
        cache: CacheStats::of(&on.cache, keys),
    });
    let (backend, figures, health) = (behind.described(), figures.into(), one.cache.health());
    Ok(Tour {
        backend,
        shared,
        helpers,
        reads,
        queries_by_hand,
        changes,
        person,
        downloads,
        batch,
        delay,
        stampedes,
        outage,
        refused_counts,
        redis_bytes,
        figures,
        health,
    })
}

/// An album: from the database into both layers, from Redis into the other's memory, and anew after a change.
async fn layers(one: &Service, two: &Service, shared: bool) -> Result<Vec<Read>, sqlx::Error> {
    const ALBUM: i64 = 3;
    let mut reads = Vec::new();
    for (step, on) in [("asked for first", one), ("asked for on the other", two), ("and again", two)] {
        let (album, read) = asked(step, on.name, album_details(on, ALBUM)).await;
        album?;
        reads.extend(read);
    }
    update_album(one, ALBUM, "Antibes").await?;
    if shared {
        until(|| !two.cache.local().contains(album_details::key(&two.cache, ALBUM))).await;
    } else {
        // Nobody tells the other.
        album_details::invalidate(&two.cache, ALBUM).await;
    }
    let (album, read) = asked("after PUT /albums/3 on the first", two.name, album_details(two, ALBUM)).await;
    album?;
    reads.extend(read);
    Ok(reads)
}

/// A login on one instance, and the first page, which the other serves.
async fn login(one: &Service, two: &Service) -> Result<Vec<Read>, sqlx::Error> {
    let Some((user, _)) = users::log_in(one, "user2@example.org").await? else { return Ok(Vec::new()) };
    let mut reads = Vec::new();
    for (step, on) in [("first page after the login", one), ("served by the other", two)] {
        let (profile, read) = asked(step, on.name, users::user_profile(on, user.id)).await;
        profile?;
        reads.extend(read);
        let (permissions, read) = asked(step, on.name, users::user_permissions(on, user.id)).await;
        permissions?;
        reads.extend(read);
    }
    Ok(reads)
}

/// Users look at albums on both instances, mostly at a few of them.
async fn traffic(one: &Service, two: &Service) -> Result<(), sqlx::Error> {
    for number in 0..CALLS {
        album_details(if number % 2 == 0 { one } else { two }, 1 + number * number % 19).await?;
    }
    Ok(())
}

impl Tour {
    /// Everything as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (away, back) = self.outage.as_ref().map(|(away, back)| (away, back)).unzip();
        json!({
            "backend": self.backend,
            "shared": self.shared,
            "helpers": self.helpers,
            "reads": self.reads,
            "queries_by_hand": self.queries_by_hand,
            "changes": self.changes,
            "person": self.person,
            "downloads": self.downloads,
            "batch": self.batch,
            "invalidation_delay": self.delay,
            "stampedes": self.stampedes,
            "outage": { "away": away, "back": back, "refused_counts": self.refused_counts },
            "redis_bytes": self.redis_bytes,
            "instances": self.figures,
            "health": self.health,
            "summary": print::summary(self),
        })
    }
}
