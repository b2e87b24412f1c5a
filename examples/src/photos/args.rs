//! The flags of the binary.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// Photo sharing in two instances over one Redis: entity helpers, warming on login, search, counters, cascades, and what
/// happens while Redis is away; or one instance that serves.
///
/// The Redis is the one of CACHE_REDIS_URL, REDIS_URL, or REDIS_HOST and REDIS_PORT; else the tour starts a redis-server of its
/// own, if there is one. With ENVIRONMENT=development there is none.
#[derive(Clone, Debug, Parser)]
#[command(name = "photos", version)]
pub struct Args {
    /// Serve until ctrl-c or SIGTERM instead of the tour
    #[arg(
        long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:8080",
        conflicts_with_all = ["json", "invalidations", "callers"]
    )]
    pub serve: Option<SocketAddr>,
    /// The SQLite file; made and filled if missing, changed by the tour [default: a temporary file]
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// How many invalidations are timed from one instance to the other
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub invalidations: u32,
    /// How many callers on each instance miss one key at once
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub callers: u32,
    /// What the cache does, on stderr: the log of its module, down to debugging
    #[arg(long)]
    pub log: bool,
    /// One JSON object instead of the tables
    #[arg(long)]
    pub json: bool,
}
