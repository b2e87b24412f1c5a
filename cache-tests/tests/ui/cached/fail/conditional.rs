//! A function that is given its previous value says whether that is still good, and keeps one to be given.

use std::collections::HashMap;

use cache_core::{Previous, Refreshed, cached};

#[cached(ttl = 60)]
async fn keeps_none(id: u64, previous: Option<Previous<u64>>) -> Refreshed<u64> {
    previous.map_or(Refreshed::New(id), |_| Refreshed::NotModified)
}

#[cached(ttl = 60, stale_if_error = "1h")]
async fn says_nothing(id: u64, previous: Option<Previous<u64>>) -> Result<u64, String> {
    Ok(previous.map_or(id, Previous::into_value))
}

#[cached(ttl = 60, stale_if_error = "1h")]
fn not_an_option(id: u64, previous: Previous<u64>) -> Refreshed<u64> {
    let _ = (id, previous);
    Refreshed::NotModified
}

#[cached(ttl = 60, stale_if_error = "1h")]
fn borrowed(id: u64, previous: Option<&Previous<u64>>) -> Refreshed<u64> {
    let _ = (id, previous);
    Refreshed::NotModified
}

#[cached(ttl = 60, stale_if_error = "1h")]
fn twice(id: u64, previous: Option<Previous<u64>>, last: Option<Previous<u64>>) -> Refreshed<u64> {
    let _ = (id, previous, last);
    Refreshed::NotModified
}

#[cached(ttl = 60, batch = ids)]
fn many(ids: &[u64], previous: Option<Previous<u64>>) -> HashMap<u64, u64> {
    let _ = previous;
    ids.iter().map(|id| (*id, *id)).collect()
}

#[cached(ttl = 60, stale_if_error = "1h")]
fn of_another_type(id: u64, previous: Option<Previous<String>>) -> Refreshed<u64> {
    previous.map_or(Refreshed::New(id), |_| Refreshed::NotModified)
}

fn main() {
    let _ = keeps_none(1);
}
