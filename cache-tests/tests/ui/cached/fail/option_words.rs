use cache_core::cached;

#[cached(tier = "memory")]
async fn tier_word(id: i64) -> i64 {
    id
}

#[cached(tier = "shared")]
fn tier_of_sync(id: i64) -> i64 {
    id
}

#[cached(version = "2")]
async fn version_text(id: i64) -> i64 {
    id
}

#[cached(version = 5_000_000_000)]
async fn version_large(id: i64) -> i64 {
    id
}

#[cached(ttl_none = "soon", ttl_err = 0)]
async fn ttls(id: i64) -> i64 {
    id
}

#[cached(key(id), key_with = build)]
async fn two_keys(id: i64) -> i64 {
    id
}

#[cached(when, refresh_when, cache_if, validate, weight, share_err, ttl_with)]
async fn no_values(id: i64) -> i64 {
    id
}

fn main() {}
