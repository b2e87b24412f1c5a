use cache_core::{cached, invalidates};

#[cached]
fn get_artist(artist_id: i64, name: &str) -> Option<String> {
    Some(format!("{artist_id}{name}"))
}

#[invalidates(get_artist(artist_id, ..))]
fn one(artist_id: u8) {
    let _ = artist_id;
}

#[invalidates(get_artist(artist_id, name.len()))]
fn both(artist_id: &str, name: &str) {
    let _ = (artist_id, name);
}

#[invalidates(get_artist(result.nobody, ..))]
fn no_such_field(artist_id: i64) -> i64 {
    artist_id
}

#[invalidates(key = "weather:{latitude}")]
fn no_key(latitude: f64) {
    let _ = latitude;
}

fn main() {}
