//! What is asked of the database, how long each answer is good, and what changes it.
//!
//! An instance is an argument because two of them live in this process: `cache = on.cache` says whose memory. In a service of
//! one cache the attribute is `#[cached(ttl = "30m", key_prefix = "user")]`, and the first argument a pool.

use cache_core::{cached, invalidates, key};
use std::sync::Arc;
use std::time::Duration;

use super::instance::Instance;
use super::model::{Billing, Item, PaymentToken, ProfilePage, Session, UserProfile};

/// A user.
#[cached(ttl = "30m", key_prefix = "user", cache = on.cache, skip(on))]
pub async fn get_user_profile(on: &Instance, user_id: i64) -> Result<Option<UserProfile>, sqlx::Error> {
    fetch_user(on, user_id).await
}

async fn fetch_user(on: &Instance, user_id: i64) -> Result<Option<UserProfile>, sqlx::Error> {
    sqlx::query_as("SELECT id, name, email FROM users WHERE id = ?").bind(user_id).fetch_optional(on.db.reading()).await
}

/// The same user by a key of one's own: whichever of the two comes first stores for both.
///
/// # Errors
///
/// When the database fails, or has no such user.
pub async fn user_by_hand(on: &Instance, user_id: i64) -> Result<UserProfile, sqlx::Error> {
    let two_hours = Duration::from_secs(2 * 3_600);
    let factory = async || fetch_user(on, user_id).await?.ok_or(sqlx::Error::RowNotFound);
    on.cache.get_or_try_set(key!("user:{}", user_id), two_hours, factory).await
}

/// A user's page: profiles change seldom, and this is told of it.
#[cached(ttl = "6h", key_prefix = "user_profile", cache = on.cache, skip(on))]
pub async fn get_profile_page(on: &Instance, user_id: i64) -> Result<Option<ProfilePage>, sqlx::Error> {
    let Some(user) = get_user_profile(on, user_id).await? else { return Ok(None) };
    let query = sqlx::query_scalar("SELECT count(*) FROM invoices WHERE user_id = ?").bind(user_id);
    Ok(Some(ProfilePage { user, invoices: query.fetch_one(on.db.reading()).await? }))
}

/// An item.
#[cached(ttl = "1h", key_prefix = "item", cache = on.cache, skip(on))]
pub async fn get_item(on: &Instance, item_id: i64) -> Result<Option<Item>, sqlx::Error> {
    sqlx::query_as("SELECT id, name, cents FROM items WHERE id = ?").bind(item_id).fetch_optional(on.db.reading()).await
}

/// The cheapest items, page by page.
#[cached(ttl = "10m", key_prefix = "item_list", cache = on.cache, skip(on))]
pub async fn list_items(on: &Instance, page: u32, limit: u32) -> Result<Arc<Vec<Item>>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, name, cents FROM items ORDER BY cents, id LIMIT ? OFFSET ?");
    query.bind(limit).bind(i64::from(page) * i64::from(limit)).fetch_all(on.db.reading()).await.map(Arc::new)
}

/// A login, for as long as it is valid. The token itself is in no key.
#[cached(key = "session:{token|hash}", ttl_with = |session| session.left(), cache = on.cache, skip(on))]
pub async fn get_session(on: &Instance, token: &str) -> Result<Option<Session>, sqlx::Error> {
    let query = sqlx::query_as("SELECT user_id, valid_until FROM sessions WHERE token = ?").bind(token);
    Ok(query.fetch_optional(on.db.reading()).await?.filter(|session: &Session| !session.left().is_zero()))
}

/// What a user pays with.
#[cached(ttl = "15m", key_prefix = "payment_token", cache = on.cache, skip(on))]
pub async fn get_payment_token(on: &Instance, user_id: i64) -> Result<Option<PaymentToken>, sqlx::Error> {
    let query = sqlx::query_as("SELECT token, last_digits FROM payment_methods WHERE user_id = ?").bind(user_id);
    query.fetch_optional(on.db.reading()).await
}

/// What a user is billed.
#[cached(ttl = "1h", key_prefix = "billing", cache = on.cache, skip(on))]
pub async fn get_billing(on: &Instance, user_id: i64) -> Result<Billing, sqlx::Error> {
    let query = "SELECT count(*) AS invoices, coalesce(sum(cents), 0) AS cents FROM invoices WHERE user_id = ?";
    sqlx::query_as(query).bind(user_id).fetch_one(on.db.reading()).await
}

