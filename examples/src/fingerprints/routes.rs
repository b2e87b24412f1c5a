//! The library's own routes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use cache_core::get_cache;
use serde::Deserialize;
use serde_json::{Value, json};

use super::events::{LibraryRescanned, TrackAdded};
use super::optimizer::{Found, Strategy};
use super::repository;
use super::server::Service;
use crate::http::ApiError;
use crate::http::extract::{self, Id, Limit, Name, Path, Query};

/// So many tracks may be asked for at once.
const MOST_AT_ONCE: usize = 500;

pub(super) fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/api/v1/search", get(search))
        .route("/api/v1/tracks", post(add_track))
        .route("/api/v1/tracks/{id}", get(track))
        .route("/api/v1/tracks/{id}/similar", get(similar))
        .route("/api/v1/tracks/{id}/validate", post(validate))
        .route("/api/v1/tracks/{id}/audio", put(modify_track))
        .route("/api/v1/batch/tracks", post(batch))
        .route("/api/v1/library/rescan", post(rescan))
}

/// A share from 0 to 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Share(f64);

impl TryFrom<f64> for Share {
    type Error = &'static str;

    fn try_from(share: f64) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err("a confidence has to be 0 to 1") }
    }
}

/// How a request wants its fingerprints: `?strategy&confidence`.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Way {
    strategy: Option<Strategy>,
    confidence: Option<Share>,
}

impl Service {
    fn least(&self, wanted: Option<Share>) -> f64 {
        wanted.map_or(self.least, |share| share.0)
    }
}

/// What HTTP caches may do with an answer, and where it came from.
fn headers(found: &Found) -> AppendHeaders<[(HeaderName, &'static str); 3]> {
    let hit = !found.items.is_empty() && found.hits() == found.items.len();
    AppendHeaders([
        (header::CACHE_CONTROL, if hit { "public, max-age=300" } else { "public, max-age=60" }),
        (HeaderName::from_static("x-cache-hit"), if hit { "true" } else { "false" }),
        (HeaderName::from_static("x-cache-strategy"), found.strategy.name()),
    ])
}

fn stats(found: &Found) -> Value {
    json!({
        "strategy": found.strategy,
        "cache_hit_rate": found.hit_rate(),
        "total_time_ms": 1e3 * found.took.as_secs_f64(),
    })
}

async fn track(
    State(service): State<Arc<Service>>,
    Path(Id(id)): Path<Id>,
    Query(way): Query<Way>,
) -> Result<Response, ApiError> {
    let track = repository::get_track(&service.db, id).await?.ok_or_else(|| ApiError::missing("track", id))?;
    let least = service.least(way.confidence);
    let found = service.optimizer.find(&service.db, id, least, way.strategy).await?;
    let mut answer = json!(track);
    for item in &found.items {
        answer["fingerprint"] = json!(item.fingerprint);
        answer["source"] = json!(item.source);
    }
    answer["stats"] = stats(&found);
    Ok((headers(&found), Json(answer)).into_response())
}

/// `?query&limit`, and how the fingerprints of what is found are wanted.
#[derive(Clone, Debug, Deserialize)]
struct Search {
    query: Name,
    limit: Option<Limit>,
    strategy: Option<Strategy>,
    confidence: Option<Share>,
}

async fn search(
    State(service): State<Arc<Service>>,
    Query(search): Query<Search>,
) -> Result<impl IntoResponse, ApiError> {
    let limit = search.limit.map_or(50, |limit| limit.0);
    let tracks = repository::search_tracks(&service.db, &search.query.0, limit).await?;
    let ids: Vec<i64> = tracks.iter().map(|track| track.id).collect();
    let least = service.least(search.confidence);
    let found = service.optimizer.find_all(&service.db, &ids, least, search.strategy).await?;
    // Each track is in the list once, and so the answers are in its order.
    let items = tracks
        .iter()
        .zip(&found.items)
        .map(|(track, item)| json!({ "track": track, "fingerprint": item.fingerprint, "source": item.source }));
    let answer = json!({ "query": search.query.0, "items": items.collect::<Vec<_>>(), "stats": stats(&found) });
    Ok((headers(&found), Json(answer)))
}

/// `?limit`
#[derive(Clone, Copy, Debug, Deserialize)]
struct Most {
    limit: Option<Limit>,
}

async fn similar(
    State(service): State<Arc<Service>>,
    Path(Id(id)): Path<Id>,
    Query(most): Query<Most>,
) -> Result<Json<Value>, ApiError> {
    let (db, limit) = (&service.db, most.limit.map_or(10, |limit| limit.0) as usize);
    let mut ids = vec![id];
    ids.extend(repository::same_genre(db, id).await?);
    let found = service.optimizer.find_many(db, &ids, service.least).await?;
    let prints: Vec<_> = found.items.iter().filter_map(|item| item.fingerprint).collect();
    let Some((own, others)) = prints.split_first().filter(|(own, _)| own.track_id == id) else {
        return Err(ApiError::missing("track", id));
    };
    let mut alike: Vec<_> = others.iter().map(|other| (own.features.cosine(&other.features), other)).collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let items = alike.iter().take(limit).map(|(similarity, other)| {
        json!({ "track_id": other.track_id, "similarity": similarity, "confidence": other.confidence })
    });
    Ok(Json(json!({ "track_id": id, "items": items.collect::<Vec<_>>(), "stats": stats(&found) })))
}

#[derive(Clone, Debug, Deserialize)]
struct Batch {
    track_ids: Vec<Id>,
    confidence: Option<Share>,
}

async fn batch(
    State(service): State<Arc<Service>>,
    extract::Json(batch): extract::Json<Batch>,
) -> Result<Json<Value>, ApiError> {
    if batch.track_ids.len() > MOST_AT_ONCE {
        let reason = format!("at most {MOST_AT_ONCE} tracks can be asked for at once");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, reason));
    }
    let ids: Vec<i64> = batch.track_ids.iter().map(|id| id.0).collect();
    let found = service.optimizer.find_many(&service.db, &ids, service.least(batch.confidence)).await?;
    Ok(Json(json!({ "items": found.items, "stats": stats(&found) })))
}

