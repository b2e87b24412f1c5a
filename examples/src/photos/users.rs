//! Users, and what is ready when one of them has logged in.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{WarmReport, cached, invalidates, key};
use futures_util::stream;

use super::albums::list_albums;
use super::model::User;
use super::service::Service;

/// A user.
#[cached(key = "user:{user_id}:profile", ttl = "1h", cache = on.cache, skip(on))]
pub async fn user_profile(on: &Service, user_id: i64) -> Result<Option<User>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, name, email, role FROM users WHERE id = ?").bind(user_id);
    query.fetch_optional(on.db.reading()).await
}

/// The key of a user's entry of that kind.
#[must_use]
pub fn build_user_cache_key(user_id: i64, kind: &str) -> String {
    key!("user:{}:{}", user_id, kind)
}

/// [`user_profile`] by hand: looked for, fetched, stored under the same key, so that either finds what the other has stored.
/// Callers who miss together each ask the database, as the function's do not.
///
/// # Errors
///
/// When the database fails.
pub async fn profile_by_hand(on: &Service, user_id: i64) -> Result<Option<User>, sqlx::Error> {
    let key = build_user_cache_key(user_id, "profile");
    if let Some(user) = on.cache.get::<User>(&*key).await {
        return Ok(Some(user));
    }
    let user = user_profile::uncached(on, user_id).await?;
    if let Some(user) = &user {
        on.cache.set(key, user.clone(), Duration::from_secs(3_600)).await;
    }
    Ok(user)
}

/// How a user wants things.
#[cached(key = "user:{user_id}:settings", ttl = "1h", cache = on.cache, skip(on))]
pub async fn user_settings(on: &Service, user_id: i64) -> Result<Option<String>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT settings FROM users WHERE id = ?").bind(user_id);
    query.fetch_optional(on.db.reading()).await
}

/// What a user may do.
#[cached(key = "user:{user_id}:permissions", ttl = "30m", cache = on.cache, skip(on))]
pub async fn user_permissions(on: &Service, user_id: i64) -> Result<Arc<Vec<String>>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT role FROM users WHERE id = ?").bind(user_id);
    let role: Option<String> = query.fetch_optional(on.db.reading()).await?;
    let allowed: &[&str] = match role.as_deref() {
        Some("admin") => &["view", "upload", "delete"],
        Some(_) => &["view", "upload"],
        None => &[],
    };
    Ok(Arc::new(allowed.iter().map(|word| (*word).to_owned()).collect()))
}

/// Gives a user another name.
#[invalidates(user_profile(&on.cache, user_id))]
pub async fn rename_user(on: &Service, user_id: i64, name: &str) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(name).bind(user_id);
    query.execute(on.db.writing()).await.map(drop)
}

/// Finds the user of an address, and has ready what the first pages ask for; `None` if there is none.
///
/// # Errors
///
/// When the database fails.
pub async fn log_in(on: &Service, email: &str) -> Result<Option<(User, WarmReport)>, sqlx::Error> {
    let query = sqlx::query_as("SELECT id, name, email, role FROM users WHERE email = ?").bind(email);
    let Some(user) = query.fetch_optional(on.db.writing()).await? else { return Ok(None) };
    let user: User = user;
    // The row is here already.
    user_profile::put(&on.cache, user.id, user.clone()).await;
    let warmed = on
        .cache
        .warm()
        .strategy("settings", [user.id], |id| user_settings(on, id))
        .strategy("permissions", [user.id], |id| user_permissions(on, id))
        .strategy("albums", stream::iter([user.id]), |id| list_albums(on, id))
        .run()
        .await;
    Ok(Some((user, warmed)))
}
