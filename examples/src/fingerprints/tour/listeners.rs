//! What listeners ask for: mostly the same few tracks, sometimes a whole album, sometimes a search.

use std::time::{Duration, Instant};

use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Zipf};
use serde::Serialize;

use super::super::optimizer::{Found, Origin, Strategy};
use super::super::repository::{get_track, popular_tracks, search_tracks};
use super::super::server::Service;
use super::{Settings, millis};

const SEED: u64 = 77;
const ALBUM: usize = 12;
const SEARCHES: [&str; 4] = ["river", "Dawn", "trio", "golden"];

/// Single fingerprints from one origin.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Answers {
    /// How many.
    pub answers: u64,
    /// What one took on average.
    pub mean_us: f64,
    #[serde(skip)]
    took: Duration,
}

impl Answers {
    fn add(&mut self, found: &Found) {
        self.answers += 1;
        self.took += found.took;
        self.mean_us = 1e3 * millis(self.took) / self.answers as f64;
    }
}

/// What the listeners have seen.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Listening {
    /// Their queries.
    pub queries: u32,
    /// The fingerprints they were given.
    pub fingerprints: u64,
    /// How long all of it took.
    pub took_ms: f64,
    /// Single fingerprints that were cached.
    pub cached: Answers,
    /// Those that were measured.
    pub computed: Answers,
    /// How much faster a cached one is. None where there were no two to compare.
    pub speed_up: Option<f64>,
}

impl Listening {
    fn add(&mut self, found: &Found) {
        self.fingerprints += found.items.len() as u64;
        if let [item] = found.items.as_slice() {
            match item.source {
                Origin::Cache => self.cached.add(found),
                Origin::Computed => self.computed.add(found),
                Origin::Coalesced => {}
            }
        }
    }
}

/// Which track is asked for next.
enum Choice {
    Uniform,
    /// The n-th most popular one, n-th most often.
    Popular(Zipf<f64>),
}

impl Choice {
    fn next(&self, random: &mut ChaCha8Rng, tracks: &[i64]) -> Option<i64> {
        match self {
            Self::Uniform => tracks.choose(random).copied(),
            // Zipf's ranks begin with 1.
            Self::Popular(ranks) => tracks.get(ranks.sample(random) as usize - 1).copied(),
        }
    }
}

pub(super) async fn listen(service: &Service, settings: &Settings) -> Result<Listening, sqlx::Error> {
    let db = &service.db;
    let tracks = popular_tracks(db, u32::MAX).await?;
    let choice = match Zipf::new(tracks.len() as f64, 1.0) {
        Ok(ranks) if !settings.uniform => Choice::Popular(ranks),
        _ => Choice::Uniform,
    };
    let random = &mut ChaCha8Rng::seed_from_u64(SEED);
    let mut listening = Listening::default();
    let begun = Instant::now();
    for _ in 0..settings.requests {
        let Some(id) = choice.next(random, &tracks) else {
            break;
        };
        listening.queries += 1;
        let found = match random.random_range(0..100) {
            0..8 => {
                let album: Vec<i64> = (0..ALBUM).filter_map(|_| choice.next(random, &tracks)).collect();
                service.optimizer.find_many(db, &album, service.least).await?
            }
            8..10 => {
                let text = SEARCHES.choose(random).copied().unwrap_or_default();
                let ids: Vec<i64> = search_tracks(db, text, 10).await?.iter().map(|track| track.id).collect();
                service.optimizer.find_all(db, &ids, service.least, None).await?
            }
            10..12 => service.optimizer.find(db, id, service.least, Some(Strategy::Accurate)).await?,
            _ => {
                get_track(db, id).await?;
                service.optimizer.find(db, id, service.least, None).await?
            }
        };
        listening.add(&found);
    }
    listening.took_ms = millis(begun.elapsed());
    let Listening { cached, computed, .. } = listening;
    listening.speed_up = (cached.answers > 0 && computed.answers > 0).then(|| computed.mean_us / cached.mean_us);
    Ok(listening)
}
