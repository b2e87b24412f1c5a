//! The stored form of a key, and its comparison with borrowed arguments.

use std::fmt::Display;

use smallvec::SmallVec;

use super::{Segments, Sink};

/// Bytes that fit without an allocation on their way to an entry: some integers and a short string do.
const INLINE: usize = 32;

/// A key's arguments, written down so that equal arguments give equal bytes and distinct ones distinct bytes.
pub(crate) type KeyBytes = SmallVec<[u8; INLINE]>;

pub(crate) fn key_bytes(key: &impl Segments) -> KeyBytes {
    let mut sink = Write { bytes: [0; INLINE], len: 0, long: Vec::new() };
    key.visit_segments(&mut sink);
    if sink.long.is_empty() { KeyBytes::from_buf_and_len(sink.bytes, sink.len) } else { KeyBytes::from_vec(sink.long) }
}

/// Whether those are the bytes of that key.
#[inline]
pub(crate) fn is_key(bytes: &[u8], key: &impl Segments) -> bool {
    let mut sink = Compare { rest: Some(bytes) };
    key.visit_segments(&mut sink);
    sink.rest.is_some_and(<[u8]>::is_empty)
}

/// Shows what was written down to a sink that prints nothing. To it the name of a variant is a text.
pub(crate) fn replay(mut bytes: &[u8], sink: &mut impl Sink) {
    while let Some(tag) = take(&mut bytes).map(|[tag]| tag) {
        if step(tag, &mut bytes, sink).is_none() {
            debug_assert!(false, "these are no key's bytes");
            return;
        }
    }
}

fn step(tag: u8, rest: &mut &[u8], sink: &mut impl Sink) -> Option<()> {
    match tag {
        tag::UNSIGNED => sink.unsigned(u64::from_le_bytes(take(rest)?)),
        tag::SIGNED => sink.signed(i64::from_le_bytes(take(rest)?)),
        tag::SMALL_UNSIGNED => sink.unsigned(u32::from_le_bytes(take(rest)?).into()),
        tag::SMALL_SIGNED => sink.signed(i32::from_le_bytes(take(rest)?).into()),
        tag::TEXT | tag::VARIANT => sink.text(std::str::from_utf8(take_long(rest)?).ok()?),
        tag::SCALAR => sink.scalar(take_long(rest)?, &""),
        tag::ABSENT => sink.absent(),
        tag::PRESENT => sink.present(),
        tag::OPEN => sink.open(),
        tag::CLOSE => sink.close(),
        _ => return None,
    }
    Some(())
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*first)
}

fn take_long<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = match take(rest)? {
        [tag::LONG] => usize::try_from(u64::from_le_bytes(take(rest)?)).ok()?,
        [len] => len.into(),
    };
    let (bytes, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(bytes)
}

mod tag {
    pub(super) const UNSIGNED: u8 = 1;
    pub(super) const SIGNED: u8 = 2;
    pub(super) const SMALL_UNSIGNED: u8 = 10;
    pub(super) const SMALL_SIGNED: u8 = 11;
    pub(super) const TEXT: u8 = 3;
    pub(super) const SCALAR: u8 = 4;
    pub(super) const ABSENT: u8 = 5;
    pub(super) const PRESENT: u8 = 6;
    pub(super) const VARIANT: u8 = 7;
    pub(super) const OPEN: u8 = 8;
    pub(super) const CLOSE: u8 = 9;
    pub(super) const LONG: u8 = u8::MAX;
}

/// The encoding itself, over "append these bytes".
trait Encode {
    fn put(&mut self, bytes: &[u8]);
    fn put_array<const N: usize>(&mut self, bytes: [u8; N]);

    #[inline]
    fn put_long(&mut self, tag: u8, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) if len < tag::LONG => self.put_array([tag, len]),
            _ => {
                self.put_array([tag, tag::LONG]);
                self.put_array((bytes.len() as u64).to_le_bytes());
            }
        }
        self.put(bytes);
    }
}

fn small(tag: u8, number: u32) -> [u8; 5] {
    let [a, b, c, d] = number.to_le_bytes();
    [tag, a, b, c, d]
}

