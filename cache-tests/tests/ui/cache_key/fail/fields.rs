use std::collections::{HashMap, HashSet};

use cache_core::CacheKey;

#[derive(CacheKey)]
struct Named {
    id: i64,
    latitude: f64,
}

#[derive(CacheKey)]
struct Tuple(i64, f32);

#[derive(CacheKey)]
struct Maps {
    filters: HashMap<String, String>,
    tags: HashSet<String>,
}

#[derive(CacheKey)]
enum Filter {
    All,
    Near(f64, f64),
    By { session: Session },
}

#[derive(CacheKey)]
struct Newtype(f64);

struct Session;

fn main() {}
