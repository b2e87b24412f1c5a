//! A listening server.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use tokio::net::TcpListener;

use super::error::ApiError;

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

    /// Answers by `app` until `shutdown` ends, then finishes the requests under way.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub async fn run(self, app: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let app = app.fallback(unknown_route).method_not_allowed_fallback(wrong_method);
        axum::serve(self.listener, app).with_graceful_shutdown(shutdown).await
    }
}

async fn unknown_route(uri: Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, format!("there is no {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not take {method}", uri.path()))
}

/// Ends with SIGINT or SIGTERM. From this call on the signals no longer end the process by themselves.
///
/// # Errors
///
/// When the signals cannot be waited for.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends with ctrl-c.
///
/// # Errors
///
/// Never.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
