use cache_core::cached;

#[cached(key = "artist:{artist_i}")]
fn misspelled(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "artist:{tenant}:{artist_id}")]
fn no_argument(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "artist:{}")]
fn positional(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "artist:{artist_id + 1}")]
fn expression(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "artist:{artist_id|upper}")]
fn unknown_filter(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "artist:{artist_id")]
fn unclosed(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "artist:{a}_{b}")]
fn one_placeholder_per_segment(a: i64, b: i64) -> i64 {
    a + b
}

#[cached(key = "artist:*:{artist_id}")]
fn wildcard(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = "")]
fn empty(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key = artist_id)]
fn no_literal(artist_id: i64) -> i64 {
    artist_id
}

#[cached(key())]
fn no_segment(artist_id: i64) -> i64 {
    artist_id
}

fn main() {}
