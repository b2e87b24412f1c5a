//! Tags name arguments, or come from the value.

use cache_core::{cached, invalidates};

#[cached(tags = "artist:{id}")]
fn not_a_list(id: i64) -> i64 {
    id
}

#[cached(tags = ["artist:{idd}", "{}", "a*"])]
fn no_such_argument(id: i64) -> i64 {
    id
}

#[cached(tags = ["artist:{x}"])]
fn of_the_value(id: i64) -> i64 {
    id
}

#[cached(tags = ["artist:{rate}"], skip(rate))]
fn no_key(id: i64, rate: f64) -> f64 {
    id as f64 * rate
}

#[cached(tags_with = |id: &i64| *id)]
fn not_tags(id: i64) -> i64 {
    id
}

#[invalidates(tag = "artist:{result.id}", tag = "artist:{idd}")]
fn write(id: i64) -> i64 {
    id
}

fn main() {}
