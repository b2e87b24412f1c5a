//! How values are written: a word of three, where there is something to write, and where the form is built in.

use cache_core::cached;

#[cached(codec = "yaml")]
async fn unknown(id: u64) -> u64 {
    id
}

#[cached(codec)]
async fn no_value(id: u64) -> u64 {
    id
}

#[cached(codec = json)]
async fn no_text(id: u64) -> u64 {
    id
}

#[cached(codec = "json")]
fn sync(id: u64) -> u64 {
    id
}

#[cached(tier = "local", codec = "msgpack")]
async fn local(id: u64) -> u64 {
    id
}

// The tests are built without the feature.
#[cached(codec = "postcard")]
async fn feature_off(id: u64) -> u64 {
    id
}

fn main() {}
