//! The SQLite file, and the count of what is read of it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{SqliteConnection, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, SqlitePool};

use crate::sqlite::{self, Application, OpenError};

/// The letters `PHOT`.
const PHOTOS: Application = Application { id: 0x5048_4f54, what: "the photos of this example" };

const SCHEMA: &str = "
CREATE TABLE users (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, role TEXT NOT NULL, settings TEXT NOT NULL
) STRICT;
CREATE TABLE albums (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, title TEXT NOT NULL) STRICT;
CREATE TABLE photos (
    id INTEGER PRIMARY KEY, album_id INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE, file TEXT NOT NULL,
    status TEXT NOT NULL, download_count INTEGER NOT NULL
) STRICT;
CREATE TABLE faces (
    id INTEGER PRIMARY KEY, photo_id INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE, cluster INTEGER NOT NULL,
    embedding BLOB NOT NULL
) STRICT;
CREATE TABLE persons (
    id INTEGER PRIMARY KEY, album_id INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE, name TEXT NOT NULL,
    UNIQUE (album_id, name)
) STRICT;
CREATE INDEX albums_by_user ON albums (user_id);
CREATE INDEX photos_by_album ON photos (album_id);
CREATE INDEX faces_by_photo ON faces (photo_id);
";

/// 4 users with 5 albums each, 10 photos in each album, 2 faces in each photo: ids begin with 1.
const ROWS: &str = "
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 400)
INSERT INTO users SELECT n, 'User ' || n, 'user' || n || '@example.org', iif(n = 1, 'admin', 'member'), '{\"theme\":\"dark\"}'
    FROM n WHERE n <= 4;
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20)
INSERT INTO albums SELECT n, (n - 1) / 5 + 1, 'Album ' || n FROM n;
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200)
INSERT INTO photos SELECT n, (n - 1) / 10 + 1, printf('img_%04d.jpg', n), 'waiting', 0 FROM n;
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 400)
INSERT INTO faces SELECT n, (n - 1) / 2 + 1, n % 13, unhex(printf('%02x%02x%02x%02x', n % 13 * 16, n % 7, n % 5, n % 3)) FROM n;
INSERT INTO persons SELECT 1, 1, 'Ann';
";

/// One instance's connections. What the cached functions read is counted.
#[derive(Debug)]
pub struct Database {
    pool: SqlitePool,
    queries: AtomicU64,
}

impl Database {
    /// Opens `file`, which is filled first where it is missing or empty.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, is damaged, or belongs to another application.
    pub async fn open(file: &Path) -> Result<Self, OpenError> {
        let options = sqlite::prepare(file, PHOTOS, fill).await?;
        let pool = SqlitePoolOptions::new().max_connections(4).test_before_acquire(false).connect_with(options).await;
        Ok(Self { pool: pool.map_err(|error| sqlite::unusable(file, &error))?, queries: AtomicU64::new(0) })
    }

    /// The executor for one query of a cached function.
    pub(super) fn reading(&self) -> &SqlitePool {
        self.queries.fetch_add(1, Ordering::Relaxed);
        &self.pool
    }

    /// The executor for what changes the database.
    pub(super) const fn writing(&self) -> &SqlitePool {
        &self.pool
    }

    /// Queries of the cached functions so far.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}

async fn fill(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let tables = format!("{SCHEMA} {ROWS} PRAGMA application_id = {};", PHOTOS.id);
    // The text is this file's own and a number.
    sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut *transaction).await?;
    transaction.commit().await
}
