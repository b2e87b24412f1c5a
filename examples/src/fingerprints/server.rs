//! The service: what it works on, and its routes.

use std::sync::Arc;

use axum::Router;
use cache_core::EventRules;

use super::database::Database;
use super::optimizer::Optimizer;
use super::validator::Validator;
use super::{admin, events, routes};
use crate::http::AdminToken;

/// Everything that a request, or a step of the tour, works on.
#[derive(Debug)]
pub struct Service {
    /// The library.
    pub db: Database,
    /// Which way to a fingerprint.
    pub optimizer: Optimizer,
    /// Whether what is cached is true.
    pub validator: Validator,
    /// What events make wrong.
    pub rules: EventRules,
    /// How sure a cached fingerprint has to be, where a request does not say so.
    pub least: f64,
}

impl Service {
    /// A service that has done nothing yet.
    #[must_use]
    pub fn new(db: Database, least: f64) -> Self {
        Self { db, optimizer: Optimizer::default(), validator: Validator::default(), rules: events::rules(), least }
    }
}

/// Every route.
pub fn app(service: Arc<Service>, token: AdminToken) -> Router {
    Router::new().merge(routes::router()).merge(admin::router(token)).with_state(service)
}
