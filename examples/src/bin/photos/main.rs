//! Photo sharing, cached: a tour of two instances over one Redis, or one instance that serves.

mod serve;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use cache_core::Cache;
use examples::cluster::{Behind, ClusterError};
use examples::command_line::{self, Refusal};
use examples::photos::args::Args;
use examples::photos::service::Service;
use examples::photos::tour::{self, Settings, TourError};
use examples::sqlite::OpenError;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// What stops the program. Its text is one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Arguments(String),
    #[error("{0}")]
    Cluster(#[from] ClusterError),
    #[error("{0}")]
    Cache(#[from] cache_core::Error),
    #[error("{0}")]
    Redis(#[from] cache_redis::Error),
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: std::net::SocketAddr, error: io::Error },
    #[error("cannot make a directory for the database: {0}")]
    Directory(io::Error),
    #[error("{0}")]
    Tour(#[from] TourError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Failure {
    /// 2 where the caller can mend it, 1 where the run went wrong.
    fn code(&self) -> u8 {
        match self {
            Self::Tour(_) | Self::Io(_) => 1,
            _ => 2,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("photos: {failure}");
            failure.code().into()
        }
    }
}

async fn run() -> Result<(), Failure> {
    let args = match command_line::read::<Args>() {
        Ok(args) => args,
        Err(Refusal::Shown(text)) => {
            write!(io::stdout(), "{text}")?;
            return Ok(());
        }
        Err(Refusal::Wrong(reason)) => return Err(Failure::Arguments(reason)),
    };
    if args.log {
        let cache = Targets::new().with_target("cache", LevelFilter::DEBUG);
        let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        tracing_subscriber::registry().with(lines).with(cache).init();
    }
    // Lives as long as the run and is removed after it.
    let mut scratch = None;
    let file = match &args.database {
        Some(file) => file.clone(),
        None => {
            let directory = tempfile::tempdir().map_err(Failure::Directory)?;
            scratch.insert(directory).path().join("photos.db")
        }
    };
    match args.serve {
        Some(address) => serve::serve(address, &file).await,
        None => show(&args, &file).await,
    }
}

async fn show(args: &Args, file: &Path) -> Result<(), Failure> {
    let mut behind = Behind::choose("photos").await?;
    let cache = async || behind.cache(Service::settings(Cache::builder())).await;
    let one = Service::start("one", file, cache().await?).await?;
    let two = Service::start("two", file, cache().await?).await?;
    let settings = Settings { invalidations: args.invalidations as usize, callers: args.callers as usize };
    let tour = tour::run(&mut behind, [&one, &two], settings).await;
    one.cache.close().await;
    two.cache.close().await;
    behind.leave().await?;
    let tour = tour?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", tour.to_json())?;
    } else {
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        write!(out, "{}", tour::tables(&tour))?;
        writeln!(out, "measured in this run, a {build} build")?;
    }
    Ok(out.flush()?)
}
