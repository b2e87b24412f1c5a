//! Any bytes as what another instance says: its number, and what it has changed.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (origin, changes) = input;
    cache_fuzz::read_message(origin, changes);
});
