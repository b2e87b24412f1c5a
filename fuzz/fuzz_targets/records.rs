//! Any bytes under a name of a shared tier: a value, a miss or an error that is counted.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| cache_fuzz::read_record(record));
