//! Visitors: each looks at artists one after the other and follows some of them down to recordings.

use std::sync::Arc;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Zipf};

use super::super::model::{ArtistWorks, Source, Status};
use super::http::Http;
use super::request::Read;
use super::{DriveError, Load};

/// How steeply popularity falls among artists, and among the works of a page: rank 1 is asked for `r` to this power
/// times as often as rank `r`.
const STEEPNESS: (f64, f64) = (1.1, 1.3);

/// Artists by popularity.
#[derive(Clone, Debug)]
pub(super) struct Popularity {
    artists: Arc<[i64]>,
    ranks: Zipf<f64>,
}

impl Popularity {
    /// `artists` are in order of popularity and not none.
    pub(super) fn new(artists: Arc<[i64]>) -> Self {
        let ranks = zipf(artists.len(), STEEPNESS.0);
        Self { artists, ranks }
    }

    pub(super) fn draw(&self, random: &mut ChaCha8Rng) -> i64 {
        self.artists[self.ranks.sample(random) as usize - 1]
    }
}

#[derive(Debug)]
pub(super) struct Visitor {
    http: Http,
    load: Arc<Load>,
    popularity: Popularity,
    random: ChaCha8Rng,
    answered: u64,
}

impl Visitor {
    pub(super) fn new(number: u64, http: Http, load: Arc<Load>, popularity: Popularity) -> Self {
        Self { http, load, popularity, random: ChaCha8Rng::seed_from_u64(number), answered: 0 }
    }

    /// Browses until the load stops.
    pub(super) async fn browse(mut self) -> Result<(), DriveError> {
        while self.load.goes_on() {
            let artist = self.popularity.draw(&mut self.random);
            self.ask(Read::Artist { id: artist }).await?;
            if self.random.random_bool(0.5) {
                self.follow(artist).await?;
                // And back, as often as not.
                if self.random.random_bool(0.5) {
                    self.ask(Read::Artist { id: artist }).await?;
                }
            }
        }
        Ok(())
    }

    /// Pages through an artist's works, opens one, and mostly its recordings.
    async fn follow(&mut self, artist: i64) -> Result<(), DriveError> {
        let limit = if self.random.random_bool(0.9) { 24 } else { 50 };
        let mut skip = 0;
        let page = loop {
            let body = self.ask(Read::ArtistWorks { id: artist, skip, limit }).await?;
            let page: ArtistWorks = serde_json::from_slice(&body)?;
            let more = i64::from(skip) + i64::from(limit) < page.total;
            if !more || self.random.random_bool(0.7) || !self.load.goes_on() {
                break page;
            }
            skip += limit;
        };
        if page.works.is_empty() || self.random.random_bool(0.3) {
            return Ok(());
        }
        let work = page.works[zipf(page.works.len(), STEEPNESS.1).sample(&mut self.random) as usize - 1].id;
        self.ask(Read::Work { id: work }).await?;
        if self.random.random_bool(0.7) {
            let (status, source) = self.filter();
            self.ask(Read::WorkRecordings { id: work, status, source }).await?;
            if self.random.random_bool(0.5) {
                self.ask(Read::Work { id: work }).await?;
            }
        }
        Ok(())
    }

    fn filter(&mut self) -> (Option<Status>, Option<Source>) {
        match self.random.random_range(0..10) {
            0..5 => (None, None),
            5..8 => (Some(Status::Matched), Some(Source::Library)),
            8 => (Some(Status::ALL[self.random.random_range(0..3)]), None),
            _ => (None, Some(Source::ALL[self.random.random_range(0..3)])),
        }
    }

    /// Asks, and has one answer in ten compared with the database.
    async fn ask(&mut self, read: Read) -> Result<Vec<u8>, DriveError> {
        let before = self.load.audit.before(read);
        let body = self.http.get(&read.path()).await?;
        self.answered += 1;
        if self.answered.is_multiple_of(10) {
            self.load.audit.compare(read, before, &body).await?;
            self.load.remember(read);
        }
        self.load.answered();
        Ok(body)
    }
}

fn zipf(count: usize, steepness: f64) -> Zipf<f64> {
    Zipf::new(count as f64, steepness).expect("a distribution over at least one rank")
}
