use std::time::Duration;

use cache_core::cached;

#[derive(Clone)]
struct Opaque;

struct NotClone;

#[cached(ttl_none = "5s")]
async fn never_absent(id: i64) -> i64 {
    id
}

#[cached(ttl_err = "5s")]
async fn never_fails(id: i64) -> Option<i64> {
    Some(id)
}

#[cached(ttl_err = "5s")]
async fn error_not_shared(id: i64) -> Result<i64, NotClone> {
    Ok(id)
}

#[cached(tier = "both")]
async fn not_portable(_id: i64) -> Opaque {
    Opaque
}

#[cached(ttl_with = |v| v.seconds)]
async fn no_duration(id: i64) -> i64 {
    id
}

#[cached(cache_if = |v| *v)]
async fn no_condition(id: i64) -> i64 {
    id
}

#[cached(validate = 5)]
async fn no_closure(id: i64) -> i64 {
    id
}

#[cached(when = id)]
async fn no_bool(id: i64) -> i64 {
    id
}

#[cached(refresh_when = id)]
async fn no_bool_either(id: i64) -> i64 {
    id
}

#[cached(weight = |v| id as usize)]
async fn weight_captures(id: i64) -> i64 {
    id
}

fn copy(text: &String) -> String {
    text.clone()
}

#[cached(share_err = copy)]
async fn another_error(id: i64) -> Result<i64, NotClone> {
    Ok(id)
}

#[cached(share_err = copy)]
async fn no_error(id: i64) -> Option<i64> {
    Some(id)
}

fn build(id: i64) -> String {
    id.to_string()
}

#[cached(key_with = build)]
async fn builder_by_value(id: i64) -> i64 {
    id
}

fn main() {
    let _ = Duration::ZERO;
}
