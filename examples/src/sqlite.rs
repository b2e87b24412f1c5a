//! An application's SQLite file: filled when it is new, refused when it is somebody else's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

/// Whose file it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Application {
    /// SQLite's `application_id`.
    pub(crate) id: i32,
    /// What a file of it is called: `a library`.
    pub(crate) what: &'static str,
}

/// Why a file cannot serve as an application's database.
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
    #[error("{} is a SQLite database, but not {what}", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
}

/// How to connect to `file`, which holds what `application` needs from here on.
///
/// A file that is missing or empty is filled by `fill`. Nothing is written to a file that holds anything else.
pub(crate) async fn prepare(
    file: &Path,
    application: Application,
    fill: impl AsyncFnOnce(&mut SqliteConnection) -> Result<(), sqlx::Error>,
) -> Result<SqliteConnectOptions, OpenError> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true).foreign_keys(true);
    let failed = |error: sqlx::Error| unusable(file, &error);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let (objects,): (i64,) =
        sqlx::query_as("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await.map_err(failed)?;
    if objects == 0 {
        fill(&mut connection).await.map_err(failed)?;
    }
    let (found,): (i32,) = sqlx::query_as("PRAGMA application_id").fetch_one(&mut connection).await.map_err(failed)?;
    if found != application.id {
        return Err(OpenError::Foreign { file: file.to_owned(), what: application.what });
    }
    let (state,): (String,) =
        sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut connection).await.map_err(failed)?;
    if state != "ok" {
        return Err(OpenError::Unusable { file: file.to_owned(), reason: state.replace('\n', " ") });
    }
    connection.close().await.map_err(failed)?;
    Ok(options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5)))
}

/// What SQLite says about `file`, on one line.
pub(crate) fn unusable(file: &Path, error: &sqlx::Error) -> OpenError {
    let reason = match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    };
    OpenError::Unusable { file: file.to_owned(), reason }
}
