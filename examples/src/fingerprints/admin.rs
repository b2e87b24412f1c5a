//! The cache's own routes, for the bearer of the token.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use cache_core::get_cache;
use serde::Deserialize;
use serde_json::{Value, json};

use super::report::Report;
use super::server::Service;
use crate::http::{AdminToken, ApiError, extract};

pub(super) fn router(token: AdminToken) -> Router<Arc<Service>> {
    token.guard(
        Router::new()
            .route("/api/v1/cache/stats", get(stats))
            .route("/api/v1/cache/health", get(health))
            .route("/api/v1/cache/clear", post(clear))
            .route("/api/v1/cache/limits", put(limit)),
    )
}

async fn stats(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(Report::of(&service).stats_json())
}

async fn health(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(Report::of(&service).health_json())
}

async fn clear() -> Json<Value> {
    Json(json!({ "cleared_entries": get_cache().clear().await.entries }))
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Limits {
    max_entries: usize,
    max_bytes: usize,
}

async fn limit(extract::Json(limits): extract::Json<Limits>) -> Result<Json<Value>, ApiError> {
    let Limits { max_entries, max_bytes } = limits;
    let cache = get_cache();
    cache
        .resize(max_entries, max_bytes)
        .map_err(|error| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let stats = cache.stats();
    Ok(Json(json!({
        "max_entries": stats.max_entries, "max_bytes": stats.max_bytes, "entries": stats.entries, "bytes": stats.bytes,
    })))
}
