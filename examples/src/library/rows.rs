//! How rows become what the routes answer.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::model::{Artist, Recording, Work, WorkSummary};

impl FromRow<'_, SqliteRow> for Artist {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            country: row.try_get("country")?,
            genre: row.try_get("genre")?,
            active_since: row.try_get("active_since")?,
            work_count: row.try_get("work_count")?,
            recording_count: row.try_get("recording_count")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Work {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            artist_id: row.try_get("artist_id")?,
            title: row.try_get("title")?,
            form: row.try_get("form")?,
            year: row.try_get("year")?,
            recording_count: row.try_get("recording_count")?,
            matched_count: row.try_get("matched_count")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for WorkSummary {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            form: row.try_get("form")?,
            year: row.try_get("year")?,
            recording_count: row.try_get("recording_count")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Recording {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            performer: row.try_get("performer")?,
            duration_ms: row.try_get("duration_ms")?,
            status: row.try_get("status")?,
            source: row.try_get("source")?,
            path: row.try_get("path")?,
        })
    }
}
