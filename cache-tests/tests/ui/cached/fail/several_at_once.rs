use cache_core::cached;

struct Session;

#[cached(tttl = "5m", key = "list:{id}:{nobody}", jitter = 0.1, skip(other))]
const fn list(session: &Session, id: i64, page: u32) -> &str {
    let _ = (session, id, page);
    ""
}

fn main() {
    let _ = list(&Session, 5, 6);
    let _ = list::invalidate(5);
}
