//! The cache's own routes, for the bearer of the token.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use cache_core::get_cache;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;

use super::error::ApiError;
use super::repository::Function;
use super::server::Service;

/// What has to be shown to see or clear the cache.
#[derive(Clone)]
pub struct AdminToken(Arc<str>);

impl AdminToken {
    /// A token that nobody has seen before: 128 random bits.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{:032x}", rand::random::<u128>()).into())
    }

    /// The token, to be handed to the operator.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn is_shown_by(&self, request: &Request) -> bool {
        let shown = request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
        let Some((scheme, token)) = shown.and_then(|value| value.split_at_checked(b"Bearer ".len())) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(b"Bearer ") && bool::from(token.ct_eq(self.0.as_bytes()))
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AdminToken(…)")
    }
}

pub(super) fn router(token: AdminToken) -> Router<Service> {
    Router::new()
        .route("/api/v1/system/cache/stats", get(stats))
        .route("/api/v1/system/cache/clear", post(clear))
        .route_layer(middleware::from_fn_with_state(token, admit))
}

async fn admit(State(token): State<AdminToken>, request: Request, next: Next) -> Result<Response, ApiError> {
    if token.is_shown_by(&request) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "this needs `Authorization: Bearer` and the token"))
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
