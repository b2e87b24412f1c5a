//! The service over HTTP.

use std::sync::Arc;

use axum::Router;

use super::routes;
use super::service::Service;
use crate::http::AdminToken;

/// Every route.
pub fn app(service: Arc<Service>, token: AdminToken) -> Router {
    routes::router(token).with_state(service)
}
