//! `--serve`: answers until it is told to stop.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use examples::cluster::is_development;
use examples::http::{AdminToken, Server, stop_signal};
use examples::photos::server::app;
use examples::photos::service::Service;

use crate::Failure;

pub(crate) async fn serve(address: SocketAddr, file: &Path) -> Result<(), Failure> {
    let listener = Server::bind(address).await.map_err(|error| Failure::Listen { address, error })?;
    // Redis in production, memory in development.
    let cache = if is_development() { cache_core::init_from_env()? } else { cache_redis::init_from_env().await? };
    let service = Arc::new(Service::start("served", file, cache.clone()).await?);
    // The last downloads before a quiet time are written without another one.
    let writing = tokio::spawn(service.downloads.unwritten.clone().run());
    let token = AdminToken::random();
    // Before anybody is told of the address: a signal from here on is a request to finish.
    let stop = stop_signal()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}", listener.address())?;
    writeln!(out, "admin token {}", token.reveal())?;
    out.flush()?;
    drop(out);
    listener.run(app(service, token), stop).await?;
    // What is owed to Redis and to the database is told.
    cache.close().await;
    // It ends with the cache, and has told of a panic.
    let _ = writing.await;
    Ok(())
}
