use cache_core::{CacheKey, cached};

#[cached]
fn anything(id: impl CacheKey) -> i64 {
    let _ = id;
    0
}

#[cached]
fn by_reference(id: &impl std::fmt::Display) -> i64 {
    id.to_string().len() as i64
}

fn main() {}
