//! How rows become tracks.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use super::model::Track;

impl FromRow<'_, SqliteRow> for Track {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            artist: row.try_get("artist")?,
            genre: row.try_get("genre")?,
            plays: row.try_get("plays")?,
        })
    }
}
