//! The README's first block as a program.

use cache_core::{cached, invalidates};
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

/// An artist's name.
#[cached(ttl = "5m", key_prefix = "artist")]
async fn get_artist(db: &SqlitePool, artist_id: i64) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT name FROM artists WHERE id = ?").bind(artist_id).fetch_optional(db).await
}

/// Gives an artist another name.
#[invalidates(get_artist(artist_id))]
async fn rename_artist(db: &SqlitePool, artist_id: i64, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE artists SET name = ? WHERE id = ?").bind(name).bind(artist_id).execute(db).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    let db = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    sqlx::raw_sql("CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO artists VALUES (42, 'Nina')")
        .execute(&db)
        .await?;

    println!("{:?}", get_artist(&db, 42).await?); // a miss: runs the query
    println!("{:?}", get_artist(&db, 42).await?); // a hit
    rename_artist(&db, 42, "Nina Simone").await?;
    println!("{:?}", get_artist(&db, 42).await?); // a miss: the new name

    let stats = get_artist::stats();
    println!("{}: {} hits, {} misses", get_artist::key(42), stats.hits, stats.misses);
    Ok(())
}
