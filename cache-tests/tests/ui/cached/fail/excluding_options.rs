use cache_core::cached;

#[cached(key_prefix = "artist", key = "artist:{id}")]
fn prefix_and_template(id: i64) -> i64 {
    id
}

#[cached(key = "artist:{id}", skip(id))]
fn skipped_and_mentioned(id: i64) -> i64 {
    id
}

#[cached(key(id), skip(id))]
fn skipped_and_a_segment(id: i64) -> i64 {
    id
}

fn main() {}
