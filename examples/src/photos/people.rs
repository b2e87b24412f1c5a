//! Who is in the photos, by keys of one's own.

use std::time::Duration;

use cache_core::key;

use super::events::PersonUpdated;
use super::service::Service;

const HOUR: Duration = Duration::from_secs(3_600);

/// The id of a person of that name in an album, who is made if need be.
///
/// Whoever finds the id first stores it; nobody overwrites it. Where Redis cannot be asked whether it is there, nothing is
/// stored: the database knows it.
///
/// # Errors
///
/// When the database fails.
pub async fn get_or_create_person(on: &Service, album_id: i64, name: &str) -> Result<i64, sqlx::Error> {
    let key = key!("person_id:{}:{}", album_id, name);
    if let Some(id) = on.cache.get::<i64>(&*key).await {
        return Ok(id);
    }
    sqlx::query("INSERT INTO persons (album_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(album_id)
        .bind(name)
        .execute(on.db.writing())
        .await?;
    let id = sqlx::query_scalar("SELECT id FROM persons WHERE album_id = ? AND name = ?");
    let id: i64 = id.bind(album_id).bind(name).fetch_one(on.db.reading()).await?;
    let _first = on.cache.set_if_absent(key, id, HOUR).await;
    Ok(id)
}

/// Gives a person another name; searches may have found the old one.
///
/// # Errors
///
/// When the database fails.
pub async fn rename_person(on: &Service, album_id: i64, name: &str, new: &str) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE persons SET name = ? WHERE album_id = ? AND name = ?");
    query.bind(new).bind(album_id).bind(name).execute(on.db.writing()).await?;
    on.cache.apply(&on.rules, &PersonUpdated { album_id, name: name.to_owned() }).await;
    Ok(())
}
