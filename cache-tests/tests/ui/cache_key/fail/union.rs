use cache_core::{CacheKey, Weigh};

#[derive(CacheKey)]
union Key {
    id: i64,
}

#[derive(Weigh)]
union Value {
    id: i64,
}

fn main() {}
