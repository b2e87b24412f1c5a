//! What is around a value's bytes in a shared tier.
//!
//! A reader takes nothing on trust: another format, another schema version or another type is a miss, and what is
//! neither whole nor readable is an error that is counted.

use std::time::Duration;

/// The first byte is no text and no JSON; the second is the format's number.
const MAGIC: [u8; 2] = [0xCA, 1];
const HEADER: usize = 2 + 1 + 1 + 4 + 8 + 8;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// A value's bytes.
    Value(&'a [u8]),
    /// A `None`, inside so many other `Option`s.
    Absent(u8),
}

/// What a reader has to find, or it is not for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) version: u32,
    pub(crate) fingerprint: u64,
}

/// A record as it is read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opened<'a> {
    pub(crate) content: Content<'a>,
    /// How much longer it is fresh; `None` for ever.
    pub(crate) remaining: Option<Duration>,
}

/// Why a record is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Another version, type or format wrote it: a miss.
    Foreign,
    /// Its time is over: a miss.
    Expired,
    /// It is cut or garbled: an error.
    Corrupt,
}

/// `now` and `expires` are milliseconds of the Unix epoch; 0 never expires.
pub(crate) fn seal(content: Content<'_>, schema: Schema, expires: u64) -> Vec<u8> {
    let (kind, depth, bytes) = match content {
        Content::Value(bytes) => (0, 0, bytes),
        Content::Absent(depth) => (1, depth, &[][..]),
    };
    let mut record = Vec::with_capacity(HEADER + bytes.len());
    record.extend(MAGIC);
    record.extend([kind, depth]);
    record.extend(schema.version.to_le_bytes());
    record.extend(schema.fingerprint.to_le_bytes());
    record.extend(expires.to_le_bytes());
    record.extend(bytes);
    record
}

pub(crate) fn open(record: &[u8], schema: Schema, now: u64) -> Result<Opened<'_>, Unread> {
    let Some((header, bytes)) = record.split_first_chunk::<HEADER>() else { return Err(Unread::Corrupt) };
    let [m0, m1, kind, depth, v0, v1, v2, v3, rest @ ..] = *header;
    if [m0, m1] != MAGIC {
        return Err(if m0 == MAGIC[0] { Unread::Foreign } else { Unread::Corrupt });
    }
    let [f0, f1, f2, f3, f4, f5, f6, f7, expires @ ..] = rest;
    let written = Schema {
        version: u32::from_le_bytes([v0, v1, v2, v3]),
        fingerprint: u64::from_le_bytes([f0, f1, f2, f3, f4, f5, f6, f7]),
    };
    if written != schema {
        return Err(Unread::Foreign);
    }
    let content = match kind {
        0 => Content::Value(bytes),
        1 if bytes.is_empty() => Content::Absent(depth),
        _ => return Err(Unread::Corrupt),
    };
    let remaining = match u64::from_le_bytes(expires) {
        0 => None,
        expires if expires <= now => return Err(Unread::Expired),
        expires => Some(Duration::from_millis(expires - now)),
    };
    Ok(Opened { content, remaining })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema = Schema { version: 2, fingerprint: 0x0123_4567_89AB_CDEF };

    #[test]
    fn what_was_sealed_is_read_back_while_it_is_fresh() {
        let record = seal(Content::Value(b"[1]"), SCHEMA, 5_000);
        let opened = open(&record, SCHEMA, 2_000).unwrap();
        assert_eq!(opened, Opened { content: Content::Value(b"[1]"), remaining: Some(Duration::from_secs(3)) });
        assert_eq!(open(&record, SCHEMA, 5_000), Err(Unread::Expired));
        let absent = seal(Content::Absent(1), SCHEMA, 0);
        assert_eq!(open(&absent, SCHEMA, u64::MAX), Ok(Opened { content: Content::Absent(1), remaining: None }));
    }

    #[test]
    fn another_version_or_type_is_a_miss_and_garbage_an_error() {
        let record = seal(Content::Value(b"{}"), SCHEMA, 0);
        assert_eq!(open(&record, Schema { version: 3, ..SCHEMA }, 0), Err(Unread::Foreign));
        assert_eq!(open(&record, Schema { fingerprint: 7, ..SCHEMA }, 0), Err(Unread::Foreign));
        let mut later = record.clone();
        later[1] = 9;
        assert_eq!(open(&later, SCHEMA, 0), Err(Unread::Foreign));
        assert_eq!(open(b"{\"json\": \"of another program\"}", SCHEMA, 0), Err(Unread::Corrupt));
        let mut kind = record.clone();
        kind[2] = 77;
        assert_eq!(open(&kind, SCHEMA, 0), Err(Unread::Corrupt));
        for len in 0..HEADER {
            assert_eq!(open(&record[..len], SCHEMA, 0), Err(Unread::Corrupt));
        }
    }
}
