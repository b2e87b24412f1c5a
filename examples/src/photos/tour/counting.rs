//! Downloads on both instances, and many keys at once.

use std::time::{Duration, Instant};

use cache_core::{Ttl, key};
use serde::Serialize;

use super::super::downloads::{EVERY, download_photo, written};
use super::super::service::Service;
use super::TourError;

const PHOTO: i64 = 7;
/// On each instance: twice written, and five that wait.
const DOWNLOADS: u64 = 2 * EVERY + 5;
const KEYS: usize = 50;

/// What became of downloads.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    /// The entry's name.
    pub key: String,
    /// On both instances.
    pub downloads: u64,
    /// What the last of them was told: all of them where the instances share the count, else its instance's.
    pub shown: Option<i64>,
    /// What the database had then.
    pub written: i64,
    /// What the instances had not written.
    pub unwritten: Vec<i64>,
    /// What the database had once both had been told to write.
    pub written_after_flush: i64,
}

pub(super) async fn download(one: &Service, two: &Service) -> Result<Counted, TourError> {
    let key = key!("photo:{}:downloads", PHOTO);
    let before = written(one, PHOTO).await?;
    let mut shown = None;
    for _ in 0..DOWNLOADS {
        for on in [one, two] {
            shown = download_photo(on, PHOTO).await;
        }
    }
    let at_first = written(one, PHOTO).await? - before;
    let unwritten = [one, two].map(|on| on.downloads.unwritten.get(&key)).into();
    for on in [one, two] {
        on.downloads.unwritten.flush().await?;
    }
    let written_after_flush = written(one, PHOTO).await? - before;
    Ok(Counted { key, downloads: 2 * DOWNLOADS, shown, written: at_first, unwritten, written_after_flush })
}

/// Keys that one instance sets and the other gets.
#[derive(Clone, Debug, Serialize)]
pub struct Batch {
    /// How many.
    pub keys: usize,
    /// Of these, those that the other instance found.
    pub found: usize,
    /// What it took to get them one by one, …
    pub one_by_one_us: f64,
    /// … and as many others together.
    pub together_us: f64,
}

pub(super) async fn many(one: &Service, two: &Service) -> Batch {
    let name = |kind: &str, number: usize| key!("tag:{}:{}", kind, number);
    let entries = |kind: &'static str| (0..KEYS).map(move |number| (name(kind, number), number));
    one.cache.set_many(entries("single"), Ttl::Default).await;
    one.cache.set_many(entries("batch"), Ttl::Default).await;
    let begun = Instant::now();
    for number in 0..KEYS {
        two.cache.get::<usize>(name("single", number)).await;
    }
    let one_by_one_us = micros(begun.elapsed());
    let begun = Instant::now();
    let found = two.cache.get_many::<usize>((0..KEYS).map(|number| name("batch", number))).await;
    let together_us = micros(begun.elapsed());
    Batch { keys: KEYS, found: found.iter().flatten().count(), one_by_one_us, together_us }
}

fn micros(span: Duration) -> f64 {
    1e6 * span.as_secs_f64()
}
