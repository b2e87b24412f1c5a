#![deny(unused_variables, unused_mut, unused_must_use, unreachable_code, dead_code, unused_assignments)]

use cache_core::{cached, invalidates};

#[must_use]
fn important() -> u8 {
    5
}

#[cached]
pub fn cached_body(mut id: i64, name: &str) -> i64 {
    let unused = 5;
    important();
    id
}

#[invalidates(cached_body(id, ..))]
pub async fn invalidating_body(id: i64, mut name: &str) -> i64 {
    let unused = 5;
    important();
    return id;
    5
}

#[cached]
fn never_called(id: i64) -> i64 {
    fn never_called_either() {}
    id
}

fn main() {
    let _ = cached_body(5, "");
    let _ = invalidating_body(5, "");
}