async fn validate(State(service): State<Arc<Service>>, Path(Id(id)): Path<Id>) -> Result<Json<Value>, ApiError> {
    let validation = service.validator.validate(&service.db, id).await?;
    let nothing = || ApiError::new(StatusCode::NOT_FOUND, format!("no fingerprint of track {id} is cached"));
    Ok(Json(json!(validation.ok_or_else(nothing)?)))
}

async fn modify_track(State(service): State<Arc<Service>>, Path(Id(id)): Path<Id>) -> Result<StatusCode, ApiError> {
    let modified = repository::modify_track(&service.db, id).await?;
    modified.map(|()| StatusCode::NO_CONTENT).ok_or_else(|| ApiError::missing("track", id))
}

#[derive(Clone, Debug, Deserialize)]
struct NewTrack {
    title: Name,
    artist: Name,
    genre: Name,
}

async fn add_track(
    State(service): State<Arc<Service>>,
    extract::Json(new): extract::Json<NewTrack>,
) -> Result<Response, ApiError> {
    let track = repository::add_track(&service.db, &new.title.0, &new.artist.0, &new.genre.0).await?;
    get_cache().apply(&service.rules, &TrackAdded { id: track.id }).await;
    let location = [(header::LOCATION, format!("/api/v1/tracks/{}", track.id))];
    Ok((StatusCode::CREATED, location, Json(track)).into_response())
}

async fn rescan(State(service): State<Arc<Service>>) -> Json<Value> {
    let removed = get_cache().apply(&service.rules, &LibraryRescanned).await;
    Json(json!({ "expired_entries": removed.entries }))
}
