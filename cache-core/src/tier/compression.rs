//! Values' bytes, made smaller where they are many: LZ4 in blocks.

use super::envelope::Unread;

/// One byte of a block becomes at most so many: what claims to be more is a lie, and no room is made for it.
#[cfg(feature = "compression")]
const MOST: usize = 255;

/// The bytes, if that is fewer.
#[cfg(feature = "compression")]
pub(super) fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let smaller = lz4_flex::block::compress(bytes);
    (smaller.len() < bytes.len()).then_some(smaller)
}

#[cfg(not(feature = "compression"))]
pub(super) fn compress(_: &[u8]) -> Option<Vec<u8>> {
    None
}

/// Those bytes again, which were `len`; `len` is within bounds.
#[cfg(feature = "compression")]
pub(super) fn decompress(bytes: &[u8], len: usize) -> Result<Vec<u8>, Unread> {
    if len > bytes.len().saturating_mul(MOST) {
        return Err(Unread::Corrupt);
    }
    let mut whole = vec![0; len];
    match lz4_flex::block::decompress_into(bytes, &mut whole) {
        Ok(written) if written == len => Ok(whole),
        _ => Err(Unread::Corrupt),
    }
}

/// Whoever has the feature can read it.
#[cfg(not(feature = "compression"))]
pub(super) fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, Unread> {
    Err(Unread::Foreign)
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_lies_make_no_room() {
        let bytes = b"a line of text, and another line of text\n".repeat(100);
        let smaller = compress(&bytes).unwrap();
        assert!(smaller.len() < bytes.len() / 10);
        assert_eq!(decompress(&smaller, bytes.len()).unwrap(), bytes);
        for len in [0, 1, bytes.len() - 1, bytes.len() + 1, usize::MAX] {
            assert_eq!(decompress(&smaller, len), Err(Unread::Corrupt), "{len}");
        }
        assert_eq!(compress(b"short"), None);
    }

    #[test]
    fn no_block_grows_by_more_than_is_allowed_for() {
        for len in [10_000_usize, 1 << 20] {
            let smaller = compress(&vec![7; len]).unwrap();
            assert!(len <= smaller.len() * MOST, "{len} became {}", smaller.len());
        }
    }
}
