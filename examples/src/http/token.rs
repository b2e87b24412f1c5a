//! What an operator shows to reach a service's own routes.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use subtle::ConstantTimeEq as _;

use super::error::ApiError;

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

    /// Lets the bearer of the token alone reach `routes`.
    pub(crate) fn guard<S: Clone + Send + Sync + 'static>(self, routes: Router<S>) -> Router<S> {
        routes.route_layer(middleware::from_fn_with_state(self, admit))
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

async fn admit(State(token): State<AdminToken>, request: Request, next: Next) -> Result<Response, ApiError> {
    if token.is_shown_by(&request) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "this needs `Authorization: Bearer` and the token"))
}