fn large(tag: u8, number: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
    [tag, a, b, c, d, e, f, g, h]
}

struct Write {
    bytes: [u8; INLINE],
    len: usize,
    /// All of them, once they are too many.
    long: Vec<u8>,
}

impl Encode for Write {
    fn put(&mut self, bytes: &[u8]) {
        match self.bytes.get_mut(self.len..self.len + bytes.len()) {
            Some(place) if self.long.is_empty() => {
                place.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            _ => self.lengthen(bytes),
        }
    }

    #[inline]
    fn put_array<const N: usize>(&mut self, bytes: [u8; N]) {
        // Of a length that is known: no call of `memcpy`.
        match self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            Some(place) if self.long.is_empty() => {
                *place = bytes;
                self.len += N;
            }
            _ => self.lengthen(&bytes),
        }
    }
}

impl Write {
    #[cold]
    fn lengthen(&mut self, bytes: &[u8]) {
        if self.long.is_empty() {
            self.long.extend_from_slice(&self.bytes[..self.len]);
        }
        self.long.extend_from_slice(bytes);
    }
}

/// What is still to be matched; `None` once something differed.
struct Compare<'a> {
    rest: Option<&'a [u8]>,
}

impl Encode for Compare<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.rest = self
            .rest
            .and_then(|rest| rest.split_at_checked(bytes.len()))
            .and_then(|(first, rest)| are_equal(first, bytes).then_some(rest));
    }

    #[inline]
    fn put_array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.rest = self
            .rest
            .and_then(|rest| rest.split_first_chunk())
            .and_then(|(first, rest)| (*first == bytes).then_some(rest));
    }
}

/// Compares slices of one length. Most are short, and then a call of `memcmp` would take longer than this.
#[inline]
fn are_equal(a: &[u8], b: &[u8]) -> bool {
    /// The beginnings, eight bytes at a time, and the ends, which may overlap with them.
    fn by_eight(a: &[u8], b: &[u8]) -> bool {
        a.as_chunks::<8>().0.iter().eq(b.as_chunks::<8>().0) && a.last_chunk::<8>() == b.last_chunk::<8>()
    }
    match a.len() {
        0..4 => a.iter().eq(b),
        4..8 => a.first_chunk::<4>() == b.first_chunk::<4>() && a.last_chunk::<4>() == b.last_chunk::<4>(),
        8..=64 => by_eight(a, b),
        _ => a == b,
    }
}

macro_rules! sink {
    ($($sink:ty),*) => {$(
        impl Sink for $sink {
            #[inline]
            fn unsigned(&mut self, value: u64) {
                match u32::try_from(value) {
                    Ok(value) => self.put_array(small(tag::SMALL_UNSIGNED, value)),
                    Err(_) => self.put_array(large(tag::UNSIGNED, value)),
                }
            }

            #[inline]
            fn signed(&mut self, value: i64) {
                match i32::try_from(value) {
                    Ok(value) => self.put_array(small(tag::SMALL_SIGNED, value.cast_unsigned())),
                    Err(_) => self.put_array(large(tag::SIGNED, value.cast_unsigned())),
                }
            }

            #[inline]
            fn text(&mut self, value: &str) {
                self.put_long(tag::TEXT, value.as_bytes());
            }

            #[inline]
            fn scalar(&mut self, bytes: &[u8], _: &dyn Display) {
                self.put_long(tag::SCALAR, bytes);
            }

            #[inline]
            fn absent(&mut self) {
                self.put_array([tag::ABSENT]);
            }

            #[inline]
            fn present(&mut self) {
                self.put_array([tag::PRESENT]);
            }

            #[inline]
            fn variant(&mut self, name: &'static str) {
                self.put_long(tag::VARIANT, name.as_bytes());
            }

            #[inline]
            fn open(&mut self) {
                self.put_array([tag::OPEN]);
            }

            #[inline]
            fn next(&mut self) {}

            #[inline]
            fn close(&mut self) {
                self.put_array([tag::CLOSE]);
            }
        }
    )*};
}
sink!(Write, Compare<'_>);

#[cfg(test)]
mod tests;
