use cache_core::cached;

struct Db;
struct Session {
    tenant: u64,
}

#[cached(key = "list:{id}")]
fn page(db: &Db, id: i64, page: u32) -> u32 {
    let _ = (db, id);
    page
}

#[cached(key(id), ttl = "5m")]
fn session(session: &Session, id: i64) -> i64 {
    session.tenant as i64 + id
}

#[cached(key(id.page))]
fn field_of_the_same_name(id: Page, page: u32) -> u32 {
    id.page + page
}

#[cached(key(page))]
fn part_of_a_pattern((page, size): (u32, u32)) -> u32 {
    page + size
}

#[derive(Clone)]
struct Page {
    page: u32,
}

fn main() {}
