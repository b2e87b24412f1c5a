use cache_core::cached;

#[cached(ttl = "5 lightyears")]
fn no_duration(id: i64) -> i64 {
    id
}

#[cached(ttl = -5)]
fn negative(id: i64) -> i64 {
    id
}

#[cached(ttl = 1.5)]
fn float(id: i64) -> i64 {
    id
}

#[cached(ttl = "0s")]
fn zero(id: i64) -> i64 {
    id
}

#[cached(ttl)]
fn missing(id: i64) -> i64 {
    id
}

const SECONDS: u64 = 5;

#[cached(ttl = SECONDS)]
fn no_duration_expression(id: i64) -> i64 {
    id
}

fn main() {}
