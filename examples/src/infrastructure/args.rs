//! The flags of the binary.

use std::path::PathBuf;

use clap::Parser;

/// Memory over Redis, in two instances of one service: what they share, what they tell each other, and what happens while
/// Redis is away.
///
/// The Redis is the one of CACHE_REDIS_URL, REDIS_URL, or REDIS_HOST and REDIS_PORT; else the run starts a redis-server of its
/// own, if there is one. With ENVIRONMENT=development there is none.
#[derive(Clone, Debug, Parser)]
#[command(name = "infrastructure", version)]
pub struct Args {
    /// The SQLite file; made and filled if missing, changed by the tour [default: a temporary file]
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// How many invalidations are timed from one instance to the other
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub invalidations: u32,
    /// How many callers on each instance miss one key at once
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub callers: u32,
    /// One JSON object instead of the tables
    #[arg(long)]
    pub json: bool,
}
