//! The flags of the binary.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// Fingerprints of an audio library, cached: a tour of what the cache does for them, or the service.
#[derive(Clone, Debug, Parser)]
#[command(name = "fingerprints", version)]
pub struct Args {
    /// Serve until ctrl-c or SIGTERM instead of the tour
    #[arg(
        long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:8080",
        conflicts_with_all = ["json", "requests", "uniform"]
    )]
    pub serve: Option<SocketAddr>,
    /// The SQLite file; made and filled if missing, changed by the tour [default: a temporary file]
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// How many tracks a new database is filled with
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(50..=100_000))]
    pub tracks: u32,
    /// How many queries the listeners of the tour make
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub requests: u32,
    /// Have the listeners ask for any track as often as for any other, and not mostly for what is popular
    #[arg(long)]
    pub uniform: bool,
    /// A cached fingerprint that is less sure than this is not used
    #[arg(long, value_name = "SHARE", default_value_t = 0.7, value_parser = share)]
    pub confidence: f64,
    /// Use whatever fingerprint is cached, however sure it is
    #[arg(long, conflicts_with = "confidence")]
    pub no_validation: bool,
    /// Begin with an empty cache
    #[arg(long)]
    pub no_warming: bool,
    /// A cache of so many entries, whatever the environment says [default: what it says, or 10,000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_entries: Option<u32>,
    /// One JSON object instead of the tables
    #[arg(long)]
    pub json: bool,
}

impl Args {
    /// What a cached fingerprint has to be to be used.
    #[must_use]
    pub const fn least(&self) -> f64 {
        if self.no_validation { 0.0 } else { self.confidence }
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("it has to be a number from 0 to 1".to_owned()),
    }
}
