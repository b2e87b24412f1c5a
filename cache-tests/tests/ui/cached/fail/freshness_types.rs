//! What options about the time around a TTL ask of the return type.

use cache_core::cached;

#[cached(timeout = "1s")]
async fn returns_no_result(id: u64) -> Option<u64> {
    Some(id)
}

#[cached(timeout = "1s")]
async fn error_of_another_type(id: u64) -> Result<u64, std::num::ParseIntError> {
    Ok(id)
}

#[derive(Clone)]
struct Opaque;

#[cached(adaptive_ttl = "30s..1h")]
async fn not_comparable(id: u64) -> Result<Opaque, String> {
    let _ = id;
    Ok(Opaque)
}

fn main() {}
