//! The service: routes, state, listener.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use tokio::net::TcpListener;

pub use super::admin::AdminToken;
use super::database::Database;
use super::error::ApiError;
use super::{admin, routes};

/// What every handler works on.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) db: Arc<Database>,
}

/// A listening server that does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the address is taken or not this machine's.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers from `db` until `shutdown` ends, then finishes the requests under way.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn run(
        self,
        db: Arc<Database>,
        token: AdminToken,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let app = Router::new()
            .merge(routes::router())
            .merge(admin::router(token))
            .fallback(unknown_route)
            .method_not_allowed_fallback(wrong_method)
            .with_state(Service { db });
        axum::serve(self.listener, app).with_graceful_shutdown(shutdown).await
    }
}

async fn unknown_route(uri: Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, format!("there is no {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not take {method}", uri.path()))
}
