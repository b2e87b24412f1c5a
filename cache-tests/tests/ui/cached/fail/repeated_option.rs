use cache_core::cached;

#[cached(ttl = "5m", key_prefix = "artist", ttl = "6m")]
fn twice(id: i64) -> i64 {
    id
}

#[cached(key = "artist:{id}", key(id))]
fn two_kinds_of_key(id: i64) -> i64 {
    id
}

#[cached(skip(id, id))]
fn skipped_twice(id: i64) -> i64 {
    id
}

fn main() {}
