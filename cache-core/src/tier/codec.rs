//! A value's bytes: JSON, which people can read in the tier and every serde type can be written as.

use std::any::Any;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How a value becomes bytes and comes back.
#[derive(Debug)]
pub struct Codec<T> {
    pub(crate) encode: fn(&T) -> Result<Vec<u8>, serde_json::Error>,
    pub(crate) decode: fn(&[u8]) -> Result<T, serde_json::Error>,
    pub(crate) fingerprint: fn() -> u64,
    /// A record of digits, where the value is a count.
    pub(crate) count: fn(&[u8]) -> Option<T>,
    /// The value, where it is a count.
    pub(crate) digits: fn(&T) -> Option<i64>,
}

impl<T> Clone for Codec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Codec<T> {}

impl<T: Serialize + DeserializeOwned + 'static> Codec<T> {
    /// The one that its serde implementations make.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            encode: |value| serde_json::to_vec(value),
            decode: |bytes| serde_json::from_slice(bytes),
            fingerprint: fingerprint::<T>,
            count: |record| {
                let count: Box<dyn Any> = Box::new(std::str::from_utf8(record).ok()?.parse::<i64>().ok()?);
                count.downcast().ok().map(|count| *count)
            },
            digits: |value| (value as &dyn Any).downcast_ref().copied(),
        }
    }
}

impl<T> Codec<T> {
    /// Whether two values are of equal bytes.
    pub(crate) fn same(&self, one: &T, other: &T) -> Option<bool> {
        Some((self.encode)(one).ok()? == (self.encode)(other).ok()?)
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Default for Codec<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells types apart by name. An `Arc` is stored as what it points to.
pub(crate) fn fingerprint<T>() -> u64 {
    let mut name = std::any::type_name::<T>();
    while let Some(inner) = name.strip_prefix("alloc::sync::Arc<").and_then(|rest| rest.strip_suffix('>')) {
        name = inner;
    }
    let hash = blake3::hash(name.as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn an_arc_is_stored_as_its_value() {
        let (shared, plain) = (Codec::<Arc<Vec<u8>>>::new(), Codec::<Vec<u8>>::new());
        assert_eq!((shared.fingerprint)(), (plain.fingerprint)());
        let bytes = (shared.encode)(&Arc::new(vec![1, 2])).unwrap();
        assert_eq!((plain.decode)(&bytes).unwrap(), [1, 2]);
        assert_eq!(*(shared.decode)(&bytes).unwrap(), [1, 2]);
    }

    #[test]
    fn types_are_told_apart() {
        assert_ne!(fingerprint::<u32>(), fingerprint::<i32>());
        assert_ne!(fingerprint::<Vec<u8>>(), fingerprint::<Option<u8>>());
    }
}
