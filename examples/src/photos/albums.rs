//! Albums.

use std::sync::Arc;

use cache_core::{cached, invalidates};

use super::events::{AlbumDeleted, FaceDeleted, PhotoDeleted};
use super::model::{Album, AlbumSummary, Face, Photo};
use super::service::Service;

/// A user's albums: 5 to 10 minutes, the longer the less they change.
#[cached(key = "user:{user_id}:albums", adaptive_ttl = "5m..10m", cache = on.cache, skip(on))]
pub async fn list_albums(on: &Service, user_id: i64) -> Result<Arc<Vec<Album>>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, user_id, title FROM albums WHERE user_id = ? ORDER BY id").bind(user_id);
    query.fetch_all(on.db.reading()).await.map(Arc::new)
}

/// An album.
#[cached(key = "album:{album_id}:details", ttl = "1h", cache = on.cache, skip(on))]
pub async fn album_details(on: &Service, album_id: i64) -> Result<Option<Album>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, user_id, title FROM albums WHERE id = ?").bind(album_id);
    query.fetch_optional(on.db.reading()).await
}

/// The photos of an album: 10 to 30 minutes.
#[cached(key = "album:{album_id}:photos", adaptive_ttl = "10m..30m", cache = on.cache, skip(on))]
pub async fn album_photos(on: &Service, album_id: i64) -> Result<Arc<Vec<Photo>>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, album_id, file FROM photos WHERE album_id = ? ORDER BY id").bind(album_id);
    query.fetch_all(on.db.reading()).await.map(Arc::new)
}

/// The faces in an album.
#[cached(key = "album:{album_id}:faces", ttl = "1h", cache = on.cache, skip(on))]
pub async fn album_faces(on: &Service, album_id: i64) -> Result<Arc<Vec<Face>>, sqlx::Error> {
    let query = "SELECT faces.id, photo_id, cluster FROM faces JOIN photos ON photos.id = photo_id
                 WHERE album_id = ? ORDER BY faces.id";
    sqlx::query_as(query).bind(album_id).fetch_all(on.db.reading()).await.map(Arc::new)
}

/// The figures of an album.
#[cached(key = "album:{album_id}:summary", ttl = "1h", cache = on.cache, skip(on))]
pub async fn album_summary(on: &Service, album_id: i64) -> Result<AlbumSummary, sqlx::Error> {
    let query = "SELECT count(DISTINCT photos.id) AS photos, count(faces.id) AS faces,
                 (SELECT coalesce(sum(download_count), 0) FROM photos WHERE album_id = ?1) AS downloads
                 FROM photos LEFT JOIN faces ON photo_id = photos.id WHERE album_id = ?1";
    sqlx::query_as(query).bind(album_id).fetch_one(on.db.reading()).await
}

/// Whose faces there are in an album: how many faces look alike.
#[cached(key = "album:{album_id}:clusters", ttl = "1h", cache = on.cache, skip(on))]
pub async fn album_clusters(on: &Service, album_id: i64) -> Result<Arc<Vec<(i64, i64)>>, sqlx::Error> {
    let query = "SELECT cluster, count(*) FROM faces JOIN photos ON photos.id = photo_id
                 WHERE album_id = ? GROUP BY cluster ORDER BY cluster";
    sqlx::query_as(query).bind(album_id).fetch_all(on.db.reading()).await.map(Arc::new)
}

/// Gives an album another title: invalidated at once.
#[invalidates(album_details(&on.cache, album_id), list_albums(&on.cache, result.user_id))]
pub async fn update_album(on: &Service, album_id: i64, title: &str) -> Result<Option<Album>, sqlx::Error> {
    let query = sqlx::query_as("UPDATE albums SET title = ? WHERE id = ? RETURNING id, user_id, title");
    query.bind(title).bind(album_id).fetch_optional(on.db.writing()).await
}

/// Deletes an album with its photos and their faces, and after the commit what is cached of any of them.
///
/// # Errors
///
/// When the database fails.
pub async fn delete_album(on: &Service, album_id: i64) -> Result<bool, sqlx::Error> {
    let mut transaction = on.db.writing().begin().await?;
    let owner = sqlx::query_scalar("SELECT user_id FROM albums WHERE id = ?").bind(album_id);
    let Some(user_id) = owner.fetch_optional(&mut *transaction).await? else { return Ok(false) };
    // Who the children are is asked while they are there.
    let query = "SELECT photos.id, faces.id FROM photos LEFT JOIN faces ON faces.photo_id = photos.id
                 WHERE album_id = ? ORDER BY photos.id";
    let rows: Vec<(i64, Option<i64>)> = sqlx::query_as(query).bind(album_id).fetch_all(&mut *transaction).await?;
    let photos = rows.chunk_by(|one, other| one.0 == other.0);
    let photos = photos
        .map(|rows| PhotoDeleted {
            id: rows[0].0,
            faces: rows.iter().filter_map(|(_, face)| face.map(FaceDeleted)).collect(),
        })
        .collect();
    sqlx::query("DELETE FROM albums WHERE id = ?").bind(album_id).execute(&mut *transaction).await?;
    let deferred = on.cache.deferred();
    deferred.apply(&on.rules, &AlbumDeleted { id: album_id, user_id, photos });
    match transaction.commit().await {
        Ok(()) => {
            deferred.flush().await;
            Ok(true)
        }
        Err(error) => {
            // It may have been made all the same.
            deferred.flush().await;
            Err(error)
        }
    }
}
