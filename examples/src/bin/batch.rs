//! Many tracks at once, with the entries of the function of one: which came from the cache, and how long it took.

use std::collections::HashMap;

use cache_core::{BatchOutcomes, Source, cached};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{QueryBuilder, Sqlite};

#[cached(ttl = "10m", key_prefix = "track")]
async fn get_track(db: &SqlitePool, id: i64) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT title FROM tracks WHERE id = ?").bind(id).fetch_optional(db).await
}

/// One query for all that are missing. What is not there is remembered for a while.
#[cached(ttl = "10m", ttl_none = "1m", key_prefix = "track", batch = ids)]
async fn get_tracks(db: &SqlitePool, ids: &[i64]) -> Result<HashMap<i64, String>, sqlx::Error> {
    println!("  query for {ids:?}");
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id, title FROM tracks WHERE id IN (");
    let mut list = query.separated(", ");
    ids.iter().for_each(|id| _ = list.push_bind(id));
    query.push(")");
    let rows: Vec<(i64, String)> = query.build_query_as().fetch_all(db).await?;
    Ok(rows.into_iter().collect())
}

fn show(outcomes: &BatchOutcomes<i64, String>) {
    for item in outcomes {
        println!("  {}: {} ({})", item.key, item.value.as_deref().unwrap_or("absent"), item.source);
    }
    println!("  hit rate {:.0} %, in time: {}", 100.0 * outcomes.hit_rate(), outcomes.total_time().as_secs() < 60);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new().filename(folder.path().join("music.sqlite")).create_if_missing(true);
    let db = SqlitePool::connect_with(options).await?;
    let tables = "
        CREATE TABLE tracks (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
        INSERT INTO tracks VALUES (1, 'So What'), (2, 'Freddie Freeloader'), (3, 'Blue in Green'), (4, 'All Blues')";
    sqlx::raw_sql(tables).execute(&db).await?;

    println!("one: {:?}", get_track(&db, 1).await?);
    println!("many:");
    show(&get_tracks::outcomes(&db, &[1, 2, 3, 99]).await?);
    get_track::invalidate(2).await;
    println!("again, without 2:");
    show(&get_tracks::outcomes(&db, &[3, 2, 99, 2]).await?);
    println!("two who overlap:");
    let (a, b) = tokio::try_join!(get_tracks::outcomes(&db, &[4, 1]), get_tracks::outcomes(&db, &[4]))?;
    println!("  {} loaded, {} waited", a.count(Source::Loaded), b.count(Source::Coalesced));
    println!("requests: {}, loads: {}", get_tracks::stats().requests, get_tracks::stats().loads);
    Ok(())
}
