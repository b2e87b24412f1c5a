//! Where the answer of a cached call came from.

use std::fmt;
use std::time::{Duration, Instant};

use cache_core::{CallOutcome, observe};
use serde::Serialize;

/// Where an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In the instance's memory, the first layer.
    Memory,
    /// In Redis, the second: memory has it from now on.
    Redis,
    /// In the database: both have it from now on.
    Database,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Memory => "memory",
            Self::Redis => "Redis",
            Self::Database => "database",
        })
    }
}

/// One call of a cached function.
#[derive(Clone, Debug, Serialize)]
pub struct Read {
    /// What was done.
    pub step: &'static str,
    /// By which instance.
    pub instance: &'static str,
    /// The entry's name.
    pub key: String,
    /// Where the answer was.
    pub source: Source,
    /// From the call to the answer.
    pub took_us: f64,
}

/// What a future gives that calls one cached function, where that found it, and how long it took.
pub async fn asked<T>(step: &'static str, instance: &'static str, call: impl Future<Output = T>) -> (T, Option<Read>) {
    let begun = Instant::now();
    let (answer, calls) = observe(call).await;
    let took_us = micros(begun.elapsed());
    let read = calls.last().map(|call| Read {
        step,
        instance,
        key: call.key.clone(),
        source: match (call.outcome, call.detail) {
            (CallOutcome::Hit | CallOutcome::Stale, Some("shared")) => Source::Redis,
            (CallOutcome::Hit | CallOutcome::Stale, _) => Source::Memory,
            _ => Source::Database,
        },
        took_us,
    });
    (answer, read)
}

pub(super) fn micros(span: Duration) -> f64 {
    1e6 * span.as_secs_f64()
}
