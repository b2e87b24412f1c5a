//! A value's bytes: JSON, MessagePack or postcard, as the record says.

use std::any::Any;
use std::cell::Cell;
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Encoding, TierError};

/// How a value becomes bytes and comes back.
#[derive(Debug)]
pub struct Codec<T> {
    /// Behind what is there.
    pub(crate) encode: fn(&T, Encoding, &mut Limited) -> Result<(), TierError>,
    /// All of the bytes.
    pub(crate) decode: fn(&[u8], Encoding) -> Result<T, TierError>,
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
            encode: encode::<T>,
            decode: decode::<T>,
            fingerprint: fingerprint::<T>,
            count: |record| {
                let count: Box<dyn Any> = Box::new(digits(record)?);
                count.downcast().ok().map(|count| *count)
            },
            digits: |value| (value as &dyn Any).downcast_ref().copied(),
        }
    }
}

impl<T> Codec<T> {
    /// Whether two values are of equal bytes.
    pub(crate) fn same(&self, one: &T, other: &T) -> Option<bool> {
        let bytes = |value| {
            let mut bytes = Limited { bytes: Vec::new(), most: usize::MAX, exceeded: false };
            (self.encode)(value, Encoding::Json, &mut bytes).ok().map(|()| bytes.bytes)
        };
        Some(bytes(one)? == bytes(other)?)
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Default for Codec<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The count that a record of digits is.
pub(crate) fn digits(record: &[u8]) -> Option<i64> {
    // Of all other records that is all there is to see.
    if !matches!(record.first(), Some(b'0'..=b'9' | b'+' | b'-')) {
        return None;
    }
    std::str::from_utf8(record).ok()?.parse().ok()
}

/// Bytes up to a bound: what would be longer is not made.
#[derive(Debug)]
pub(crate) struct Limited {
    pub(crate) bytes: Vec<u8>,
    pub(crate) most: usize,
    /// It was to be longer.
    pub(crate) exceeded: bool,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most.saturating_sub(self.bytes.len()) {
            self.exceeded = true;
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than `max_record_bytes`"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn encode<T: Serialize>(value: &T, encoding: Encoding, into: &mut Limited) -> Result<(), TierError> {
    match encoding {
        Encoding::Json => serde_json::to_writer(into, value)?,
        #[cfg(feature = "msgpack")]
        Encoding::MessagePack => value.serialize(&mut rmp_serde::Serializer::new(into).with_struct_map())?,
        #[cfg(feature = "postcard")]
        Encoding::Postcard => postcard::to_io(value, into).map(|_| ())?,
    }
    Ok(())
}

fn decode<T: DeserializeOwned>(bytes: &[u8], encoding: Encoding) -> Result<T, TierError> {
    match encoding {
        Encoding::Json => Ok(serde_json::from_slice(bytes)?),
        #[cfg(feature = "msgpack")]
        Encoding::MessagePack => {
            let mut rest = bytes;
            let value = super::bounded::read(&mut rmp_serde::Deserializer::new(&mut rest), bytes.len())?;
            whole(rest)?;
            Ok(value)
        }
        #[cfg(feature = "postcard")]
        Encoding::Postcard => {
            let mut reader = postcard::Deserializer::from_bytes(bytes);
            let value = super::bounded::read(&mut reader, bytes.len())?;
            whole(reader.finalize()?)?;
            Ok(value)
        }
    }
}

/// Nothing may stand behind a value: it would be another type's.
#[cfg(any(feature = "msgpack", feature = "postcard"))]
fn whole(rest: &[u8]) -> Result<(), TierError> {
    if rest.is_empty() { Ok(()) } else { Err(format!("{} bytes stand behind the value", rest.len()).into()) }
}

/// Tells types apart by name. An `Arc` is stored as what it points to.
pub(crate) fn fingerprint<T>() -> u64 {
    let name = std::any::type_name::<T>();
    // Where a name is tells which it is: it is there for ever.
    let (at, len) = (name.as_ptr().addr(), name.len());
    KNOWN.with(|known| {
        let place = &known[(at >> 3 ^ len) % KNOWN_TYPES];
        let (known_at, known_len, fingerprint) = place.get();
        if (known_at, known_len) == (at, len) {
            return fingerprint;
        }
        let fingerprint = fingerprint_of(name);
        place.set((at, len, fingerprint));
        fingerprint
    })
}

/// How many types' fingerprints a thread keeps in mind: each read of a record asks for one.
const KNOWN_TYPES: usize = 64;

thread_local! {
    static KNOWN: [Cell<(usize, usize, u64)>; KNOWN_TYPES] = const { [const { Cell::new((0, 0, 0)) }; KNOWN_TYPES] };
}

fn fingerprint_of(mut name: &str) -> u64 {
    while let Some(inner) = name.strip_prefix("alloc::sync::Arc<").and_then(|rest| rest.strip_suffix('>')) {
        name = inner;
    }
    let hash = blake3::hash(name.as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde::Deserialize;

    use super::*;

    pub(super) const ALL: &[Encoding] = &[
        Encoding::Json,
        #[cfg(feature = "msgpack")]
        Encoding::MessagePack,
        #[cfg(feature = "postcard")]
        Encoding::Postcard,
    ];

    fn bytes<T: Serialize + DeserializeOwned + 'static>(value: &T, encoding: Encoding) -> Vec<u8> {
        let mut into = Limited { bytes: Vec::new(), most: 1_000, exceeded: false };
        (Codec::<T>::new().encode)(value, encoding, &mut into).unwrap();
        into.bytes
    }

    #[test]
    fn an_arc_is_stored_as_its_value() {
        let (shared, plain) = (Codec::<Arc<Vec<u8>>>::new(), Codec::<Vec<u8>>::new());
        assert_eq!((shared.fingerprint)(), (plain.fingerprint)());
        for &encoding in ALL {
            let bytes = bytes(&Arc::new(vec![1_u8, 2]), encoding);
            assert_eq!((plain.decode)(&bytes, encoding).unwrap(), [1, 2]);
            assert_eq!(*(shared.decode)(&bytes, encoding).unwrap(), [1, 2]);
        }
    }

    #[test]
    fn types_are_told_apart() {
        assert_ne!(fingerprint::<u32>(), fingerprint::<i32>());
        assert_ne!(fingerprint::<Vec<u8>>(), fingerprint::<Option<u8>>());
    }

    #[test]
    fn numbers_of_encodings_come_back() {
        for &encoding in ALL {
            assert_eq!(Encoding::of(encoding.number()), Some(encoding));
        }
        assert_eq!(Encoding::of(77), None);
    }

    #[test]
    fn nothing_may_stand_behind_a_value() {
        for &encoding in ALL {
            let mut bytes = bytes(&vec![1_u8, 2], encoding);
            assert!((Codec::<Vec<u8>>::new().decode)(&bytes, encoding).is_ok(), "{encoding:?}");
            bytes.push(0);
            assert!((Codec::<Vec<u8>>::new().decode)(&bytes, encoding).is_err(), "{encoding:?}");
        }
    }

    #[test]
    fn what_would_be_too_long_is_not_made() {
        for &encoding in ALL {
            let mut into = Limited { bytes: Vec::new(), most: 100, exceeded: false };
            let written = (Codec::<String>::new().encode)(&"x".repeat(1_000), encoding, &mut into);
            assert!(written.is_err() && into.exceeded && into.bytes.capacity() < 1_000, "{encoding:?}");
        }
    }

    #[cfg(feature = "postcard")]
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Nested {
        inside: Option<Box<Nested>>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Chain {
        Link(Box<Chain>),
        End,
    }

    fn chain(links: usize) -> Chain {
        (0..links).fold(Chain::End, |chain, _| Chain::Link(Box::new(chain)))
    }

    #[test]
    fn a_type_that_holds_itself_is_read_to_a_bound() {
        for &encoding in ALL {
            let shallow = bytes(&chain(50), encoding);
            assert_eq!((Codec::<Chain>::new().decode)(&shallow, encoding).unwrap(), chain(50));
            let mut into = Limited { bytes: Vec::new(), most: usize::MAX, exceeded: false };
            (Codec::<Chain>::new().encode)(&chain(500), encoding, &mut into).unwrap();
            assert!((Codec::<Chain>::new().decode)(&into.bytes, encoding).is_err(), "{encoding:?}");
        }
    }

    #[cfg(feature = "postcard")]
    #[test]
    fn postcard_ends() {
        let deep = vec![1; 1 << 20];
        assert!((Codec::<Nested>::new().decode)(&deep, Encoding::Postcard).is_err());
        let endless = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        assert!((Codec::<Vec<()>>::new().decode)(&endless, Encoding::Postcard).is_err());
        assert!((Codec::<Vec<u64>>::new().decode)(&endless, Encoding::Postcard).is_err());
    }

    #[cfg(feature = "msgpack")]
    #[test]
    fn msgpack_has_the_names_of_fields() {
        #[derive(Serialize, Deserialize)]
        struct Before {
            id: u8,
        }
        #[derive(Serialize, Deserialize)]
        struct After {
            #[serde(default)]
            name: String,
            id: u8,
        }
        let bytes = bytes(&Before { id: 7 }, Encoding::MessagePack);
        let after = (Codec::<After>::new().decode)(&bytes, Encoding::MessagePack).unwrap();
        assert_eq!((after.id, &*after.name), (7, ""));
    }
}
