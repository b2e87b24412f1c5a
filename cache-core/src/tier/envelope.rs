//! What is around a value's bytes in a shared tier.
//!
//! A reader takes nothing on trust: another format, another schema version or another type is a miss, and what is
//! neither whole nor readable is an error that is counted. `docs/shared-tier.md` has the header byte by byte.

use std::borrow::Cow;
use std::time::Duration;

use super::Encoding;
use super::compression::decompress;
use crate::entry::Lived;

/// The first byte is no text and no JSON; the second is the format's number.
const MAGIC: [u8; 2] = [0xCA, 2];
/// Without the extension.
pub(super) const HEADER: usize = 56;
/// In milliseconds: for ever.
const FOREVER: u64 = u64::MAX;
/// How far ahead another clock may be for its records to be read. What was made later than that is not to be trusted to
/// end when it should.
const AHEAD: u64 = 1_000;

/// What came into an extension; a reader that does not know the kind of a part passes over it, unless it has to know it.
const TTL: u8 = 1;
/// Parts of this kind or a higher one have to be understood by whoever reads the record.
const NEEDED: u8 = 128;

/// What a record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// A value's bytes.
    Value(Encoding, Cow<'a, [u8]>),
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
    pub(crate) lived: Lived,
}

/// Why a record is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Another version, type or format wrote it, or a clock that is ahead: a miss.
    Foreign,
    /// It is longer than may be: a miss.
    TooLong,
    /// It is cut or garbled: an error.
    Corrupt,
}

/// The header's fields, as they stand there.
struct Header {
    kind: u8,
    depth: u8,
    encoding: u8,
    compressed: u8,
    extension: u16,
    schema: Schema,
    len: u32,
    made: u64,
    fresh: u64,
    revalidate: u64,
    error: u64,
}

impl Header {
    fn write(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        let [m0, m1] = MAGIC;
        header[..6].copy_from_slice(&[m0, m1, self.kind, self.depth, self.encoding, self.compressed]);
        header[6..8].copy_from_slice(&self.extension.to_le_bytes());
        header[8..12].copy_from_slice(&self.schema.version.to_le_bytes());
        header[12..16].copy_from_slice(&self.len.to_le_bytes());
        let words = [self.schema.fingerprint, self.made, self.fresh, self.revalidate, self.error];
        for (place, word) in header[16..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        header
    }

    /// And what stands behind it.
    fn read(record: &[u8]) -> Result<(Self, &[u8]), Unread> {
        match record {
            [m0, m1, ..] if *m0 == MAGIC[0] && *m1 != MAGIC[1] => return Err(Unread::Foreign),
            _ => {}
        }
        let Some((header, rest)) = record.split_first_chunk::<HEADER>() else { return Err(Unread::Corrupt) };
        if header[..2] != MAGIC {
            return Err(Unread::Corrupt);
        }
        let half = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let word = |at: usize| u64::from(half(at)) | u64::from(half(at + 4)) << 32;
        let header = Self {
            kind: header[2],
            depth: header[3],
            encoding: header[4],
            compressed: header[5],
            extension: u16::from_le_bytes([header[6], header[7]]),
            schema: Schema { version: half(8), fingerprint: word(16) },
            len: half(12),
            made: word(24),
            fresh: word(32),
            revalidate: word(40),
            error: word(48),
        };
        Ok((header, rest))
    }

    /// None where a clock that is ahead wrote it.
    fn lived(&self, extension: &Extension, now: u64) -> Option<Lived> {
        let age = match now.checked_sub(self.made) {
            Some(age) => age,
            None if self.made - now <= AHEAD => 0,
            None => return None,
        };
        let finite = |millis: u64| (millis != FOREVER).then(|| Duration::from_millis(millis));
        let fresh = finite(self.fresh);
        Some(Lived {
            age: Duration::from_millis(age),
            fresh,
            ttl: if fresh.is_some() { extension.ttl.map(Duration::from_millis).or(fresh) } else { None },
            revalidate: Duration::from_millis(self.revalidate),
            error: Duration::from_millis(self.error),
            compare: Duration::ZERO,
        })
    }
}

/// What stands between the header and the value: parts, each a kind, the number of its bytes (two, the lower first),
/// and those.
#[derive(Default)]
struct Extension {
    /// What the freshness was reckoned from, where that is something else.
    ttl: Option<u64>,
}

impl Extension {
    fn write(&self) -> Vec<u8> {
        let Some(ttl) = self.ttl else { return Vec::new() };
        let mut bytes = vec![TTL, 8, 0];
        bytes.extend(ttl.to_le_bytes());
        bytes
    }

