//! The SQLite file, and the count of what is read of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{SqliteConnection, SqlitePoolOptions};
use sqlx::{QueryBuilder, Sqlite, SqlitePool};

use super::analysis::Measured;
use super::model::{Depth, Fingerprint};
use super::seed;
use crate::sqlite::{self, Application, OpenError};

/// The letters `FING`.
const FINGERPRINTS: Application = Application { id: 0x4649_4e47, what: "a library of fingerprints" };
/// SQLite takes 32,766 parameters in one statement.
const TRACKS_PER_QUERY: usize = 1_000;

/// The library's database. What is read of it is counted.
#[derive(Debug)]
pub struct Database {
    pool: SqlitePool,
    queries: AtomicU64,
    windows: AtomicU64,
    measured: AtomicU64,
}

/// What was read so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Queries of the cached functions.
    pub queries: u64,
    /// Windows of tracks.
    pub windows: u64,
    /// Tracks that were measured, each time.
    pub measured: u64,
}

impl Database {
    /// Opens the library in `file`; a file that is missing or empty is filled with so many tracks first, telling
    /// `progress` how many of them are written.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, is damaged, or belongs to another application.
    pub async fn open(file: &Path, tracks: u32, progress: impl FnMut(u64, u64) + Send) -> Result<Self, OpenError> {
        let fill =
            async |connection: &mut SqliteConnection| seed::fill(connection, FINGERPRINTS.id, tracks, progress).await;
        let options = sqlite::prepare(file, FINGERPRINTS, fill).await?;
        // A ping before every query would be counted as the query's own time, and a file does not hang up.
        let pool = SqlitePoolOptions::new().max_connections(4).test_before_acquire(false).connect_with(options).await;
        let pool = pool.map_err(|error| sqlite::unusable(file, &error))?;
        let (queries, windows, measured) = Default::default();
        Ok(Self { pool, queries, windows, measured })
    }

    /// The executor for one query of a cached function.
    pub(super) fn reading(&self) -> &SqlitePool {
        self.queries.fetch_add(1, Ordering::Relaxed);
        &self.pool
    }

    /// The executor for what changes the library, or is no cached function's.
    pub(super) const fn writing(&self) -> &SqlitePool {
        &self.pool
    }

    /// What was read so far.
    #[must_use]
    pub fn reads(&self) -> Reads {
        Reads {
            queries: self.queries.load(Ordering::Relaxed),
            windows: self.windows.load(Ordering::Relaxed),
            measured: self.measured.load(Ordering::Relaxed),
        }
    }

    /// The fingerprints of those of the tracks that there are.
    pub(super) async fn measure(&self, ids: &[i64], depth: Depth) -> Result<HashMap<i64, Fingerprint>, sqlx::Error> {
        let mut measured: HashMap<i64, Measured> = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(TRACKS_PER_QUERY) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT track_id, features FROM windows WHERE position < ");
            query.push_bind(depth.windows()).push(" AND track_id IN (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id);
            }
            query.push(")");
            let rows: Vec<(i64, Vec<u8>)> = query.build_query_as().fetch_all(self.reading()).await?;
            self.windows.fetch_add(rows.len() as u64, Ordering::Relaxed);
            for (id, window) in &rows {
                measured.entry(*id).or_default().add(*id, window)?;
            }
        }
        self.measured.fetch_add(measured.len() as u64, Ordering::Relaxed);
        Ok(measured.iter().filter_map(|(id, windows)| Some((*id, windows.fingerprint(*id)?))).collect())
    }
}
