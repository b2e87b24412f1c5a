//! `--serve`: answers until it is told to stop.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cache_core::get_cache;
use examples::fingerprints::args::Args;
use examples::fingerprints::server::{Service, app};
use examples::fingerprints::warming::warm;
use examples::http::{AdminToken, Server, stop_signal};

use crate::{Failure, bars};

/// How often what has expired is reclaimed.
const CLEANUP: Duration = Duration::from_secs(60);

pub(crate) async fn serve(args: &Args, address: SocketAddr, file: &Path) -> Result<(), Failure> {
    let listener = Server::bind(address).await.map_err(|error| Failure::Listen { address, error })?;
    let service = Service::new(bars::open(file, args.tracks).await?, args.least());
    let cache = get_cache();
    let _cleanup = cache.cleanup_every(CLEANUP);
    if !args.no_warming {
        let bar = bars::warming();
        let warmed = warm(&cache, &service.db, |so_far| bar.show(&so_far)).await;
        bar.clear();
        eprintln!("fingerprints: {}", warmed?.total);
    }
    let token = AdminToken::random();
    // Before anybody is told of the address: a signal from here on is a request to finish.
    let stop = stop_signal()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{}", listener.address())?;
    writeln!(out, "admin token {}", token.reveal())?;
    out.flush()?;
    drop(out);
    listener.run(app(Arc::new(service), token), stop).await?;
    cache.close().await;
    Ok(())
}
