//! A music library's navigation, its repository cached: measures itself under load, or serves.

mod measure;
mod replay;
mod serve;

use std::io::{self, Write as _};
use std::process::ExitCode;

use examples::command_line::{self, Refusal};
use examples::library::args::Args;
use examples::library::drive::DriveError;
use examples::library::replay::TraceError;
use examples::sqlite::OpenError;
use tracing_subscriber::filter::LevelFilter;

/// What stops the program. Its text is one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Arguments(String),
    #[error("{0}")]
    Environment(#[from] cache_core::Error),
    #[error("{0}")]
    Redis(#[from] cache_redis::Error),
    #[error("{0}")]
    Database(#[from] OpenError),
    #[error("cannot listen on {address}: {error}")]
    Listen { address: std::net::SocketAddr, error: io::Error },
    #[error("cannot make a directory for the database: {0}")]
    Directory(io::Error),
    #[error("{0}")]
    Trace(#[from] TraceError),
    #[error("{0}")]
    Drive(#[from] DriveError),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Failure {
    /// 2 where the caller can mend it, 1 where the run went wrong.
    fn code(&self) -> u8 {
        match self {
            Self::Arguments(_)
            | Self::Environment(_)
            | Self::Redis(_)
            | Self::Database(_)
            | Self::Trace(_)
            | Self::Listen { .. }
            | Self::Directory(_) => 2,
            Self::Drive(_) | Self::Io(_) => 1,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        // Whoever read the output has seen enough.
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("library: {failure}");
            failure.code().into()
        }
    }
}

async fn run() -> Result<ExitCode, Failure> {
    let args = match command_line::read::<Args>() {
        Ok(args) => args,
        Err(Refusal::Shown(text)) => {
            write!(io::stdout(), "{text}")?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(Refusal::Wrong(reason)) => return Err(Failure::Arguments(reason)),
    };
    // A run of its own has a database of its own, which no other program's values belong to.
    let cache = match args.serve {
        Some(_) => {
            // A server of the environment's that does not answer, among them.
            tracing_subscriber::fmt().with_max_level(LevelFilter::WARN).with_writer(io::stderr).init();
            cache_redis::init_from_env().await?
        }
        None => cache_core::init_from_env()?,
    };
    // Lives as long as the run and is removed after it.
    let mut scratch = None;
    let file = match &args.db {
        Some(file) => file.clone(),
        None => {
            let directory = tempfile::tempdir().map_err(Failure::Directory)?;
            scratch.insert(directory).path().join("library.db")
        }
    };
    match (args.serve, &args.replay) {
        (Some(address), _) => serve::serve(address, &file, &cache).await,
        (None, Some(trace)) => replay::play(trace, &file, args.json).await,
        (None, None) => measure::measure(&args, &file).await,
    }
}
