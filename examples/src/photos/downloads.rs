//! Downloads: counted for everybody at once, and written to the database ten at a time.

use std::time::Duration;

use cache_core::{Cache, WriteBack, key};
use sqlx::SqlitePool;

use super::database::Database;
use super::service::Service;

/// So many additions are written together.
pub const EVERY: u64 = 10;
/// And what there is, after so long.
const PERIOD: Duration = Duration::from_secs(10);

/// One instance's downloads on their way to the database.
#[derive(Debug)]
pub struct Downloads {
    /// Those that this instance has not written yet. Nothing evicts them, and closing the cache writes them.
    pub unwritten: WriteBack,
}

impl Downloads {
    pub(super) fn new(cache: &Cache, db: &Database) -> Self {
        let db = db.writing().clone();
        let unwritten = cache.counters("photo_downloads").every(EVERY).period(PERIOD).write_back(move |deltas| {
            let db = db.clone();
            async move { write(&db, deltas).await }
        });
        Self { unwritten }
    }
}

async fn write(db: &SqlitePool, deltas: Vec<(String, i64)>) -> Result<(), sqlx::Error> {
    let mut transaction = db.begin().await?;
    for (key, downloads) in deltas {
        let photo_id: Option<i64> = key.split(':').nth(1).and_then(|id| id.parse().ok());
        let query = sqlx::query("UPDATE photos SET download_count = download_count + ? WHERE id = ?");
        query.bind(downloads).bind(photo_id).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// Counts a download. Gives the count of all instances, for a page to show: none while Redis, which has it, is away. The
/// database is told all the same.
pub async fn download_photo(on: &Service, photo_id: i64) -> Option<i64> {
    let key = key!("photo:{}:downloads", photo_id);
    on.downloads.unwritten.add(&*key, 1).await;
    on.cache.increment(key, 1).await.ok()
}

/// What the database has.
///
/// # Errors
///
/// When the database fails.
pub async fn written(on: &Service, photo_id: i64) -> Result<i64, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT download_count FROM photos WHERE id = ?").bind(photo_id);
    query.fetch_one(on.db.writing()).await
}
