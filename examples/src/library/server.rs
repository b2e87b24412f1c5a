//! The service: its routes and what they work on.

use std::sync::Arc;

use axum::Router;

use super::database::Database;
use super::{admin, routes};
use crate::http::AdminToken;

/// What every handler works on.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) db: Arc<Database>,
}

/// Every route, answered from `db`.
pub fn app(db: Arc<Database>, token: AdminToken) -> Router {
    Router::new().merge(routes::router()).merge(admin::router(token)).with_state(Service { db })
}
