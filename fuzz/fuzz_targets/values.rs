//! Any bytes as a value, behind a header that is right: each encoding, as it is and compressed.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Option<u32>, &[u8])| {
    let (encoding, len, value) = input;
    let plain = u32::try_from(value.len()).unwrap_or(u32::MAX);
    cache_fuzz::read_value(encoding % 3, len.is_some(), len.unwrap_or(plain), value);
});
