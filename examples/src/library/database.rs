//! The SQLite file, and the count of what it is asked.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnection, SqlitePoolOptions};

use super::repository::Function;
use super::seed;
use crate::sqlite::{self, Application, OpenError};

/// The letters `LIBR`.
const LIBRARY: Application = Application { id: 0x4c49_4252, what: "a library" };

/// The library's database. A query needs an executor, and the only ones to be had are counted.
#[derive(Debug)]
pub struct Database {
    pool: SqlitePool,
    /// Closed: what is asked of it fails.
    broken: SqlitePool,
    fails: AtomicBool,
    read: [AtomicU64; Function::ALL.len()],
}

impl Database {
    /// Opens the library in `file`; a file that is missing or empty is filled first, telling `progress` how many
    /// rows out of how many are written.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, is damaged, or belongs to another application.
    pub async fn open(file: &Path, progress: impl FnMut(u64, u64) + Send) -> Result<Self, OpenError> {
        let fill = async |connection: &mut SqliteConnection| seed::fill(connection, LIBRARY.id, progress).await;
        let options = sqlite::prepare(file, LIBRARY, fill).await?;
        // A ping before every query would be counted as the query's own time, and a file does not hang up.
        let broken = SqlitePoolOptions::new().connect_lazy_with(options.clone());
        broken.close().await;
        let pool = SqlitePoolOptions::new().max_connections(4).test_before_acquire(false).connect_with(options).await;
        let pool = pool.map_err(|error| sqlite::unusable(file, &error))?;
        Ok(Self { pool, broken, fails: AtomicBool::new(false), read: Default::default() })
    }

    /// The executor for one query that `function` makes.
    pub(super) fn reading(&self, function: Function) -> &SqlitePool {
        self.read[function as usize].fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) { &self.broken } else { &self.pool }
    }

    /// Has every read fail, or no more.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    /// The executor for a query that changes the library, or that belongs to such a change.
    pub(super) fn writing(&self) -> &SqlitePool {
        &self.pool
    }

    /// How many queries `function` has made so far.
    pub fn queries(&self, function: Function) -> u64 {
        self.read[function as usize].load(Ordering::Relaxed)
    }
}
