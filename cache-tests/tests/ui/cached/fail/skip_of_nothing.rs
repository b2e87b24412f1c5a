use cache_core::cached;

#[cached(skip(trase))]
fn misspelled(id: i64, trace: &str) -> i64 {
    let _ = trace;
    id
}

#[cached(skip(session))]
fn no_argument(id: i64) -> i64 {
    id
}

fn main() {}
