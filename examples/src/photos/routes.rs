//! What is asked over HTTP.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::model::{Album, Photo, User};
use super::service::Service;
use super::stats::CacheStats;
use super::{albums, downloads, images, search, users};
use crate::http::extract::{Id, Name, Path};
use crate::http::{AdminToken, ApiError, extract};

type Answer<T> = Result<Json<T>, ApiError>;
type Shared = State<Arc<Service>>;

pub(super) fn router(token: AdminToken) -> Router<Arc<Service>> {
    let operator = Router::new()
        .route("/api/v1/cache/stats", get(cache_stats))
        .route("/api/v1/cache/health", get(cache_health))
        .route("/api/v1/cache/clear", post(clear_cache));
    Router::new()
        .route("/login", post(log_in))
        .route("/users/{user_id}/albums", get(list_albums))
        .route("/albums/{album_id}", get(get_album).put(update_album).delete(delete_album))
        .route("/albums/{album_id}/photos", get(album_photos))
        .route("/photos/{photo_id}", get(get_photo))
        .route("/photos/{photo_id}/status", get(photo_status))
        .route("/photos/{photo_id}/process", post(process_photo))
        .route("/photos/{photo_id}/download", post(download_photo))
        .route("/search/by-selfie", post(search_by_selfie))
        .merge(token.guard(operator))
}

#[derive(Debug, Deserialize)]
struct Login {
    email: String,
}

async fn log_in(State(on): Shared, extract::Json(login): extract::Json<Login>) -> Answer<User> {
    let found = users::log_in(&on, &login.email).await?;
    let refused = || ApiError::new(StatusCode::UNAUTHORIZED, "nobody has this address");
    found.map(|(user, _)| Json(user)).ok_or_else(refused)
}

async fn list_albums(State(on): Shared, Path(Id(user_id)): Path<Id>) -> Answer<Arc<Vec<Album>>> {
    Ok(Json(albums::list_albums(&on, user_id).await?))
}

async fn get_album(State(on): Shared, Path(Id(album_id)): Path<Id>) -> Answer<Album> {
    let album = albums::album_details(&on, album_id).await?;
    album.map(Json).ok_or_else(|| ApiError::missing("album", album_id))
}

#[derive(Debug, Deserialize)]
struct AlbumUpdate {
    title: Name,
}

async fn update_album(
    State(on): Shared,
    Path(Id(album_id)): Path<Id>,
    extract::Json(AlbumUpdate { title: Name(title) }): extract::Json<AlbumUpdate>,
) -> Answer<Album> {
    let album = albums::update_album(&on, album_id, &title).await?;
    album.map(Json).ok_or_else(|| ApiError::missing("album", album_id))
}

async fn delete_album(State(on): Shared, Path(Id(album_id)): Path<Id>) -> Result<StatusCode, ApiError> {
    match albums::delete_album(&on, album_id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::missing("album", album_id)),
    }
}

async fn album_photos(State(on): Shared, Path(Id(album_id)): Path<Id>) -> Answer<Arc<Vec<Photo>>> {
    Ok(Json(albums::album_photos(&on, album_id).await?))
}

async fn photo(on: &Service, photo_id: i64) -> Result<Photo, ApiError> {
    images::photo_details(on, photo_id).await?.ok_or_else(|| ApiError::missing("photo", photo_id))
}

async fn get_photo(State(on): Shared, Path(Id(photo_id)): Path<Id>) -> Answer<Photo> {
    photo(&on, photo_id).await.map(Json)
}

async fn photo_status(State(on): Shared, Path(Id(photo_id)): Path<Id>) -> Answer<Value> {
    let status = images::photo_status(&on, photo_id).await?;
    let status = status.ok_or_else(|| ApiError::missing("photo", photo_id))?;
    Ok(Json(json!({ "photo_id": photo_id, "status": status })))
}

async fn process_photo(State(on): Shared, Path(Id(photo_id)): Path<Id>) -> Answer<Value> {
    let album = images::process_faces(&on, photo_id).await?.ok_or_else(|| ApiError::missing("photo", photo_id))?;
    Ok(Json(json!({ "photo_id": photo_id, "album_id": album })))
}

async fn download_photo(State(on): Shared, Path(Id(photo_id)): Path<Id>) -> Answer<Value> {
    let photo = photo(&on, photo_id).await?;
    let downloads = downloads::download_photo(&on, photo_id).await;
    Ok(Json(json!({ "file": photo.file, "downloads": downloads })))
}

#[derive(Debug, Deserialize)]
struct Selfie {
    filename: Name,
}

async fn search_by_selfie(State(on): Shared, extract::Json(selfie): extract::Json<Selfie>) -> Answer<Value> {
    let query = format!("selfie:{}", selfie.filename.0);
    Ok(Json(json!({ "photos": search::search_by_selfie(&on, &query).await? })))
}

async fn cache_stats(State(on): Shared) -> Json<Value> {
    Json(json!({ "status": "ok", "cache": CacheStats::of(&on.cache, None) }))
}

async fn cache_health(State(on): Shared) -> Json<Value> {
    Json(json!(on.cache.health()))
}

#[derive(Debug, Deserialize)]
struct Which {
    pattern: Option<String>,
}

async fn clear_cache(State(on): Shared, extract::Query(which): extract::Query<Which>) -> Answer<Value> {
    let removed = match which.pattern {
        None => on.cache.clear().await,
        Some(pattern) => {
            let removed = on.cache.invalidate_pattern(&pattern).await;
            removed.map_err(|error| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?
        }
    };
    Ok(Json(json!({ "cleared_entries": removed.entries })))
}
