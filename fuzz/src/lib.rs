//! What the targets share: a cache on a shared tier in which anything may stand, and a listener to whom anything may be said.

use std::cell::RefCell;
use std::collections::BTreeMap;

use cache_core::testing::MemoryTier;
use cache_core::{Cache, Fetched, Reach, SharedTier, Ttl};
use serde::{Deserialize, Serialize};

/// A type with a little of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    id: u64,
    ratio: Option<f64>,
    shape: Shape,
    bytes: Vec<u8>,
    units: Vec<()>,
    counts: BTreeMap<String, (i64, char)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    Named { name: String, tags: Vec<String> },
    Nested(Box<Shape>, Option<u128>),
}

/// No value is longer: what a record says of its length may not make more room.
const MOST: usize = 1 << 20;

const NAMESPACE: &str = "cache";
const NAME: &str = "value";

/// A cache, its tier, and a record as the cache writes it.
struct Reader {
    runtime: tokio::runtime::Runtime,
    tier: MemoryTier,
    cache: Cache,
    whole: Vec<u8>,
}

impl Reader {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let tier = MemoryTier::new();
        let builder = Cache::builder().shared(tier.clone()).max_record_bytes(MOST);
        let cache = builder.build().expect("a cache");
        let whole = runtime.block_on(async {
            let value = Value {
                id: 7,
                ratio: None,
                shape: Shape::Nothing,
                bytes: Vec::new(),
                units: Vec::new(),
                counts: BTreeMap::new(),
            };
            cache.set(NAME, value, Ttl::Never).await;
            match tier.get(NAMESPACE, NAME).await {
                Ok(Fetched::Found(record)) => record,
                other => panic!("the record is {other:?}"),
            }
        });
        Self { runtime, tier, cache, whole }
    }

    fn read(&self, record: Vec<u8>) {
        self.cache.local().clear();
        self.tier.plant(NAMESPACE, NAME, record);
        self.runtime.block_on(async {
            let value = self.cache.get::<Value>(NAME).await;
            if let Some(value) = value {
                // Whatever it is, it is one.
                let _ = value.units.len();
            }
            let _ = self.cache.contains(NAME).await;
            let _ = self.cache.expire(NAME).await;
        });
    }
}

thread_local! {
    static READER: RefCell<Option<Reader>> = const { RefCell::new(None) };
}

fn with_reader(work: impl FnOnce(&Reader)) {
    READER.with_borrow_mut(|reader| work(reader.get_or_insert_with(Reader::new)));
}

/// Has a cache read a record.
pub fn read_record(record: &[u8]) {
    with_reader(|reader| reader.read(record.to_vec()));
}

/// Has a cache read a record whose header is right, with that encoding, compression and length, and whose value is not.
pub fn read_value(encoding: u8, compressed: bool, len: u32, value: &[u8]) {
    // Where the header has them: `docs/shared-tier.md`.
    const HEADER: usize = 56;
    with_reader(|reader| {
        let mut record = reader.whole[..HEADER].to_vec();
        record[4] = encoding;
        record[5] = u8::from(compressed);
        record[12..16].copy_from_slice(&len.to_le_bytes());
        record.extend_from_slice(value);
        reader.read(record);
    });
}

/// Has a listener read what another instance says, and hold it against a name. What is read is written again as the same.
pub fn read_message(origin: &[u8], changes: &[u8]) {
    let Some(message) = cache_redis::__read_message(origin, changes) else { return };
    let texts = |reaches: &[Reach]| reaches.iter().map(Reach::to_text).collect::<Vec<_>>();
    for reach in &message.reaches {
        let everything = reach.is_all();
        assert!(reach.contains("artist:42:works") || !everything);
        let _ = reach.literal_start();
    }
    let (mut reaches, mut landed) = (Vec::new(), Vec::new());
    for changes in cache_redis::__write_message(&message) {
        let again = cache_redis::__read_message(message.origin.0.to_string().as_bytes(), changes.as_bytes());
        let again = again.expect("what was written is read");
        assert_eq!(again.origin, message.origin);
        reaches.extend(again.reaches);
        landed.extend(again.landed);
    }
    // What has a name or a pattern of some kilobytes is written as everything.
    if !texts(&reaches).contains(&"*".to_owned()) {
        assert_eq!((texts(&reaches), landed), (texts(&message.reaches), message.landed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_or_refused() {
        for changes in [
            r##"["=a","#b","?c*",":d","*","!e"]"##,
            r#"["=a","?c*","!e"]"#,
            r#"["=\u0000"]"#,
            "[]",
            r#"["?["]"#,
            "[",
            "",
            "\u{fffd}",
        ] {
            read_message(b"7", changes.as_bytes());
            read_message(b"-7", changes.as_bytes());
        }
        read_message(b"18446744073709551615", format!("[\"={}\"]", "x".repeat(10_000)).as_bytes());
    }
}
