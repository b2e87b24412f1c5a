//! One run of everything: warming, listeners, a batch, refining, validation, and what changes make wrong.

mod batch;
mod changes;
mod checks;
mod listeners;
mod print;
mod refining;

use std::time::Duration;

use cache_core::{WarmCounts, WarmProgress, WarmReport, get_cache};
use serde::Serialize;

pub use self::batch::BatchStep;
pub use self::changes::Change;
pub use self::checks::Checks;
pub use self::listeners::Listening;
pub use self::print::tables;
pub use self::refining::Refinement;
use super::report::Report;
use super::server::Service;
use super::warming;

/// How a tour goes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether it begins with a warm cache.
    pub warming: bool,
    /// How many queries the listeners make.
    pub requests: u32,
    /// Whether they ask for any track as often as for any other.
    pub uniform: bool,
}

/// What a strategy of the warming came to, or all of them.
#[derive(Clone, Debug, Serialize)]
pub struct Warmed {
    /// The strategy's name, or `all`.
    pub strategy: String,
    /// Measured and stored.
    pub warmed: u64,
    /// There already.
    pub already_there: u64,
    /// Measured, and not sure enough to be stored.
    pub not_stored: u64,
    /// Not measured for an error.
    pub failed: u64,
    /// How long it took, the pauses included.
    pub took_ms: f64,
}

impl Warmed {
    fn new(strategy: &str, counts: &WarmCounts) -> Self {
        let WarmCounts { warmed, already_there, not_stored, failed, took, .. } = *counts;
        Self { strategy: strategy.to_owned(), warmed, already_there, not_stored, failed, took_ms: millis(took) }
    }

    fn rows(report: &WarmReport) -> Vec<Self> {
        let strategies = report.strategies.iter().map(|strategy| Self::new(&strategy.name, &strategy.counts));
        strategies.chain([Self::new("all", &report.total)]).collect()
    }
}

/// What a tour has seen.
#[derive(Clone, Debug)]
pub struct Tour {
    /// The warming, strategy by strategy; nothing where there was none.
    pub warming: Vec<Warmed>,
    /// The listeners.
    pub listening: Listening,
    /// The same batch, asked for three times.
    pub batch: Vec<BatchStep>,
    /// One track, from a coarse look to a sure fingerprint.
    pub refining: Vec<Refinement>,
    /// Cached fingerprints against fresh ones.
    pub checks: Checks,
    /// What changes of the library removed.
    pub changes: Vec<Change>,
    /// The figures in the end.
    pub report: Report,
}

/// Goes through everything, step by step.
///
/// # Errors
///
/// When the database fails.
pub async fn run(
    service: &Service,
    settings: &Settings,
    progress: impl FnMut(WarmProgress<'_>) + Send,
) -> Result<Tour, sqlx::Error> {
    let warming = match settings.warming {
        true => Warmed::rows(&warming::warm(&get_cache(), &service.db, progress).await?),
        false => Vec::new(),
    };
    let listening = listeners::listen(service, settings).await?;
    let batch = batch::ask_thrice(service).await?;
    let refining = refining::refine(service).await?;
    let checks = checks::check(service).await?;
    let changes = changes::make(service).await?;
    Ok(Tour { warming, listening, batch, refining, checks, changes, report: Report::of(service) })
}

impl Tour {
    /// Everything as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "warming": self.warming,
            "listening": self.listening,
            "batch": self.batch,
            "refining": self.refining,
            "validation": self.checks,
            "changes": self.changes,
            "stats": self.report.stats_json(),
            "health": self.report.health_json(),
        })
    }
}

fn millis(span: Duration) -> f64 {
    1e3 * span.as_secs_f64()
}
