//! Searches, under a hash of what was asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use cache_core::cached;

use super::service::Service;

/// The photos with a face like that of a selfie. The query is the selfie's name, as the upload has it.
#[cached(key = "search:{query|hash}:results", ttl = "10m", cache = on.cache, skip(on))]
pub async fn search_by_selfie(on: &Service, query: &str) -> Result<Arc<Vec<i64>>, sqlx::Error> {
    // What a pipeline would find in the picture is drawn from its name.
    let sql = "SELECT DISTINCT photo_id FROM faces WHERE cluster = ? ORDER BY photo_id LIMIT 20";
    let cluster = query.bytes().map(i64::from).sum::<i64>() % 13;
    sqlx::query_scalar(sql).bind(cluster).fetch_all(on.db.reading()).await.map(Arc::new)
}

/// How a query could go on.
#[cached(key = "search:{query|hash}:suggestions", ttl = "1h", cache = on.cache, skip(on))]
pub async fn search_suggestions(on: &Service, query: &str) -> Result<Arc<Vec<String>>, sqlx::Error> {
    let sql = "SELECT title FROM albums WHERE instr(lower(title), lower(?)) = 1 ORDER BY title LIMIT 10";
    sqlx::query_scalar(sql).bind(query).fetch_all(on.db.reading()).await.map(Arc::new)
}

/// What tells one search of albums from another: `7:status=new|year=2024`.
fn by_filters(user_id: &i64, filters: &BTreeMap<String, String>) -> String {
    let filters: Vec<String> = filters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{user_id}:{}", filters.join("|"))
}

/// A user's albums by filters, under a key that is built by hand.
///
/// Under `search:` like the others, filters that spell `results` would make the name of another function's entry: the cache
/// refuses such a pair, and runs both uncached.
#[cached(key_prefix = "album_search", key_with = by_filters, ttl = "10m", cache = on.cache, skip(on))]
pub async fn search_albums(
    on: &Service,
    user_id: i64,
    filters: &BTreeMap<String, String>,
) -> Result<Arc<Vec<i64>>, sqlx::Error> {
    let title = filters.get("title").map_or("", String::as_str);
    let sql = "SELECT id FROM albums WHERE user_id = ? AND instr(lower(title), lower(?)) > 0 ORDER BY id";
    sqlx::query_scalar(sql).bind(user_id).bind(title).fetch_all(on.db.reading()).await.map(Arc::new)
}
