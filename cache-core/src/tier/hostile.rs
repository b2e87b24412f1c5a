//! Bytes that nobody wrote, and records that were changed on their way: whatever they are, reading them ends, with a value
//! of the right type, a miss or an error.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::codec::{Limited, digits};
use super::compression::compress;
use super::envelope::{Content, HEADER, Opened, Schema, Sealed, Unread, begin, expired, look, open, seal};
use super::{Codec, Encoding};
use crate::entry::Lived;

const MOST: usize = 1 << 16;
const NOW: u64 = 1_700_000_000_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Named { name: String, tags: Vec<String> },
    Nested(Box<Shape>, Option<u32>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Value {
    id: u64,
    ratio: Option<i32>,
    shape: Shape,
    bytes: Vec<u8>,
    units: Vec<()>,
    counts: BTreeMap<String, (i64, char)>,
}

fn encodings() -> impl Strategy<Value = Encoding> {
    prop::sample::select(vec![
        Encoding::Json,
        #[cfg(feature = "msgpack")]
        Encoding::MessagePack,
        #[cfg(feature = "postcard")]
        Encoding::Postcard,
    ])
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        Just(Shape::Nothing),
        (".{0,12}", prop::collection::vec(".{0,4}", 0..4)).prop_map(|(name, tags)| Shape::Named { name, tags }),
    ];
    leaf.prop_recursive(6, 6, 1, |inner| {
        (inner, any::<Option<u32>>()).prop_map(|(inner, id)| Shape::Nested(Box::new(inner), id))
    })
}

fn values() -> impl Strategy<Value = Value> {
    let counts = prop::collection::btree_map(".{0,6}", any::<(i64, char)>(), 0..5);
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    (any::<u64>(), any::<Option<i32>>(), shapes(), bytes, 0_usize..9, counts).prop_map(
        |(id, ratio, shape, bytes, units, counts)| Value { id, ratio, shape, bytes, units: vec![(); units], counts },
    )
}

fn lives() -> impl Strategy<Value = Lived> {
    let span = || (0_u64..1 << 40).prop_map(Duration::from_millis);
    (prop::option::of((span(), span())), span(), span(), 0_u64..1_000_000).prop_map(
        |(fresh, revalidate, error, age)| Lived {
            age: Duration::from_millis(age),
            fresh: fresh.map(|(fresh, _)| fresh),
            ttl: fresh.map(|(_, ttl)| ttl),
            revalidate,
            error,
            compare: Duration::ZERO,
        },
    )
}

fn schema() -> Schema {
    Schema { version: 3, fingerprint: (Codec::<Value>::new().fingerprint)() }
}

fn sealed(value: &Value, encoding: Encoding, squeeze: bool, lived: &Lived) -> Vec<u8> {
    let mut into = Limited { bytes: begin(), most: MOST + HEADER, exceeded: false };
    (Codec::<Value>::new().encode)(value, encoding, &mut into).unwrap();
    let mut record = into.bytes;
    let len = (record.len() - HEADER) as u32;
    let smaller = if squeeze { compress(&record[HEADER..]) } else { None };
    if let Some(smaller) = &smaller {
        record.truncate(HEADER);
        record.extend_from_slice(smaller);
    }
    seal(record, &Sealed::Value { encoding, len, compressed: smaller.is_some() }, schema(), lived, NOW)
}

/// What a reader does with a record: all of it.
fn read(record: &[u8], schema: Schema) -> Result<Option<Value>, ()> {
    let _ = (digits(record), look(record, NOW), expired(record, NOW));
    match open(record, schema, NOW, MOST) {
        Ok(Opened { content: Content::Value(encoding, bytes), lived }) => {
            assert!(bytes.len() <= MOST);
            let _ = lived.remaining();
            (Codec::<Value>::new().decode)(&bytes, encoding).map(Some).map_err(|_| ())
        }
        Ok(Opened { content: Content::Absent(_), .. }) | Err(Unread::Foreign | Unread::TooLong) => Ok(None),
        Err(Unread::Corrupt) => Err(()),
    }
}

