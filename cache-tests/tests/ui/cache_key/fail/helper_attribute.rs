use cache_core::CacheKey;

#[derive(CacheKey)]
#[cache_key(skip)]
struct Unknown(i64);

#[derive(CacheKey)]
#[cache_key(crate = cache_core, crate = cache_core)]
struct Repeated(i64);

#[derive(CacheKey)]
#[cache_key]
struct Empty(i64);

fn main() {}
