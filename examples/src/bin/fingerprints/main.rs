//! Fingerprints of an audio library, cached: a tour of what the cache does for them, or the service.

mod bars;
mod serve;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use cache_core::{Cache, init_cache, init_from_env};
use examples::command_line::{self, Refusal};
use examples::fingerprints::args::Args;
use examples::fingerprints::server::Service;
use examples::fingerprints::tour::{self, Settings};
use examples::sqlite::OpenError;

/// What stops the program. Its text is one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Arguments(String),
    #[error("{0}")]
    Cache(#[from] cache_core::Error),
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: std::net::SocketAddr, error: io::Error },
    #[error("cannot make a directory for the database: {0}")]
    Directory(io::Error),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Failure {
    /// 2 where the caller can mend it, 1 where the run went wrong.
    fn code(&self) -> u8 {
        match self {
            Self::Arguments(_) | Self::Cache(_) | Self::Open(_) | Self::Listen { .. } | Self::Directory(_) => 2,
            Self::Database(_) | Self::Io(_) => 1,
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
            eprintln!("fingerprints: {failure}");
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
    match args.max_entries {
        // 256 MiB, 300 s and the thresholds of alerts are the builder's defaults.
        Some(entries) => init_cache(Cache::builder().max_entries(entries as usize).build()?)?,
        None => drop(init_from_env()?),
    }
    // Lives as long as the run and is removed after it.
    let mut scratch = None;
    let file = match &args.database {
        Some(file) => file.clone(),
        None => {
            let directory = tempfile::tempdir().map_err(Failure::Directory)?;
            scratch.insert(directory).path().join("fingerprints.db")
        }
    };
    match args.serve {
        Some(address) => serve::serve(&args, address, &file).await,
        None => show(&args, &file).await,
    }
}

async fn show(args: &Args, file: &Path) -> Result<(), Failure> {
    let service = Service::new(bars::open(file, args.tracks).await?, args.least());
    let settings = Settings { warming: !args.no_warming, requests: args.requests, uniform: args.uniform };
    let warming = bars::warming();
    let tour = tour::run(&service, &settings, |so_far| warming.show(&so_far)).await;
    warming.clear();
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
