//! Faces.

use std::sync::Arc;

use cache_core::cached;

use super::model::Face;
use super::service::Service;

/// A face: nothing of it changes once it is found.
#[cached(key = "face:{face_id}:details", ttl = "24h", cache = on.cache, skip(on))]
pub async fn face_details(on: &Service, face_id: i64) -> Result<Option<Face>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, photo_id, cluster FROM faces WHERE id = ?").bind(face_id);
    query.fetch_optional(on.db.reading()).await
}

/// What it looks like, as numbers.
#[cached(key = "face:{face_id}:embedding", ttl = "24h", cache = on.cache, skip(on))]
pub async fn face_embedding(on: &Service, face_id: i64) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT embedding FROM faces WHERE id = ?").bind(face_id);
    query.fetch_optional(on.db.reading()).await
}

/// Faces that look like it: 10 to 30 minutes.
#[cached(key = "face:{face_id}:similar", adaptive_ttl = "10m..30m", cache = on.cache, skip(on))]
pub async fn similar_faces(on: &Service, face_id: i64) -> Result<Arc<Vec<i64>>, sqlx::Error> {
    let query =
        "SELECT id FROM faces WHERE cluster = (SELECT cluster FROM faces WHERE id = ?1) AND id <> ?1 ORDER BY id";
    sqlx::query_scalar(query).bind(face_id).fetch_all(on.db.reading()).await.map(Arc::new)
}

/// How like each face is to each other one: what takes long, and nobody wants to be computed twice at a time.
#[cached(key_prefix = "expensive_result", ttl = "1h", cluster_flight = true, cache = on.cache, skip(on))]
pub async fn similarity(on: &Service) -> Result<i64, sqlx::Error> {
    let query = "SELECT sum(abs(one.cluster - other.cluster)) FROM faces AS one, faces AS other, users";
    sqlx::query_scalar(query).fetch_one(on.db.reading()).await
}
