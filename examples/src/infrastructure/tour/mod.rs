//! One run of everything, on two instances: the first is the one that writes.

mod layers;
mod limits;
mod outage;
mod print;
mod stampede;
mod stream;
mod times;

use std::io;

use cache_core::{EventRules, Stats, TierStats};
use serde::Serialize;
use serde_json::{Value, json};

pub use self::layers::Entry;
pub use self::limits::Limits;
pub use self::print::tables;
pub use self::stream::Applied;
use super::events;
use super::instance::{Instance, StartError};
use super::repository;
pub use crate::cluster::Stampede;
use crate::cluster::{Away, Back, Behind, ClusterError, Delay, Kept, Read, measure};

/// Each of these takes a tenth of a second.
const SLOWER: usize = 20;
/// So many are enough to tell a hit rate.
const CALLS: i64 = 2_000;

/// What ends a tour before its time.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    /// An instance did not start.
    #[error("{0}")]
    Start(#[from] StartError),
    /// What is asked of Redis beside the cache.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
    /// The database.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
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
    /// Of the whole cache.
    pub stats: Stats,
    /// Of what is behind it.
    pub shared: Option<TierStats>,
}

/// What a tour has seen.
#[derive(Debug)]
pub struct Tour {
    /// What the instances share.
    pub backend: String,
    /// Whether that is a Redis.
    pub shared: bool,
    /// One entry of each function.
    pub times: Vec<Kept>,
    /// One entry on its way through the layers.
    pub layers: Vec<Read>,
    /// Events of the application.
    pub events: Vec<Applied>,
    /// Invalidations that components of the writer were told of meanwhile.
    pub announced: usize,
    /// What is known of the user's entry in the end, in memory and in Redis.
    pub entry: Option<Entry>,
    /// From the first instance to the other, which has a connection of its own to hear by; none without Redis.
    pub delay: Option<Delay>,
    /// And the other way: the first has its client from the application, and asks ten times a second.
    pub delay_on_client: Option<Delay>,
    /// Callers that miss one key at once.
    pub stampedes: Vec<Stampede>,
    /// Redis is killed; none where it is not the run's own.
    pub outage: Option<(Away, Back)>,
    /// What does not fit, and what there is too much of.
    pub limits: Limits,
    /// Both instances.
    pub figures: Vec<Figures>,
}

/// Goes through everything, step by step.
///
/// # Errors
///
/// When the database fails, or `redis-server` cannot be ended and started.
pub async fn run(behind: &mut Behind, [one, two]: [&Instance; 2], settings: Settings) -> Result<Tour, TourError> {
    let rules: EventRules = events::rules();
    let shared = behind.url().is_some();
    let times = times::of_each(one).await?;
    let layers = layers::promote(one, two, shared).await?;
    let entry = layers::entry(behind, one).await?;
    let (events, announced) = stream::apply(&rules, one, two).await?;
    let (mut delay, mut delay_on_client) = (None, None);
    if shared {
        delay = Some(measure(&one.cache, &two.cache, settings.invalidations).await);
        delay_on_client = Some(measure(&two.cache, &one.cache, settings.invalidations.min(SLOWER)).await);
    }
    traffic(one, two).await?;
    let stampedes = stampede::all(one, two, settings.callers).await?;
    let outage = match behind.own() {
        Some(server) => Some(outage::live_through(server, one, two).await?),
        None => None,
    };
    let figures = [one, two]
        .map(|instance| Figures {
            instance: instance.name,
            queries: instance.db.queries(),
            stats: instance.cache.stats(),
            shared: instance.cache.shared_stats(),
        })
        .into();
    let limits = limits::meet(one).await?;
    let backend = behind.described();
    Ok(Tour {
        backend,
        shared,
        times,
        layers,
        entry,
        events,
        announced,
        delay,
        delay_on_client,
        stampedes,
        outage,
        limits,
        figures,
    })
}

/// Users ask on both instances, mostly for a few of them.
async fn traffic(one: &Instance, two: &Instance) -> Result<(), sqlx::Error> {
    for number in 0..CALLS {
        let on = if number % 2 == 0 { one } else { two };
        repository::get_profile_page(on, 1 + number * number % 97).await?;
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
            "times": self.times,
            "layers": self.layers,
            "entry": self.entry,
            "events": self.events,
            "cache_invalidated_events": self.announced,
            "invalidation_delay": self.delay,
            "invalidation_delay_on_client": self.delay_on_client,
            "stampedes": self.stampedes,
            "outage": { "away": away, "back": back },
            "limits": self.limits,
            "instances": self.figures,
            "summary": print::summary(self),
        })
    }
}
