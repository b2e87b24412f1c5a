//! `--serve`: answers until it is told to stop.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use examples::library::database::Database;
use examples::library::server::{AdminToken, Server};

use crate::Failure;

pub(crate) async fn serve(address: SocketAddr, file: &Path) -> Result<ExitCode, Failure> {
    let server = Server::bind(address).await.map_err(|error| Failure::Listen { address, error })?;
    let db = Arc::new(Database::open(file, |_, _| {}).await?);
    let token = AdminToken::random();
    // Before anybody is told of the address: a signal from here on is a request to finish.
    let stop = stop_signal()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}", server.address())?;
    writeln!(out, "admin token {}", token.reveal())?;
    out.flush()?;
    drop(out);
    server.run(db, token, stop).await?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