    fn read(mut bytes: &[u8]) -> Result<Self, Unread> {
        let mut extension = Self::default();
        while let Some((&[kind, low, high], rest)) = bytes.split_first_chunk() {
            let len = usize::from(u16::from_le_bytes([low, high]));
            let (part, rest) = rest.split_at_checked(len).ok_or(Unread::Corrupt)?;
            match kind {
                TTL => {
                    let word = part.try_into().map_err(|_| Unread::Corrupt)?;
                    extension.ttl = Some(u64::from_le_bytes(word));
                }
                NEEDED.. => return Err(Unread::Foreign),
                _ => {}
            }
            bytes = rest;
        }
        if bytes.is_empty() { Ok(extension) } else { Err(Unread::Corrupt) }
    }
}

/// To the nearest: clocks count in finer steps than records.
fn millis(span: Duration) -> u64 {
    u64::try_from(span.saturating_add(Duration::from_micros(500)).as_millis()).unwrap_or(FOREVER - 1).min(FOREVER - 1)
}

/// How a record begins whose content is to follow; [`seal`] puts the rest in.
pub(crate) fn begin() -> Vec<u8> {
    vec![0; HEADER]
}

/// What is sealed: a value, whose bytes stand behind the header, or an absence.
pub(crate) enum Sealed {
    Value { encoding: Encoding, len: u32, compressed: bool },
    Absent(u8),
}

/// Fills the header in. `now` is in milliseconds of the Unix epoch.
pub(crate) fn seal(mut record: Vec<u8>, sealed: &Sealed, schema: Schema, lived: &Lived, now: u64) -> Vec<u8> {
    let fresh = lived.fresh.map_or(FOREVER, millis);
    let ttl = lived.ttl.map(millis).filter(|ttl| lived.fresh.is_some() && *ttl != fresh);
    let extension = Extension { ttl }.write();
    let (kind, depth, encoding, len, compressed) = match *sealed {
        Sealed::Value { encoding, len, compressed } => (0, 0, encoding.number(), len, u8::from(compressed)),
        Sealed::Absent(depth) => (1, depth, 0, 0, 0),
    };
    let header = Header {
        kind,
        depth,
        encoding,
        compressed,
        // Few parts of a few bytes.
        extension: extension.len() as u16,
        schema,
        len,
        made: now.saturating_sub(millis(lived.age)),
        fresh,
        revalidate: millis(lived.revalidate),
        error: millis(lived.error),
    };
    record[..HEADER].copy_from_slice(&header.write());
    if !extension.is_empty() {
        record.splice(HEADER..HEADER, extension);
    }
    record
}

/// Reads a record whose value's bytes are at most `most`.
pub(crate) fn open(record: &[u8], schema: Schema, now: u64, most: usize) -> Result<Opened<'_>, Unread> {
    let (header, rest) = Header::read(record)?;
    if header.schema != schema {
        return Err(Unread::Foreign);
    }
    let (extension, bytes) = rest.split_at_checked(usize::from(header.extension)).ok_or(Unread::Corrupt)?;
    let extension = Extension::read(extension)?;
    let len = header.len as usize;
    if len > most || bytes.len() > most {
        return Err(Unread::TooLong);
    }
    let Some(lived) = header.lived(&extension, now) else { return Err(Unread::Foreign) };
    let content = match header.kind {
        0 => {
            let encoding = Encoding::of(header.encoding).ok_or(Unread::Foreign)?;
            let bytes = match header.compressed {
                0 if bytes.len() == len => Cow::Borrowed(bytes),
                0 => return Err(Unread::Corrupt),
                1 => Cow::Owned(decompress(bytes, len)?),
                _ => return Err(Unread::Foreign),
            };
            Content::Value(encoding, bytes)
        }
        1 if bytes.is_empty() && len == 0 => Content::Absent(header.depth),
        _ => return Err(Unread::Corrupt),
    };
    Ok(Opened { content, lived })
}

/// What a name has, seen by whoever does not know its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outside {
    /// A value that is fresh, or what is not for this reader to judge.
    Value,
    /// An absence, or something past its time.
    Nothing,
}

/// Looks at a record without its type.
pub(crate) fn look(record: &[u8], now: u64) -> Outside {
    let Ok((header, _)) = Header::read(record) else { return Outside::Value };
    let fresh = header.lived(&Extension::default(), now).is_some_and(|lived| lived.is_fresh());
    if header.kind == 0 && fresh { Outside::Value } else { Outside::Nothing }
}

/// The same record with its freshness at its end, and how much longer it is of use. No longer than before, where it was not
/// fresh; none where it is of no use at all then.
pub(crate) fn expired(record: &[u8], now: u64) -> Option<(Vec<u8>, Duration)> {
    let (mut header, rest) = Header::read(record).ok()?;
    let lived = header.lived(&Extension::default(), now)?;
    let grace = Duration::from_millis(header.revalidate.max(header.error));
    if !lived.is_fresh() {
        let left = lived.remaining().filter(|left| !left.is_zero())?;
        return Some((record.to_vec(), left));
    }
    if grace.is_zero() {
        return None;
    }
    header.fresh = millis(lived.age);
    let mut expired = header.write().to_vec();
    expired.extend_from_slice(rest);
    Some((expired, grace))
}

#[cfg(test)]
mod tests;
