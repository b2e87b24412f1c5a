//! Memory over Redis, in two instances of one service: a tour of what they share and tell each other.

use std::io::{self, Write as _};
use std::process::ExitCode;

use cache_core::init_cache;
use examples::cluster::{Behind, ClusterError};
use examples::command_line::{self, Refusal};
use examples::infrastructure::args::Args;
use examples::infrastructure::instance::{Instance, StartError};
use examples::infrastructure::tour::{self, Settings, TourError};

/// What stops the program. Its text is one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Arguments(String),
    #[error("{0}")]
    Cluster(#[from] ClusterError),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Cache(#[from] cache_core::Error),
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
            Self::Arguments(_) | Self::Cluster(_) | Self::Start(_) | Self::Cache(_) | Self::Directory(_) => 2,
            Self::Tour(_) | Self::Io(_) => 1,
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
            eprintln!("infrastructure: {failure}");
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
    // Lives as long as the run and is removed after it.
    let mut scratch = None;
    let file = match &args.database {
        Some(file) => file.clone(),
        None => {
            let directory = tempfile::tempdir().map_err(Failure::Directory)?;
            scratch.insert(directory).path().join("infrastructure.db")
        }
    };
    let mut behind = Behind::choose("infrastructure").await?;
    let one = Instance::start_on_client("one", &file, &behind).await?;
    let two = Instance::start("two", &file, &behind).await?;
    init_cache(one.cache.clone())?;
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
