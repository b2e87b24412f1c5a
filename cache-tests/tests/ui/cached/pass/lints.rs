//! Code that denies what can be denied.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused, unused_qualifications)]
#![deny(rust_2018_idioms, non_camel_case_types, elided_lifetimes_in_paths, single_use_lifetimes, let_underscore_drop)]
#![deny(
    trivial_casts,
    unused_results,
    unused_lifetimes,
    redundant_lifetimes,
    unit_bindings,
    explicit_outlives_requirements
)]
#![forbid(unsafe_code)]

use cache_core::{cached, invalidates, key, CacheKey, Weigh};

/// A database.
#[derive(Debug)]
pub struct Db;

/// What to look for.
#[derive(CacheKey, Clone, Copy, Debug, Weigh)]
pub enum Status {
    /// Whatever it is.
    Any,
    /// With this many words.
    Words(u8),
}

/// An artist.
#[derive(Clone, Debug, Weigh)]
pub struct Artist {
    /// What it is called.
    pub name: String,
}

/// One artist.
///
/// # Errors
///
/// None.
#[cached(ttl = "5m", key_prefix = "artist")]
pub async fn get_artist(db: &Db, artist_id: i64, status: Status) -> Result<Option<Artist>, String> {
    let Db = db;
    let _ = (artist_id, status);
    Ok(None)
}

/// All of them.
#[cached(ttl = "5m")]
#[must_use]
pub fn list(page: u32) -> Vec<Artist> {
    let _ = page;
    Vec::new()
}

/// Another name.
///
/// # Errors
///
/// None.
#[invalidates(get_artist(artist_id, _), list(..), key = "artist:{artist_id}", pattern = "search:*")]
pub async fn rename(artist_id: i64, name: &str) -> Result<(), String> {
    let _ = (artist_id, name);
    Ok(())
}

/// Nothing.
#[invalidates(list(result.len() as u32))]
pub fn reset(name: &mut String) -> &str {
    name.clear();
    name
}

#[cached]
fn never_companioned(id: i64) -> i64 {
    id
}

#[cached]
#[allow(unused_variables)]
fn allowed(id: i64) -> i64 {
    let unused = 5;
    5
}

#[cached]
#[expect(unused_variables, reason = "the body does not need them")]
fn expected(id: i64) -> i64 {
    5
}

fn main() {
    assert_eq!(key!("user:{}", 5), "user:5");
    assert_eq!(never_companioned(5) + allowed(1) + expected(1), 15);
    drop((get_artist(&Db, 5, Status::Any), list(5), rename(5, "")));
    assert_eq!(reset(&mut String::new()), "");
    assert_eq!(Status::Words(5).heap_bytes(), 0);
}
