use cache_core::{cached, invalidates};

#[cached]
fn get_artist(artist_id: i64, name: &str) -> Option<String> {
    Some(format!("{artist_id}{name}"))
}

#[invalidates(get_artist(artist_id))]
fn too_few(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(get_artist(artist_id, _, _))]
fn too_many(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(get_artist(artist_id, "", 5, ..))]
fn too_many_before_the_rest(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(get_artist(_, _, _, ..))]
fn too_many_wildcards_before_the_rest(artist_id: i64) {
    let _ = artist_id;
}

fn main() {}
