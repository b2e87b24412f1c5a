//! Drives the service as its visitors would, over HTTP, and compares what they see with the database.

mod audit;
mod hits;
mod http;
mod outage;
mod renames;
mod request;
mod visitor;
mod writer;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::audit::Audit;
pub use self::hits::{HitTimes, time_hits};
use self::http::Http;
pub use self::outage::{Outage, endure};
use self::renames::Renames;
pub use self::request::Read;
use self::visitor::{Popularity, Visitor};
use super::database::Database;
use super::repository;

const VISITORS: u64 = 8;
/// So many answers for one write.
const READS_PER_WRITE: u64 = 100;
/// A run goes on until so many answers are compared, …
const COMPARED_AT_LEAST: u64 = 1_000;
/// … but no longer than this beyond its time.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many requests are kept to be timed afterwards.
const REMEMBERED: usize = 1_000;

/// What ends a drive before its time.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// A request failed.
    #[error("a request failed: {0}")]
    Http(#[from] reqwest::Error),
    /// A request was refused.
    #[error("{request} was answered {status}")]
    Status {
        /// Method and path.
        request: String,
        /// The answer's status.
        status: u16,
    },
    /// An answer is not the JSON it should be.
    #[error("an answer does not parse: {0}")]
    Json(#[from] serde_json::Error),
    /// The answer to a rename shows another name.
    #[error("artist {artist} was renamed to {name:?}, and the answer says {answered:?}")]
    NotRenamed {
        /// The artist.
        artist: i64,
        /// The name that was asked for.
        name: String,
        /// The name in the answer.
        answered: String,
    },
    /// The database failed under the comparison.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A database without artists.
    #[error("the database holds no artist to ask for")]
    NoArtists,
    /// A visitor panicked.
    #[error("a visitor did not end well: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl DriveError {
    fn status(method: &str, path: &str, status: reqwest::StatusCode) -> Self {
        Self::Status { request: format!("{method} {path}"), status: status.as_u16() }
    }
}

/// What the visitors and the writer share.
#[derive(Debug)]
struct Load {
    audit: Audit,
    stopped: AtomicBool,
    answers: AtomicU64,
    /// One permit per write that is due.
    writes: Semaphore,
    remembered: Mutex<Vec<Read>>,
}

impl Load {
    fn goes_on(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.writes.close();
    }

    fn answered(&self) {
        if (self.answers.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(READS_PER_WRITE) {
            self.writes.add_permits(1);
        }
    }

    fn remember(&self, read: Read) {
        let mut remembered = self.remembered.lock().expect("nothing panics under this lock");
        if remembered.len() < REMEMBERED {
            remembered.push(read);
        }
    }
}

/// How far a drive is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The time since the first request.
    pub elapsed: Duration,
    /// Answers so far.
    pub answers: u64,
    /// Answers compared with the database.
    pub compared: u64,
    /// Of these, the ones that it contradicts.
    pub differed: u64,
}

/// What a drive has seen.
#[derive(Clone, Debug)]
pub struct Driven {
    /// Its end.
    pub progress: Progress,
    /// How many renames were made meanwhile.
    pub renames: u64,
    /// The first few differences, in words.
    pub differences: Vec<String>,
    /// Some of the requests that were made.
    pub remembered: Vec<Read>,
}

/// Drives the service at `address` for `duration`, or until `interrupt` ends; `db` is for the comparison alone.
///
/// # Errors
///
/// When a request fails, or the database under the comparison does.
pub async fn drive(
    address: SocketAddr,
    db: Database,
    duration: Duration,
    interrupt: impl Future<Output = ()>,
    mut progress: impl FnMut(Progress),
) -> Result<Driven, DriveError> {
    let artists = repository::artists_by_catalogue(&db).await?;
    if artists.is_empty() {
        return Err(DriveError::NoArtists);
    }
    let load = Arc::new(Load {
        audit: Audit::new(db, Renames::from_names(&artists)),
        stopped: AtomicBool::new(false),
        answers: AtomicU64::new(0),
        writes: Semaphore::new(0),
        remembered: Mutex::new(Vec::new()),
    });
    // Who has written most is asked for most.
    let popularity = Popularity::new(artists.iter().map(|(id, _)| *id).collect());

    let mut visitors = JoinSet::new();
    for number in 0..VISITORS {
        let visitor = Visitor::new(number, Http::new(address)?, Arc::clone(&load), popularity.clone());
        visitors.spawn(visitor.browse());
    }
    let mut writer = JoinSet::new();
    writer.spawn(writer::write(Http::new(address)?, Arc::clone(&load), popularity));

    let begun = Instant::now();
    let so_far = || Progress {
        elapsed: begun.elapsed(),
        answers: load.answers.load(Ordering::Relaxed),
        compared: load.audit.compared(),
        differed: load.audit.differed(),
    };
    let mut interrupt = std::pin::pin!(interrupt);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let mut failed = None;
    while failed.is_none() {
        tokio::select! {
            _ = ticks.tick() => {}
            () = &mut interrupt => break,
            Some(ended) = visitors.join_next() => failed = flatten(ended).err(),
            Some(ended) = writer.join_next() => failed = flatten(ended).err(),
        }
        let now = so_far();
        progress(now);
        let enough = now.compared >= COMPARED_AT_LEAST || now.elapsed >= duration + PATIENCE;
        if now.elapsed >= duration && enough {
            break;
        }
    }
    load.stop();
    let mut renames = 0;
    while let Some(ended) = visitors.join_next().await {
        failed = failed.or(flatten(ended).err());
    }
    while let Some(ended) = writer.join_next().await {
        match flatten(ended) {
            Ok(made) => renames += made,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let remembered = load.remembered.lock().expect("nothing panics under this lock").clone();
    Ok(Driven { progress: so_far(), renames, differences: load.audit.differences(), remembered })
}

fn flatten<T>(ended: Result<Result<T, DriveError>, tokio::task::JoinError>) -> Result<T, DriveError> {
    ended?
}
