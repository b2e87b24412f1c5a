use cache_core::cached;

#[cached(tttl = "5m")]
fn misspelled(id: i64) -> i64 {
    id
}

#[cached(prefix = "artist", ttl = "5m")]
fn abbreviated(id: i64) -> i64 {
    id
}

#[cached(colour = 7)]
fn invented(id: i64) -> i64 {
    id
}

fn main() {}
