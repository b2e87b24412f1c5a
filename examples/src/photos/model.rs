//! Albums, photos, faces and users.

use cache_core::Weigh;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

/// An album.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Album {
    /// The album's id.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// Its title.
    pub title: String,
}

/// What a dashboard shows of an album.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct AlbumSummary {
    /// Its photos.
    pub photos: i64,
    /// The faces in them.
    pub faces: i64,
    /// Downloads that the database knows of.
    pub downloads: i64,
}

/// A photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Photo {
    /// The photo's id.
    pub id: i64,
    /// The album it is in.
    pub album_id: i64,
    /// Its file.
    pub file: String,
}

/// A face in a photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct Face {
    /// The face's id.
    pub id: i64,
    /// The photo it is in.
    pub photo_id: i64,
    /// Faces that look alike have the same.
    pub cluster: i64,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Weigh)]
pub struct User {
    /// The user's id.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// What the user may do.
    pub role: String,
}

impl FromRow<'_, SqliteRow> for Album {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.try_get("id")?, user_id: row.try_get("user_id")?, title: row.try_get("title")? })
    }
}

impl FromRow<'_, SqliteRow> for AlbumSummary {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { photos: row.try_get("photos")?, faces: row.try_get("faces")?, downloads: row.try_get("downloads")? })
    }
}

impl FromRow<'_, SqliteRow> for Photo {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.try_get("id")?, album_id: row.try_get("album_id")?, file: row.try_get("file")? })
    }
}

impl FromRow<'_, SqliteRow> for Face {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.try_get("id")?, photo_id: row.try_get("photo_id")?, cluster: row.try_get("cluster")? })
    }
}

impl FromRow<'_, SqliteRow> for User {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let (id, name) = (row.try_get("id")?, row.try_get("name")?);
        Ok(Self { id, name, email: row.try_get("email")?, role: row.try_get("role")? })
    }
}
