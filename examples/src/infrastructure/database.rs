//! The SQLite file, and the count of what is read of it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{SqliteConnection, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, SqlitePool};

use crate::sqlite::{self, Application, OpenError};

/// The letters `INFR`.
const INFRASTRUCTURE: Application = Application { id: 0x494e_4652, what: "the infrastructure example's" };
/// How many users there are, and how many items: their ids begin with 1.
pub const PEOPLE: i64 = 200;

const SCHEMA: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL) STRICT;
CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
CREATE TABLE sessions (token TEXT PRIMARY KEY, user_id INTEGER NOT NULL, valid_until INTEGER NOT NULL) STRICT;
CREATE TABLE payment_methods (user_id INTEGER NOT NULL, token TEXT NOT NULL, last_digits TEXT NOT NULL) STRICT;
CREATE TABLE invoices (user_id INTEGER NOT NULL, cents INTEGER NOT NULL) STRICT;
CREATE TABLE metrics (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE pipelines (name TEXT PRIMARY KEY, config TEXT NOT NULL, owner TEXT NOT NULL) STRICT;
CREATE INDEX invoices_by_user ON invoices (user_id);
";

const ROWS: &str = "
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200)
INSERT INTO users SELECT n, 'User ' || n, 'user' || n || '@example.org' FROM n;
INSERT INTO items SELECT id, 'Item ' || id, 100 * id + 99 FROM users;
INSERT INTO payment_methods SELECT id, 'tok_visa_' || id, printf('%04d', (id * 7919) % 10000) FROM users;
INSERT INTO invoices SELECT id % 50 + 1, 100 * id FROM users;
INSERT INTO metrics VALUES ('requests_per_minute', 1200), ('queue_length', 3);
INSERT INTO pipelines VALUES ('nightly', '{\"batch\": 500, \"retries\": 3}', 'data team');
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
        let options = sqlite::prepare(file, INFRASTRUCTURE, fill).await?;
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
    let tables = format!("{SCHEMA} {ROWS} PRAGMA application_id = {};", INFRASTRUCTURE.id);
    // The text is this file's own and a number.
    sqlx::raw_sql(AssertSqlSafe(tables)).execute(&mut *transaction).await?;
    transaction.commit().await
}
