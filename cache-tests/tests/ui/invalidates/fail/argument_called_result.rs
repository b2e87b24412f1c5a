use cache_core::{cached, invalidates};

#[cached]
fn get_artist(artist_id: i64, name: &str) -> Option<String> {
    Some(format!("{artist_id}{name}"))
}

#[invalidates(get_artist(result, ..))]
fn two_results(result: i64) -> i64 {
    result
}

fn main() {}
