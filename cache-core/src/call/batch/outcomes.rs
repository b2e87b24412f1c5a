//! What became of each item of a batch.

use std::fmt;
use std::time::Duration;

/// Where an item's answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The cache.
    Hit,
    /// The cache, past its time: its load has failed.
    Stale,
    /// Another caller's load, under way when this one asked.
    Coalesced,
    /// This call's body.
    Loaded,
}

/// `hit`, `stale`, `coalesced`, `loaded`
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Coalesced => "coalesced",
            Self::Loaded => "loaded",
        })
    }
}

/// One item of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchOutcome<K, V> {
    /// The item.
    pub key: K,
    /// Its value; none where it is absent.
    pub value: Option<V>,
    /// Where that was found out.
    pub source: Source,
}

impl<K, V> BatchOutcome<K, V> {
    pub(super) fn new(key: K, value: Option<V>, source: Source) -> Self {
        Self { key, value, source }
    }

    /// Whether it has no value, wherever that was found out.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.value.is_none()
    }
}

/// What `f::outcomes(…)` of a batch function gives: the answer item by item, in the order in which they were asked for, each
/// once.
///
/// ```
/// use cache_core::{Source, cached};
/// use std::collections::HashMap;
///
/// #[cached(ttl = "5m", key_prefix = "square", batch = ids)]
/// async fn squares(ids: &[u64]) -> HashMap<u64, u64> {
///     ids.iter().filter(|id| **id < 1_000).map(|id| (*id, id * id)).collect()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// squares(&[2]).await;
/// let outcomes = squares::outcomes(&[2, 3, 1_000, 2]).await;
/// let said: Vec<_> = outcomes.iter().map(|item| (item.key, item.value, item.source)).collect();
/// assert_eq!(said, [(2, Some(4), Source::Hit), (3, Some(9), Source::Loaded), (1_000, None, Source::Loaded)]);
/// assert!((outcomes.hit_rate() - 1.0 / 3.0).abs() < 1e-9);
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOutcomes<K, V> {
    items: Vec<BatchOutcome<K, V>>,
    took: Duration,
}

impl<K, V> BatchOutcomes<K, V> {
    pub(super) fn new(items: Vec<BatchOutcome<K, V>>, took: Duration) -> Self {
        Self { items, took }
    }

    /// Each item.
    pub fn iter(&self) -> std::slice::Iter<'_, BatchOutcome<K, V>> {
        self.items.iter()
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many came from there.
    #[must_use]
    pub fn count(&self, source: Source) -> usize {
        self.items.iter().filter(|item| item.source == source).count()
    }

    /// The share of items that the cache answered, stale ones among them, from 0 to 1; 0 of no items.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        let hits = self.count(Source::Hit) + self.count(Source::Stale);
        if self.items.is_empty() { 0.0 } else { hits as f64 / self.items.len() as f64 }
    }

    /// From the call to its answer.
    #[must_use]
    pub const fn total_time(&self) -> Duration {
        self.took
    }
}

impl<K, V> IntoIterator for BatchOutcomes<K, V> {
    type Item = BatchOutcome<K, V>;
    type IntoIter = std::vec::IntoIter<BatchOutcome<K, V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a BatchOutcomes<K, V> {
    type Item = &'a BatchOutcome<K, V>;
    type IntoIter = std::slice::Iter<'a, BatchOutcome<K, V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
