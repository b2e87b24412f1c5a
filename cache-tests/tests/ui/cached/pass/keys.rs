//! The forms of a key, and what companions take for each.

use cache_core::{cached, Cache};

#[derive(Clone)]
struct Filter {
    status: Option<String>,
    range: (u8, u8),
}

struct Session {
    tenant: u64,
    name: String,
    cache: Cache,
}

#[cached(key = "album:{album_id}:photos:{filter.status}:{filter.range.0}")]
fn fields(album_id: i64, filter: &Filter) -> usize {
    album_id as usize + filter.status.as_ref().map_or(0, String::len)
}

#[cached(key = "workstations_{id}")]
fn text_around(id: i64) -> i64 {
    id
}

#[cached(key = "{id}")]
fn placeholder_alone(id: i64) -> i64 {
    id
}

#[cached(key = "config")]
fn text_alone() -> i64 {
    5
}

#[cached(key = "{{braces}}:{name|lower}:{name|hash}:{name|lower|hash}")]
fn filters(name: &str) -> usize {
    name.len()
}

#[cached(key_prefix = "v1:artist")]
fn prefix(r#type: u8) -> u8 {
    r#type
}

#[cached(key_prefix = "page", key(session.tenant, page + 1, format!("{size}"), page as u64, session.name.trim()))]
async fn expressions(session: &Session, page: u32, size: u32) -> u32 {
    session.tenant as u32 + page * size
}

#[cached(key(tenant: u64 = session.tenant, id, name: &str = &session.name))]
async fn own_parameters(session: &Session, id: i64) -> i64 {
    id + session.tenant as i64
}

#[cached(cache = session.cache, key(id), skip(session))]
async fn chosen_cache(session: &Session, id: i64) -> i64 {
    id + session.tenant as i64
}

#[cached(key = "item:{id}")]
fn generic<T: Default + Clone + Send + Sync + 'static>(id: i64) -> Option<T> {
    (id > 0).then(T::default)
}

#[cached(ttl = if id > 5 { std::time::Duration::from_secs(1) } else { LONG }, key_prefix = "timed", single_flight = false)]
async fn timed(id: i64) -> i64 {
    id
}
const LONG: std::time::Duration = std::time::Duration::from_secs(600);

#[cached(ttl = "never")]
fn never(id: i64) -> i64 {
    id
}

#[cached(ttl = "1h 30m")]
fn long(id: i64) -> i64 {
    id
}

#[cached(ttl = session.ttl(), key(id), skip(session))]
fn ttl_from_elsewhere(session: &Session, id: i64) -> i64 {
    id + session.tenant as i64
}

impl Session {
    fn ttl(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.tenant)
    }
}

#[derive(Clone, Default)]
struct Item;

fn main() {
    let filter = Filter { status: Some("a:b".to_owned()), range: (1, 2) };
    let cache = Cache::builder().build().unwrap();
    let session = Session { tenant: 7, name: " x ".to_owned(), cache: cache.clone() };
    assert_eq!(fields::key(1, &filter), "album:1:photos:a%3Ab:1");
    assert_eq!(text_around::key(5), "workstations_5");
    assert_eq!(placeholder_alone::key(5), "5");
    assert_eq!(text_alone::key(), "config");
    assert!(filters::key("AB").starts_with("{braces}:ab:"));
    assert_eq!(prefix::key(1), "v1:artist:1");
    assert_eq!(expressions::key(&session, 2, 10), "page:7:3:10:2:x");
    assert_eq!(own_parameters::key(7, "n", 5), "own_parameters:7:5:n");
    assert_eq!(chosen_cache::key(&cache, 5), "chosen_cache:5");
    assert!(generic::key::<Item>(5).starts_with("item:"));
    assert!(generic::key::<Item>(5).ends_with(":5"));
    assert_eq!(timed::key(5), "timed:5");
    let _ = (never(5), long(5), ttl_from_elsewhere(&session, 5), ttl_from_elsewhere::put(&session, 5, 6));
    let _ = generic::<Item>(5);
}
