//! The questions the service asks its database, and the changes it makes.
//!
//! An artist's name is shown by [`get_artist`] and [`list_artist_works`] alone, so a rename invalidates those two.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Stats, cached, invalidates};
use sqlx::SqlitePool;

use super::database::Database;
use super::model::{Artist, ArtistWorks, Recording, Work, WorkRecordings};

/// The cached functions, each behind one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// [`get_artist`].
    GetArtist,
    /// [`get_work`].
    GetWork,
    /// [`list_artist_works`].
    ListArtistWorks,
    /// [`list_work_recordings`].
    ListWorkRecordings,
}

impl Function {
    /// All four.
    pub const ALL: [Self; 4] = [Self::GetArtist, Self::GetWork, Self::ListArtistWorks, Self::ListWorkRecordings];

    /// The function's name, which is also the first segment of its keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetArtist => "get_artist",
            Self::GetWork => "get_work",
            Self::ListArtistWorks => "list_artist_works",
            Self::ListWorkRecordings => "list_work_recordings",
        }
    }

    /// What its cache has seen.
    #[must_use]
    pub fn stats(self) -> Stats {
        match self {
            Self::GetArtist => get_artist::stats(),
            Self::GetWork => get_work::stats(),
            Self::ListArtistWorks => list_artist_works::stats(),
            Self::ListWorkRecordings => list_work_recordings::stats(),
        }
    }

    /// The route that it answers.
    #[must_use]
    pub const fn route(self) -> &'static str {
        match self {
            Self::GetArtist => "/library/artists/{id}",
            Self::GetWork => "/library/works/{id}",
            Self::ListArtistWorks => "/library/artists/{id}/works",
            Self::ListWorkRecordings => "/library/works/{id}/recordings",
        }
    }
}

/// One artist.
#[cached(ttl = 300, stale_if_error = "1h")]
pub async fn get_artist(db: &Database, artist_id: i64) -> Result<Option<Artist>, sqlx::Error> {
    artist_row(db.reading(Function::GetArtist), artist_id).await
}

/// One work.
#[cached(ttl = 300, stale_if_error = "1h")]
pub async fn get_work(db: &Database, work_id: i64) -> Result<Option<Work>, sqlx::Error> {
    sqlx::query_as(
        "SELECT w.id, w.artist_id, w.title, w.form, w.year,
                count(r.id) AS recording_count, count(r.id) FILTER (WHERE r.status = 'matched') AS matched_count
         FROM works w LEFT JOIN recordings r ON r.work_id = w.id
         WHERE w.id = ? GROUP BY w.id",
    )
    .bind(work_id)
    .fetch_optional(db.reading(Function::GetWork))
    .await
}

/// One page of an artist's works, oldest first; `None` if there is no such artist.
#[cached(ttl = 180, stale_if_error = "1h")]
pub async fn list_artist_works(
    db: &Database,
    artist_id: i64,
    skip: u32,
    limit: u32,
) -> Result<Option<Arc<ArtistWorks>>, sqlx::Error> {
    let heading =
        sqlx::query_as("SELECT name, (SELECT count(*) FROM works WHERE artist_id = a.id) FROM artists a WHERE id = ?")
            .bind(artist_id)
            .fetch_optional(db.reading(Function::ListArtistWorks))
            .await?;
    let Some((artist_name, total)) = heading else {
        return Ok(None);
    };
    let works = sqlx::query_as(
        "SELECT w.id, w.title, w.form, w.year, (SELECT count(*) FROM recordings WHERE work_id = w.id) AS recording_count
         FROM works w WHERE w.artist_id = ? ORDER BY w.year, w.id LIMIT ? OFFSET ?",
    )
    .bind(artist_id)
    .bind(limit)
    .bind(skip)
    .fetch_all(db.reading(Function::ListArtistWorks))
    .await?;
    Ok(Some(Arc::new(ArtistWorks { artist_id, artist_name, total, skip, limit, works })))
}

/// The recordings of a work, those of one status or one source if asked; `None` if there is no such work.
#[cached(
    ttl = Duration::from_secs(if status.is_none() && source.is_none() { 180 } else { 120 }),
    stale_if_error = "1h"
)]
pub async fn list_work_recordings(
    db: &Database,
    work_id: i64,
    status: Option<&str>,
    source: Option<&str>,
) -> Result<Option<Arc<WorkRecordings>>, sqlx::Error> {
    let recordings: Vec<Recording> = sqlx::query_as(
        "SELECT id, performer, duration_ms, status, source, path FROM recordings
         WHERE work_id = ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR source = ?3)
         ORDER BY id LIMIT ?4",
    )
    .bind(work_id)
    .bind(status)
    .bind(source)
    .bind(WorkRecordings::MOST)
    .fetch_all(db.reading(Function::ListWorkRecordings))
    .await?;
    if recordings.is_empty() {
        let work = sqlx::query("SELECT 1 FROM works WHERE id = ?").bind(work_id);
        if work.fetch_optional(db.reading(Function::ListWorkRecordings)).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(Arc::new(WorkRecordings { work_id, recordings })))
}

/// Adds an artist. Nothing cached mentions the new id: that nothing was found is never stored.
pub async fn create_artist(db: &Database, name: &str, country: &str, genre: &str) -> Result<Artist, sqlx::Error> {
    let added = sqlx::query(
        "INSERT INTO artists (name, country, genre, active_since) VALUES (?, ?, ?, CAST(strftime('%Y') AS INTEGER))",
    )
    .bind(name)
    .bind(country)
    .bind(genre)
    .execute(db.writing())
    .await?;
    artist_row(db.writing(), added.last_insert_rowid()).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Gives an artist another name, and answers the artist under it; `None` if there is no such artist.
#[invalidates(get_artist(artist_id), list_artist_works(artist_id, ..))]
pub async fn rename_artist(db: &Database, artist_id: i64, name: &str) -> Result<Option<Artist>, sqlx::Error> {
    let renamed = sqlx::query("UPDATE artists SET name = ? WHERE id = ?")
        .bind(name)
        .bind(artist_id)
        .execute(db.writing())
        .await?;
    if renamed.rows_affected() == 0 {
        return Ok(None);
    }
    artist_row(db.writing(), artist_id).await
}

/// Every artist's id and name, the one with most works first.
pub async fn artists_by_catalogue(db: &Database) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT a.id, a.name FROM artists a LEFT JOIN works w ON w.artist_id = a.id
         GROUP BY a.id ORDER BY count(w.id) DESC, a.id",
    )
    .fetch_all(db.writing())
    .await
}

async fn artist_row(pool: &SqlitePool, artist_id: i64) -> Result<Option<Artist>, sqlx::Error> {
    sqlx::query_as(
        "SELECT a.id, a.name, a.country, a.genre, a.active_since, count(DISTINCT w.id) AS work_count,
                count(r.id) AS recording_count
         FROM artists a LEFT JOIN works w ON w.artist_id = a.id LEFT JOIN recordings r ON r.work_id = w.id
         WHERE a.id = ? GROUP BY a.id",
    )
    .bind(artist_id)
    .fetch_optional(pool)
    .await
}