#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Splice(prop::sample::Index, Vec<u8>),
    /// A length of the header, or one inside.
    Lie(prop::sample::Index, u32),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<prop::sample::Index>(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        any::<prop::sample::Index>().prop_map(Change::Cut),
        (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..12))
            .prop_map(|(at, bytes)| Change::Splice(at, bytes)),
        (any::<prop::sample::Index>(), prop_oneof![Just(u32::MAX), Just(1 << 31), any::<u32>()])
            .prop_map(|(at, length)| Change::Lie(at, length)),
        (any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ]
}

fn change(record: &mut Vec<u8>, change: &Change) {
    if record.is_empty() {
        return;
    }
    let len = record.len();
    match change {
        Change::Flip(at, bit) => record[at.index(len)] ^= 1 << bit,
        Change::Cut(at) => record.truncate(at.index(len)),
        Change::Splice(at, bytes) => {
            let at = at.index(len);
            record.splice(at..at, bytes.iter().copied());
        }
        Change::Lie(at, length) => {
            let at = at.index(len);
            let bytes = length.to_le_bytes();
            let end = (at + bytes.len()).min(len);
            record[at..end].copy_from_slice(&bytes[..end - at]);
        }
        Change::Repeat(from, to) => {
            let (from, to) = (from.index(len), to.index(len));
            let part = record[from.min(to)..from.max(to)].to_vec();
            record.extend(part);
        }
    }
}

proptest! {
    #[test]
    fn what_was_written_comes_back(value in values(), encoding in encodings(), squeeze: bool, lived in lives()) {
        let record = sealed(&value, encoding, squeeze, &lived);
        prop_assert_eq!(read(&record, schema()), Ok(Some(value)));
        let opened = open(&record, schema(), NOW, MOST).unwrap();
        prop_assert_eq!(opened.lived, lived);
    }

    #[test]
    fn another_type_is_never_read(value in values(), encoding in encodings(), squeeze: bool) {
        let record = sealed(&value, encoding, squeeze, &Lived::plain(None));
        let other = Schema { fingerprint: (Codec::<Vec<u8>>::new().fingerprint)(), ..schema() };
        prop_assert_eq!(read(&record, other), Ok(None));
    }

    #[test]
    fn whatever_was_changed_on_the_way_is_read_to_an_end(
        value in values(),
        encoding in encodings(),
        squeeze: bool,
        lived in lives(),
        changes in prop::collection::vec(changes(), 1..6),
    ) {
        let mut record = sealed(&value, encoding, squeeze, &lived);
        changes.iter().for_each(|one| change(&mut record, one));
        let _ = read(&record, schema());
    }

    #[test]
    fn changes_behind_the_header_are_read_to_an_end(
        value in values(),
        encoding in encodings(),
        changes in prop::collection::vec(changes(), 1..6),
    ) {
        // The lengths are made right again, so that it is the value's reader that sees the changes.
        let record = sealed(&value, encoding, false, &Lived::plain(None));
        let mut bytes = record[HEADER..].to_vec();
        changes.iter().for_each(|one| change(&mut bytes, one));
        if let Ok(value) = (Codec::<Value>::new().decode)(&bytes, encoding) {
            prop_assert!(value.units.len() <= bytes.len() + (1 << 20));
        }
    }

    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400), encoding in encodings()) {
        let _ = read(&bytes, schema());
        let _ = (Codec::<Value>::new().decode)(&bytes, encoding);
        // As they would be behind a header that is right.
        let mut record = begin();
        record.extend_from_slice(&bytes);
        for compressed in [false, true] {
            for len in [bytes.len() as u32, MOST as u32, u32::MAX] {
                let sealed = Sealed::Value { encoding, len, compressed };
                let _ = read(&seal(record.clone(), &sealed, schema(), &Lived::plain(None), NOW), schema());
            }
        }
    }
}
