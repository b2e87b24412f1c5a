use cache_core::invalidates;

fn get_artist(artist_id: i64) -> i64 {
    artist_id
}

#[invalidates(get_artist(artist_id))]
fn not_a_cached_function(artist_id: i64) {
    let _ = get_artist(artist_id);
}

fn main() {}
