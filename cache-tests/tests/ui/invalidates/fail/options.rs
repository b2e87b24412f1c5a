use cache_core::{cached, invalidates};

#[cached]
fn get_artist(artist_id: i64) -> Option<String> {
    Some(artist_id.to_string())
}

#[invalidates]
fn nothing(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(pattern = "")]
fn empty_pattern(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(tag = "artist:{artist_id}")]
fn tag(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(patern = "artist:*")]
fn misspelled(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(colour = "artist:*")]
fn invented(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(key = artist_id)]
fn no_literal(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(key = "artist:{artis_id}", pattern = "artist:{nobody}:*")]
fn no_argument(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(get_artist)]
fn no_call(artist_id: i64) {
    let _ = artist_id;
}

#[invalidates(get_artist(.., artist_id))]
fn rest_comes_last(artist_id: i64) {
    let _ = artist_id;
}

fn main() {}
