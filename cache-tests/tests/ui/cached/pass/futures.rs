//! Futures of cached and invalidating functions are as `Send` as their bodies'.

use std::rc::Rc;
use std::time::Duration;

use cache_core::{cached, invalidates, Cache};

#[derive(Clone)]
struct Artist;
struct Db;
struct Guard(Rc<Duration>);

fn config() -> Guard {
    Guard(Rc::new(Duration::from_secs(5)))
}

#[cached(ttl = *config().0, cache = Cache::builder().build().unwrap(), key(artist_id, name.to_owned()))]
async fn get_artist(db: &Db, artist_id: i64, name: &str) -> Result<Option<Artist>, std::io::Error> {
    let _ = (db, artist_id, name);
    std::future::ready(()).await;
    Ok(None)
}

impl Guard {
    fn id(&self) -> u64 {
        self.0.as_secs()
    }
}

#[cached(skip(db))]
#[allow(dead_code)]
async fn generic<T: Clone + Send + Sync + 'static>(db: impl Fn() -> T + Send, id: i64) -> Option<T> {
    let _ = id;
    Some(db())
}

/// Of arguments that are given by value and are no copies.
#[cached]
async fn plain(db: Db, id: i64, name: String) -> Option<String> {
    let _ = (db, id);
    std::future::ready(()).await;
    Some(name)
}

struct NotSync(std::cell::Cell<u8>);

#[invalidates(get_artist(result.0.get().into(), ""), get_artist(config().id() as i64, ..), key = "a:{name}")]
async fn rename(db: &Db, name: &str) -> Result<NotSync, std::io::Error> {
    let _ = (db, name);
    std::future::ready(()).await;
    Ok(NotSync(std::cell::Cell::new(5)))
}

fn assert_send<T: Send>(_: T) {}

fn main() {
    assert_send(get_artist(&Db, 5, ""));
    assert_send(get_artist::peek(5, ""));
    assert_send(get_artist::refresh(&Db, 5, ""));
    assert_send(get_artist::put(5, "", Artist));
    assert_send(get_artist::invalidate(5, ""));
    assert_send(get_artist::invalidate_all());
    assert_send(get_artist::uncached(&Db, 5, ""));
    assert_send(plain(Db, 5, String::new()));
    assert_send(plain::refresh(Db, 5, String::new()));
    assert_send(rename(&Db, ""));
}
