//! One entry of each function, and how long it is kept.

use std::time::Duration;

use super::super::instance::Instance;
use super::super::repository as of;
use crate::cluster::{Kept, kept, kept_blocking};

/// Longer than the 200 letters that a name may have.
const LONG: usize = 300;
/// How long the login of the tour is valid.
const VALID: Duration = Duration::from_secs(15 * 60);

pub(super) async fn of_each(on: &Instance) -> Result<Vec<Kept>, sqlx::Error> {
    let (cache, token) = (&on.cache, of::log_in(on, 42, VALID).await?);
    let words: String = "user7@example.org or user8@example.org, ".chars().cycle().take(LONG).collect();
    let mut rows = vec![
        kept("user", cache, of::get_user_profile(on, 42)).await?,
        kept("user profile", cache, of::get_profile_page(on, 42)).await?,
        kept("session token, its own validity", cache, of::get_session(on, &token)).await?,
        kept("real-time metric", cache, of::get_metric(on, "requests_per_minute")).await?,
        kept("payment token", cache, of::get_payment_token(on, 42)).await?,
        kept("billing", cache, of::get_billing(on, 42)).await?,
        kept("pipeline configuration, until changed", cache, of::get_pipeline_config(on, "nightly")).await?,
        kept("pipeline metadata, the default", cache, of::get_pipeline_owner(on, "nightly")).await?,
        kept("item", cache, of::get_item(on, 7)).await?,
        kept("a key of over 200 letters", cache, of::search_users(on, &words)).await?,
    ];
    rows.push(kept_blocking("sync function", cache, || of::price_label(on, 1_999)));
    Ok(rows.into_iter().flatten().collect())
}
