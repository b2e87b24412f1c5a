//! The flags of the binary.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// A music library's navigation over HTTP, its repository cached: measures itself under load, or serves.
#[derive(Clone, Debug, Parser)]
#[command(name = "library", version)]
pub struct Args {
    /// Serve until ctrl-c or SIGTERM instead of measuring
    #[arg(
        long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:8080",
        conflicts_with_all = ["seconds", "json", "replay"]
    )]
    pub serve: Option<SocketAddr>,
    /// The SQLite file; made and filled if missing, changed by renames [default: a temporary file]
    #[arg(long, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Play a recorded trace (a zstd stream of little-endian u32 keys) as reads of artists instead of measuring
    #[arg(long, value_name = "FILE", conflicts_with = "seconds")]
    pub replay: Option<PathBuf>,
    /// How long to drive the service; a slow machine goes on until 1,000 answers are compared
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: u64,
    /// Then have the database fail, and ask again for what is known
    #[arg(long, conflicts_with_all = ["serve", "replay"])]
    pub outage: bool,
    /// One JSON object per route and line instead of the table, and a last one for the comparison
    #[arg(long)]
    pub json: bool,
}

impl Args {
    /// How long to drive the service.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
