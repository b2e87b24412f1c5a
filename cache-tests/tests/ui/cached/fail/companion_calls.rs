use cache_core::cached;

struct Db;

#[cached]
fn get_artist(db: &Db, artist_id: i64) -> Option<String> {
    let _ = db;
    Some(artist_id.to_string())
}

fn main() {
    get_artist::invalidate("42");
    get_artist::invalidate();
    get_artist::invalidate(&Db, 42);
    get_artist::key(42, 43);
    let _: Option<String> = get_artist::peek(42);
    get_artist::put(42, 42);
    get_artist::uncached(42);
}
