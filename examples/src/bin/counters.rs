//! Views that are counted here and written to a database a hundred at a time.

use std::time::Duration;

use cache_core::{Cache, WriteBack};
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

/// Counts of views that are on their way to the table of photos.
fn views_of(cache: &Cache, db: &SqlitePool) -> WriteBack {
    let db = db.clone();
    cache.counters("photo_views").every(100).period(Duration::from_secs(10)).write_back(move |deltas| {
        let db = db.clone();
        async move {
            let mut transaction = db.begin().await?;
            for (photo, views) in deltas {
                let query = sqlx::query("UPDATE photos SET views = views + ? WHERE name = ?");
                query.bind(views).bind(photo).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        }
    })
}

/// What the database has and what is on its way there.
async fn seen(db: &SqlitePool, views: &WriteBack, photo: &str) -> Result<(i64, i64), sqlx::Error> {
    let query = sqlx::query_scalar("SELECT views FROM photos WHERE name = ?");
    Ok((query.bind(photo).fetch_one(db).await?, views.get(photo)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    sqlx::raw_sql(
        "CREATE TABLE photos (name TEXT, views INTEGER); INSERT INTO photos VALUES ('sunset', 0), ('cat', 0)",
    )
    .execute(&db)
    .await?;
    let cache = Cache::builder().build()?;
    let views = views_of(&cache, &db);
    let writer = tokio::spawn(views.clone().run());

    for visit in 0..250 {
        views.add(if visit % 5 == 0 { "sunset" } else { "cat" }, 1).await;
    }
    println!("sunset: (written, on the way) = {:?}", seen(&db, &views, "sunset").await?);
    println!("cat: (written, on the way) = {:?}", seen(&db, &views, "cat").await?);

    cache.close().await;
    writer.await?;
    println!("sunset after the close: {:?}", seen(&db, &views, "sunset").await?);
    println!("cat after the close: {:?}", seen(&db, &views, "cat").await?);
    Ok(())
}
