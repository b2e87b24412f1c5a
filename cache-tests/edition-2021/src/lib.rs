//! Decorated functions in a crate that denies clippy's default and pedantic lints.
//!
//! The examples of this package are the accepted cases of the UI tests, compiled as edition 2021.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, clippy::all, clippy::pedantic)]

use std::time::Duration;

use cache_core::{cached, invalidates, key, CacheKey, Weigh};

/// A database.
#[derive(Debug)]
pub struct Db;

/// What to look for.
#[derive(CacheKey, Clone, Copy, Debug, PartialEq, Eq, Weigh)]
pub enum Status {
    /// Whatever it is.
    Any,
    /// With this many words.
    Words(u8),
}

/// An artist.
#[derive(Clone, Debug, PartialEq, Eq, Weigh)]
pub struct Artist {
    /// What it is called.
    pub name: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failure;

/// One artist.
///
/// # Errors
///
/// Where the database has none.
#[cached(ttl = "5m", key_prefix = "artist")]
pub async fn get_artist(db: &Db, artist_id: i64, status: Status) -> Result<Option<Artist>, Failure> {
    std::future::ready(db).await;
    let name = format!("{artist_id}{status:?}");
    Ok(Some(Artist { name }))
}

/// Names, with every kind of segment.
///
/// # Panics
///
/// Where there are none.
#[cached(
    key(kind.len(), page + 1, u64::from(*more), first, second, tag),
    ttl = if page > 5 { Duration::from_mins(1) } else { Duration::from_mins(2) },
    cache = cache_core::get_cache()
)]
#[must_use]
pub fn names(kind: &str, page: u32, more: &u32, (first, second): (u8, u8), tag: impl AsRef<str>) -> Vec<String> {
    assert!(page < 100 && *more > 0, "no names");
    vec![format!("{kind}{first}{second}{}", tag.as_ref())]
}

/// Another name.
///
/// # Errors
///
/// Where the database refuses.
#[invalidates(get_artist(artist_id, _), names(..), key = "artist:{artist_id}:{result.name}", pattern = "names:*")]
pub async fn rename(db: &Db, artist_id: i64, name: &str) -> Result<Artist, Failure> {
    std::future::ready((db, artist_id)).await;
    if name.is_empty() {
        return Err(Failure);
    }
    Ok(Artist { name: name.to_owned() })
}

/// No name.
#[invalidates(get_artist(5, ..))]
pub fn reset(artist: &mut Artist) {
    artist.name.clear();
}

/// Its key.
#[must_use]
pub fn key_of(artist: &Artist) -> String {
    key!("artist:{artist.name}:{}", Status::Words(5))
}

#[cfg(test)]
mod tests {
    use super::{key_of, names, reset, Artist};

    #[test]
    fn decorated_functions_work_in_edition_2021() {
        let artist = Artist { name: "a:b".to_owned() };
        assert_eq!(key_of(&artist), "artist:a%3Ab:Words(5)");
        assert_eq!(names("x", 1, &2, (3, 4), "tag"), ["x34tag"]);
        assert_eq!(names::key("x", 1, &2, (3, 4), "tag"), "names:1:2:2:3:4:tag");
        let mut artist = artist;
        reset(&mut artist);
        assert_eq!(artist.name, "");
    }
}
