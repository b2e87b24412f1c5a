use cache_core::cached;

#[cached(key_prefix = 5)]
fn prefix_is_a_string(id: i64) -> i64 {
    id
}

#[cached(key_prefix = "")]
fn prefix_is_not_empty(id: i64) -> i64 {
    id
}

#[cached(key_prefix = "artist:")]
fn prefix_brings_its_colon(id: i64) -> i64 {
    id
}

#[cached(key_prefix = "artist:{id}")]
fn prefix_has_no_placeholders(id: i64) -> i64 {
    id
}

#[cached(key_prefix = "artist*")]
fn prefix_has_no_wildcards(id: i64) -> i64 {
    id
}

#[cached(single_flight = "no")]
fn single_flight_is_a_bool(id: i64) -> i64 {
    id
}

#[cached(skip = id)]
fn skip_is_a_list(id: i64) -> i64 {
    id
}

#[cached(skip("id"))]
fn skip_takes_names(id: i64) -> i64 {
    id
}

#[cached(ttl = "5m" key_prefix = "artist")]
fn options_are_separated(id: i64) -> i64 {
    id
}

#[cached(cache = 5)]
fn cache_is_a_cache(id: i64) -> i64 {
    id
}

#[cached(crate = 5)]
fn crate_is_a_path(id: i64) -> i64 {
    id
}

fn main() {}
