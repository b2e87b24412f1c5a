//! The typed map: from a function's arguments to an entry, read without a lock.
//!
//! It only speeds up: entries live in the shards, which write here under their lock. So a reader may miss what is there
//! and asks the shard then; it never finds what was gone when it began.

#[cfg_attr(cache_model, allow(dead_code, reason = "the model's map frees at once"))]
mod barrier;
#[cfg_attr(cache_model, allow(dead_code, reason = "the model's map frees at once"))]
mod epoch;
#[cfg(not(cache_model))]
mod limbo;
#[cfg(not(cache_model))]
mod map;
#[cfg(cache_model)]
#[path = "model.rs"]
mod map;
#[cfg(not(cache_model))]
mod table;
#[cfg(all(test, not(cache_model)))]
mod tests;

pub(super) use self::map::Typed;
use crate::entry::{Stored, ValueType};
use crate::key::{Segments, is_key};

/// A key as borrowed arguments.
pub(super) struct Query<'a, K> {
    pub(super) hash: u64,
    pub(super) template: u32,
    pub(super) key: &'a K,
}

impl<K: Segments> Query<'_, K> {
    /// `value` is what its value is likely to be.
    #[inline]
    fn finds(&self, entry: &Stored, value: ValueType) -> bool {
        entry.key_beside(value).is_some_and(|(template, key)| template == self.template && is_key(key, self.key))
    }
}
