//! Photos.

use cache_core::{cached, invalidates};

use super::albums::{album_clusters, album_faces, album_summary};
use super::model::Photo;
use super::service::Service;

/// A photo.
#[cached(key = "photo:{photo_id}:details", ttl = "1h", cache = on.cache, skip(on))]
pub async fn photo_details(on: &Service, photo_id: i64) -> Result<Option<Photo>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, album_id, file FROM photos WHERE id = ?").bind(photo_id);
    query.fetch_optional(on.db.reading()).await
}

/// How far a photo is processed: 1 to 5 minutes.
#[cached(key = "photo:{photo_id}:status", adaptive_ttl = "1m..5m", cache = on.cache, skip(on))]
pub async fn photo_status(on: &Service, photo_id: i64) -> Result<Option<String>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT status FROM photos WHERE id = ?").bind(photo_id);
    query.fetch_optional(on.db.reading()).await
}

/// The background job: finds the faces in a photo, and invalidates once that is done. It runs on another instance than the
/// one that serves.
#[invalidates(
    photo_status(&on.cache, photo_id),
    album_faces(&on.cache, result),
    album_clusters(&on.cache, result),
    album_summary(&on.cache, result)
)]
pub async fn process_faces(on: &Service, photo_id: i64) -> Result<Option<i64>, sqlx::Error> {
    let mut transaction = on.db.writing().begin().await?;
    let query = sqlx::query_scalar("UPDATE photos SET status = 'processed' WHERE id = ? RETURNING album_id");
    let album = query.bind(photo_id).fetch_optional(&mut *transaction).await?;
    if album.is_some() {
        let query = sqlx::query("INSERT INTO faces (photo_id, cluster, embedding) VALUES (?, 99, x'63636363')");
        query.bind(photo_id).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(album)
}
