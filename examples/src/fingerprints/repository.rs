//! What is asked of the library, and what changes it.
//!
//! [`get_fingerprint`] and [`get_fingerprints`] share their entries: a batch measures only the tracks whose fingerprint
//! is not cached or not sure enough, and what it measured is there for the next single call.

use std::collections::HashMap;
use std::sync::Arc;

use cache_core::{cached, invalidates};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use super::database::Database;
use super::draw;
use super::model::{Ask, Fingerprint, Track};
use super::seed::write_windows;

/// One track.
#[cached(ttl = 300, ttl_none = "30s", key_prefix = "track")]
pub async fn get_track(db: &Database, id: i64) -> Result<Option<Track>, sqlx::Error> {
    sqlx::query_as("SELECT id, title, artist, genre, plays FROM tracks WHERE id = ?")
        .bind(id)
        .fetch_optional(db.reading())
        .await
}

/// The fingerprint of one track, at least as sure as asked for where that can be had.
#[cached(
    key_prefix = "fingerprint",
    skip(ask),
    ttl_with = |print| print.lifetime(),
    ttl_none = "30s",
    cache_if = |print| ask.keeps(print),
    validate = |print| ask.takes(print)
)]
pub async fn get_fingerprint(db: &Database, id: i64, ask: Ask) -> Result<Option<Fingerprint>, sqlx::Error> {
    Ok(db.measure(&[id], ask.depth).await?.remove(&id))
}

/// The fingerprints of many tracks, by one query for those that are missing.
#[cached(
    key_prefix = "fingerprint",
    batch = ids,
    skip(ask),
    ttl_with = |print| print.lifetime(),
    ttl_none = "30s",
    cache_if = |print| ask.keeps(print),
    validate = |print| ask.takes(print)
)]
pub async fn get_fingerprints(db: &Database, ids: &[i64], ask: Ask) -> Result<HashMap<i64, Fingerprint>, sqlx::Error> {
    db.measure(ids, ask.depth).await
}

/// The ids of the tracks that are played most.
#[cached(ttl = "1m", key_prefix = "popularity")]
pub async fn popular_tracks(db: &Database, most: u32) -> Result<Arc<Vec<i64>>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT id FROM tracks ORDER BY plays DESC, id LIMIT ?");
    query.bind(most).fetch_all(db.reading()).await.map(Arc::new)
}

/// The tracks whose title or artist contains `text`, in upper or lower case, those that are played most first.
#[cached(ttl = "2m", key = "search:{text|lower}:{most}")]
pub async fn search_tracks(db: &Database, text: &str, most: u32) -> Result<Arc<Vec<Track>>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, title, artist, genre, plays FROM tracks
         WHERE instr(lower(title), lower(?1)) > 0 OR instr(lower(artist), lower(?1)) > 0 ORDER BY plays DESC, id LIMIT ?2",
    )
    .bind(text)
    .bind(most)
    .fetch_all(db.reading())
    .await
    .map(Arc::new)
}

/// Adds a track, and what it sounds like. What is cached is told by [`TrackAdded`](super::events::TrackAdded).
///
/// # Errors
///
/// When the database fails.
pub async fn add_track(db: &Database, title: &str, artist: &str, genre: &str) -> Result<Track, sqlx::Error> {
    let mut transaction = db.writing().begin().await?;
    let added = sqlx::query("INSERT INTO tracks (title, artist, genre, plays, last_played) VALUES (?, ?, ?, 0, 0)");
    let added = added.bind(title).bind(artist).bind(genre).execute(&mut *transaction).await?;
    let id = added.last_insert_rowid();
    let random = &mut ChaCha8Rng::seed_from_u64(id as u64);
    let (sound, unrest) = (draw::sound(random), draw::unrest(random));
    write_windows(&mut transaction, id, &draw::windows(random, &sound, unrest)).await?;
    transaction.commit().await?;
    Ok(Track { id, title: title.to_owned(), artist: artist.to_owned(), genre: genre.to_owned(), plays: 0 })
}

/// Gives a track another recording; `None` if there is no such track.
#[invalidates(get_track(id), get_fingerprint(id))]
pub async fn modify_track(db: &Database, id: i64) -> Result<Option<()>, sqlx::Error> {
    record_anew(db, id).await
}

/// As [`modify_track`], behind the cache's back: as if the file had been changed by another program.
///
/// # Errors
///
/// When the database fails.
pub async fn record_anew(db: &Database, id: i64) -> Result<Option<()>, sqlx::Error> {
    let mut transaction = db.writing().begin().await?;
    let first = sqlx::query_scalar("SELECT features FROM windows WHERE track_id = ? AND position = 0").bind(id);
    let Some::<Vec<u8>>(first) = first.fetch_optional(&mut *transaction).await? else {
        return Ok(None);
    };
    sqlx::query("DELETE FROM windows WHERE track_id = ?").bind(id).execute(&mut *transaction).await?;
    // Another recording each time, and the same ones in each run.
    let seed = first.iter().fold(id as u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
    let random = &mut ChaCha8Rng::seed_from_u64(seed);
    let (sound, unrest) = (draw::sound(random), draw::unrest(random));
    write_windows(&mut transaction, id, &draw::windows(random, &sound, unrest)).await?;
    transaction.commit().await?;
    Ok(Some(()))
}

/// The ids of the tracks that were played last.
///
/// # Errors
///
/// When the database fails.
pub async fn recent_tracks(db: &Database, most: u32) -> Result<Vec<i64>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT id FROM tracks ORDER BY last_played DESC, id LIMIT ?");
    query.bind(most).fetch_all(db.writing()).await
}

/// The ids of the tracks in one listener's library.
///
/// # Errors
///
/// When the database fails.
pub async fn saved_tracks(db: &Database, listener: i64) -> Result<Vec<i64>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT track_id FROM saved WHERE listener = ? ORDER BY track_id");
    query.bind(listener).fetch_all(db.writing()).await
}

/// The ids of the other tracks of a track's genre.
///
/// # Errors
///
/// When the database fails.
pub async fn same_genre(db: &Database, id: i64) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM tracks WHERE genre = (SELECT genre FROM tracks WHERE id = ?1) AND id <> ?1")
        .bind(id)
        .fetch_all(db.writing())
        .await
}

/// The highest id of a track; 0 where there is none.
///
/// # Errors
///
/// When the database fails.
pub async fn last_track(db: &Database) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM tracks").fetch_one(db.writing()).await
}