/// A figure that moves all the time.
#[cached(ttl = "2m", key_prefix = "metric", cache = on.cache, skip(on))]
pub async fn get_metric(on: &Instance, name: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM metrics WHERE name = ?").bind(name).fetch_optional(on.db.reading()).await
}

/// How a pipeline is set up: good until it is changed, or evicted.
#[cached(ttl = "never", key_prefix = "pipeline_config", cache = on.cache, skip(on))]
pub async fn get_pipeline_config(on: &Instance, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT config FROM pipelines WHERE name = ?").bind(name).fetch_optional(on.db.reading()).await
}

/// Whose pipeline it is: says nothing of its time, and has the cache's default.
#[cached(key_prefix = "pipeline_metadata", cache = on.cache, skip(on))]
pub async fn get_pipeline_owner(on: &Instance, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT owner FROM pipelines WHERE name = ?").bind(name).fetch_optional(on.db.reading()).await
}

/// The users whose name or address contains one of the words. A text of hundreds of letters makes a name that ends in a digest.
#[cached(ttl = "10m", key_prefix = "user_search", cache = on.cache, skip(on))]
pub async fn search_users(on: &Instance, words: &str) -> Result<Vec<i64>, sqlx::Error> {
    let query = "SELECT id FROM users WHERE instr(?1, name) > 0 OR instr(?1, email) > 0 ORDER BY id";
    sqlx::query_scalar(query).bind(words).fetch_all(on.db.reading()).await
}

/// A sync function: its values are in memory, where nobody has to wait for them.
#[cached(ttl = "1h", key_prefix = "price_label", cache = on.cache, skip(on))]
pub fn price_label(on: &Instance, cents: i64) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}

/// A report that takes the database a while: one instance asks for it, and the others wait.
#[cached(ttl = "1h", cluster_flight = true, key_prefix = "usage_report", cache = on.cache, skip(on))]
pub async fn usage_report(on: &Instance, month: u32) -> Result<i64, sqlx::Error> {
    let query = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300000)
                 SELECT sum(n % (? + 7)) FROM n";
    sqlx::query_scalar(query).bind(month).fetch_one(on.db.reading()).await
}

/// A file in whole: too large to be kept in memory, and better kept elsewhere.
#[cached(ttl = "10m", key_prefix = "attachment", cache = on.cache, skip(on))]
pub async fn get_attachment(on: &Instance, id: i64) -> Result<Option<String>, sqlx::Error> {
    // So large as it would be, made here.
    sqlx::query_scalar("SELECT hex(zeroblob(50000 + ?))").bind(id).fetch_optional(on.db.reading()).await
}

/// Gives a user another name, by whoever does not speak of it on the event bus.
#[invalidates(get_user_profile(&on.cache, user_id), get_profile_page(&on.cache, user_id))]
pub async fn rename_user(on: &Instance, user_id: i64, name: &str) -> Result<(), sqlx::Error> {
    write_name(on, user_id, name).await
}

/// As [`rename_user`], and nobody is told: what events are about.
pub(super) async fn write_name(on: &Instance, user_id: i64, name: &str) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(name).bind(user_id);
    query.execute(on.db.writing()).await.map(drop)
}

/// Sets a pipeline up anew, which is what ends the old setting.
#[invalidates(get_pipeline_config(&on.cache, name))]
pub async fn configure_pipeline(on: &Instance, name: &str, config: &str) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE pipelines SET config = ? WHERE name = ?").bind(config).bind(name);
    query.execute(on.db.writing()).await.map(drop)
}

/// Logs a user in; gives the token.
///
/// # Errors
///
/// When the database fails.
pub async fn log_in(on: &Instance, user_id: i64, valid: Duration) -> Result<String, sqlx::Error> {
    let token = format!("{:032x}", rand::random::<u128>());
    let until = super::model::now().saturating_add(valid.as_secs().try_into().unwrap_or(i64::MAX));
    let query = sqlx::query("INSERT INTO sessions (token, user_id, valid_until) VALUES (?, ?, ?)");
    query.bind(&token).bind(user_id).bind(until).execute(on.db.writing()).await?;
    Ok(token)
}

/// A line for the log. A mistake, to be noticed: no two requests have one number, so nothing of this is ever asked for again.
#[cached(ttl = "5m", key_prefix = "request", cache = on.cache, skip(on))]
pub fn describe_request(on: &Instance, number: u64) -> String {
    let _ = on;
    format!("request {number}")
}
