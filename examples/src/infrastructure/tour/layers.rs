//! One user, read here and there: from the database into both layers, from Redis into the other's memory.

use serde::Serialize;

use super::super::instance::Instance;
use super::super::repository::{get_user_profile, rename_user, user_by_hand};
use super::TourError;
use crate::cluster::{Behind, Read, asked, until};

const USER: i64 = 7;

/// What is known of an entry.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// How long ago memory got it, in microseconds.
    pub age_us: f64,
    /// The rest of its time in memory, in seconds.
    pub expires_in: Option<f64>,
    /// How often memory answered with it.
    pub hits: u32,
    /// The key that Redis has it under.
    pub redis_key: Option<String>,
    /// What it has there.
    pub redis_value: Option<String>,
    /// The rest of its time there, in seconds, by the server's own expiry.
    pub redis_expires_in: Option<f64>,
}

pub(super) async fn entry(behind: &Behind, on: &Instance) -> Result<Option<Entry>, TourError> {
    get_user_profile(on, USER).await?;
    let key = get_user_profile::key(&on.cache, USER);
    let Some(entry) = on.cache.entry(&*key) else { return Ok(None) };
    let stored = behind.stored(&key).await?;
    let redis_key = stored.is_some().then(|| format!("{}:{key}", behind.namespace()));
    let (redis_value, left) = stored.unzip();
    Ok(Some(Entry {
        age_us: 1e6 * entry.age.as_secs_f64(),
        expires_in: entry.remaining.map(|left| left.as_secs_f64()),
        hits: entry.hits,
        redis_key,
        redis_value,
        redis_expires_in: left.map(|left| left as f64 / 1e3),
        key,
    }))
}

pub(super) async fn promote(one: &Instance, two: &Instance, shared: bool) -> Result<Vec<Read>, sqlx::Error> {
    let mut reads = Vec::new();
    for (step, on) in [("asked for first", one), ("asked for on the other", two), ("and again: it was promoted", two)] {
        let (user, read) = asked(step, on.name, get_user_profile(on, USER)).await;
        user?;
        reads.extend(read);
    }
    // By hand under the same name: it finds what the function has stored, and no query is made.
    user_by_hand(two, USER).await?;

    rename_user(one, USER, "Nina").await?;
    if shared {
        until(|| !two.cache.local().contains(get_user_profile::key(&two.cache, USER))).await;
    } else {
        // Nobody tells the other: that is what the shared layer is for.
        get_user_profile::invalidate(&two.cache, USER).await;
    }
    for (step, on) in [("after a change by the first", two), ("what the other has loaded", one)] {
        let (user, read) = asked(step, on.name, get_user_profile(on, USER)).await;
        user?;
        reads.extend(read);
    }
    Ok(reads)
}
