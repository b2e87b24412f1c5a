//! The hash of a key, from borrowed arguments.

use std::hash::{BuildHasher, Hasher};

use super::Sink;

/// Feeds a seeded hasher.
///
/// It writes no type tags and no lengths: keys of one function have one type, and a collision costs a comparison.
pub(crate) struct HashSink<H>(H);

impl<H: Hasher> HashSink<H> {
    pub(crate) fn new<B: BuildHasher<Hasher = H>>(state: &B, template: u32) -> Self {
        let mut hasher = state.build_hasher();
        hasher.write_u32(template);
        Self(hasher)
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0.finish()
    }
}

impl<H: Hasher> Sink for HashSink<H> {
    #[inline]
    fn unsigned(&mut self, value: u64) {
        self.0.write_u64(value);
    }

    #[inline]
    fn signed(&mut self, value: i64) {
        self.0.write_i64(value);
    }

    #[inline]
    fn text(&mut self, value: &str) {
        self.0.write(value.as_bytes());
    }

    #[inline]
    fn scalar(&mut self, bytes: &[u8], _: &dyn std::fmt::Display) {
        self.0.write(bytes);
    }

    #[inline]
    fn absent(&mut self) {
        self.0.write_u8(0);
    }

    #[inline]
    fn present(&mut self) {}

    #[inline]
    fn variant(&mut self, name: &'static str) {
        self.0.write(name.as_bytes());
    }

    #[inline]
    fn open(&mut self) {
        self.0.write_u8(1);
    }

    #[inline]
    fn next(&mut self) {}

    #[inline]
    fn close(&mut self) {}
}
