//! `--serve`: answers until it is told to stop.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use cache_core::Cache;
use examples::http::{AdminToken, Server, stop_signal};
use examples::library::database::Database;
use examples::library::server;

use crate::Failure;

pub(crate) async fn serve(address: SocketAddr, file: &Path, cache: &Cache) -> Result<ExitCode, Failure> {
    let listener = Server::bind(address).await.map_err(|error| Failure::Listen { address, error })?;
    let db = Arc::new(Database::open(file, |_, _| {}).await?);
    let token = AdminToken::random();
    // Before anybody is told of the address: a signal from here on is a request to finish.
    let stop = stop_signal()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}", listener.address())?;
    writeln!(out, "admin token {}", token.reveal())?;
    out.flush()?;
    drop(out);
    listener.run(server::app(db, token), stop).await?;
    // What is owed to Redis, where there is one, is told.
    cache.close().await;
    Ok(ExitCode::SUCCESS)
}
