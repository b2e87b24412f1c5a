//! The cache's own routes, for the bearer of the token.

use axum::routing::{get, post};
use axum::{Json, Router};
use cache_core::get_cache;
use serde_json::{Map, Value, json};

use super::repository::Function;
use super::server::Service;
use crate::http::AdminToken;

pub(super) fn router(token: AdminToken) -> Router<Service> {
    token.guard(
        Router::new().route("/api/v1/system/cache/stats", get(stats)).route("/api/v1/system/cache/clear", post(clear)),
    )
}

async fn stats() -> Json<Value> {
    let cache = get_cache();
    let stats = cache.stats();
    let functions: Map<String, Value> =
        Function::ALL.into_iter().map(|function| (function.name().to_owned(), json!(function.stats()))).collect();
    Json(json!({
        "cache_enabled": cache.is_enabled(),
        "total_entries": stats.entries,
        "active_entries": stats.active_entries,
        "expired_entries": stats.expired_entries,
        "stats": stats,
        "functions": functions,
    }))
}

async fn clear() -> Json<Value> {
    Json(json!({ "cleared_entries": get_cache().clear().await.entries }))
}
