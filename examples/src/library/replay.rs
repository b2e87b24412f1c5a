//! A recorded trace, played as load on [`get_artist`].

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ruzstd::decoding::StreamingDecoder;
use tokio::task::JoinSet;

use super::database::Database;
use super::drive::DriveError;
use super::repository::{artists_by_catalogue, get_artist};

/// Who asks at the same time.
const CLIENTS: usize = 8;

/// Keys in the order they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace(Arc<[u32]>);

/// Why a file is no trace.
#[derive(Debug, thiserror::Error)]
#[error("cannot replay {}: {reason}", file.display())]
pub struct TraceError {
    file: PathBuf,
    reason: String,
}

impl Trace {
    /// Reads a zstd stream of little-endian 32-bit keys, one per request.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no zstd stream, or ends within a key.
    pub fn read(file: &Path) -> Result<Self, TraceError> {
        let failed = |reason: String| TraceError { file: file.to_owned(), reason: reason.replace('\n', " ") };
        let opened = File::open(file).map_err(|error| failed(error.to_string()))?;
        let stream = StreamingDecoder::new(BufReader::new(opened)).map_err(|error| failed(error.to_string()));
        let mut bytes = Vec::new();
        stream?.read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
        let (keys, rest) = bytes.as_chunks::<4>();
        if keys.is_empty() || !rest.is_empty() {
            return Err(failed("it is not a stream of 32-bit keys".to_owned()));
        }
        Ok(Self(keys.iter().copied().map(u32::from_le_bytes).collect()))
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Replayed {
    /// Calls of the function.
    pub requests: u64,
    /// Those that were answered from the cache.
    pub hits: u64,
    /// Runs of its query.
    pub loads: u64,
    /// From the first call to the last answer.
    pub elapsed: Duration,
}

impl Replayed {
    /// Hits per request.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        self.hits as f64 / self.requests as f64
    }
}

/// Eight tasks ask, each for the next key of the trace; the artist is the key modulo the number of artists, plus one.
///
/// # Errors
///
/// When a query fails.
pub async fn replay(trace: &Trace, db: &Arc<Database>) -> Result<Replayed, DriveError> {
    let artists = artists_by_catalogue(db).await?.len().max(1) as i64;
    let before = get_artist::stats();
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (trace, db, next) = (trace.clone(), Arc::clone(db), Arc::clone(&next));
        clients.spawn(async move {
            // Each place of the trace is taken once, whoever takes it.
            while let Some(key) = trace.0.get(next.fetch_add(1, Ordering::Relaxed)) {
                get_artist(&db, i64::from(*key) % artists + 1).await?;
            }
            Ok::<_, sqlx::Error>(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    let (elapsed, after) = (start.elapsed(), get_artist::stats());
    Ok(Replayed {
        requests: after.requests - before.requests,
        hits: after.hits - before.hits,
        loads: after.loads - before.loads,
        elapsed,
    })
}
