use cache_core::{invalidates, updates};

fn get_artist(artist_id: i64) -> i64 {
    artist_id
}

#[invalidates(get_artist(artist_id))]
fn not_a_cached_function(artist_id: i64) {
    let _ = get_artist(artist_id);
}

#[updates(get_artist(artist_id))]
fn no_cached_function_either(artist_id: i64) -> i64 {
    get_artist(artist_id)
}

#[updates(gett_artist(artist_id))]
fn unknown(artist_id: i64) -> i64 {
    get_artist(artist_id)
}

fn main() {}
