//! The SQLite file, and the count of what it is asked.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqlitePool};

use super::repository::Function;
use super::seed;

/// SQLite's `application_id` of a library: the letters `LIBR`.
const APPLICATION_ID: i32 = 0x4c49_4252;

/// The library's database. A query needs an executor, and the only ones to be had are counted.
#[derive(Debug)]
pub struct Database {
    pool: SqlitePool,
    /// Closed: what is asked of it fails.
    broken: SqlitePool,
    fails: AtomicBool,
    read: [AtomicU64; Function::ALL.len()],
}

/// Why a file cannot serve as the library's database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be opened, read or written, or is damaged.
    #[error("cannot use {} as a database: {reason}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What SQLite says about it.
        reason: String,
    },
    /// It is a database of something else.
    #[error("{} is a SQLite database, but not a library", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
}

impl Database {
    /// Opens the library in `file`; a file that is missing or empty is filled first, telling `progress` how many
    /// rows out of how many are written.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, is damaged, or belongs to another application.
    pub async fn open(file: &Path, progress: impl FnMut(u64, u64) + Send) -> Result<Self, OpenError> {
        prepare(file, progress).await?;
        let options = options(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        // A ping before every query would be counted as the query's own time, and a file does not hang up.
        let broken = SqlitePoolOptions::new().connect_lazy_with(options.clone());
        broken.close().await;
        let pool = SqlitePoolOptions::new().max_connections(4).test_before_acquire(false).connect_with(options).await;
        let pool = pool.map_err(|error| unusable(file, &error))?;
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

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).create_if_missing(true).foreign_keys(true)
}

fn unusable(file: &Path, error: &sqlx::Error) -> OpenError {
    let reason = match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    };
    OpenError::Unusable { file: file.to_owned(), reason }
}

/// Makes sure that `file` holds a whole library. Nothing is written to a file that holds anything else.
async fn prepare(file: &Path, progress: impl FnMut(u64, u64) + Send) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| unusable(file, &error);
    let mut connection = SqliteConnection::connect_with(&options(file)).await.map_err(failed)?;
    let (objects,): (i64,) =
        sqlx::query_as("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await.map_err(failed)?;
    if objects == 0 {
        seed::fill(&mut connection, APPLICATION_ID, progress).await.map_err(failed)?;
    }
    let (application,): (i32,) =
        sqlx::query_as("PRAGMA application_id").fetch_one(&mut connection).await.map_err(failed)?;
    if application != APPLICATION_ID {
        return Err(OpenError::Foreign { file: file.to_owned() });
    }
    let (state,): (String,) =
        sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut connection).await.map_err(failed)?;
    if state != "ok" {
        return Err(OpenError::Unusable { file: file.to_owned(), reason: state.replace('\n', " ") });
    }
    connection.close().await.map_err(failed)
}
