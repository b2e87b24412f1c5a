//! A Redis that is killed and brought back while two instances go on.

use std::io;
use std::time::{Duration, Instant};

use cache_core::{Cache, Topic};
use serde::Serialize;

use super::server::OwnServer;
use super::{LONGEST, hears, until};

/// So many things are read by each instance meanwhile.
const READ: usize = 40;

/// While the server was away.
#[derive(Clone, Debug, Serialize)]
pub struct Away {
    /// What the writer's call took.
    pub change_took_ms: f64,
    /// Changes that the writer then owed the server.
    pub owed: usize,
    /// After the writer's call, for so long the reader went on answering with what it had: it cannot be told, and trusts
    /// its memory for 2 s, which is `backplane_patience`.
    pub old_served_ms: f64,
    /// Reads of both instances.
    pub reads: usize,
    /// The longest of them.
    pub slowest_ms: f64,
    /// Of both, those that left the server alone after failures in a row.
    pub instances_without_it: usize,
    /// What the writer's report on its health said.
    pub warning: Option<String>,
}

/// Once it was there again, empty.
#[derive(Clone, Debug, Serialize)]
pub struct Back {
    /// From its start until both instances had it and heard each other again, and owed nothing.
    pub after_ms: f64,
    /// Whether it came to that.
    pub complete: bool,
    /// Whether both then answered with what is true.
    pub current: bool,
}

/// What is done to two instances, the writer first. A read fails as the database does, and never as Redis does.
pub(crate) trait Pair<E> {
    /// The writer changes what [`is_current`](Self::is_current) reads.
    async fn change(&self) -> Result<(), E>;
    /// Whether that instance answers with the change.
    async fn is_current(&self, instance: usize) -> Result<bool, E>;
    /// That instance reads something, another thing for each number.
    async fn read(&self, instance: usize, number: usize) -> Result<(), E>;
}

/// Kills the server, has the writer change something and both read, and brings the server back.
pub(crate) async fn live_through<E: From<io::Error>>(
    server: &mut OwnServer,
    caches: [&Cache; 2],
    pair: &impl Pair<E>,
) -> Result<(Away, Back), E> {
    let [writer, reader] = caches;
    // Into the reader's memory, while all is well.
    pair.is_current(1).await?;
    server.kill()?;
    let begun = Instant::now();
    pair.change().await?;
    let change_took_ms = millis(begun.elapsed());
    let owed = writer.shared_stats().map_or(0, |stats| stats.owed);
    let changed = Instant::now();
    let (mut old_served, mut slowest) = (Duration::ZERO, Duration::ZERO);
    loop {
        let asked = Instant::now();
        let current = pair.is_current(1).await?;
        slowest = slowest.max(asked.elapsed());
        if current || changed.elapsed() > LONGEST {
            break;
        }
        // So old was what it had just answered with.
        old_served = changed.elapsed();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for number in 0..READ {
        for instance in 0..caches.len() {
            let begun = Instant::now();
            pair.read(instance, number).await?;
            slowest = slowest.max(begun.elapsed());
        }
    }
    let warnings = writer.health().warnings;
    let away = Away {
        change_took_ms,
        owed,
        old_served_ms: millis(old_served),
        reads: READ * caches.len(),
        slowest_ms: millis(slowest),
        instances_without_it: caches
            .iter()
            .filter(|cache| cache.shared_stats().is_some_and(|stats| stats.open))
            .count(),
        warning: warnings.into_iter().find(|warning| warning.topic == Topic::SharedTier).map(|warning| warning.message),
    };

    let begun = Instant::now();
    server.restart().await?;
    let well = |cache: &Cache| hears(cache) && cache.shared_stats().is_some_and(|stats| !stats.open && stats.owed == 0);
    let complete = until(|| well(writer) && well(reader)).await;
    let after_ms = millis(begun.elapsed());
    let current = pair.is_current(0).await? && pair.is_current(1).await?;
    Ok((away, Back { after_ms, complete, current }))
}

fn millis(span: Duration) -> f64 {
    1e3 * span.as_secs_f64()
}
