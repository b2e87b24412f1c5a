//! The crate under another name.

mod vendored {
    pub(crate) mod kit {
        pub(crate) use cache_core as caching;
    }
}

use vendored::kit::caching::{cached, invalidates, CacheKey, Weigh};

// Under this name there is something else.
mod cache_core_elsewhere {}

#[derive(CacheKey, Clone, Weigh)]
#[cache_key(crate = vendored::kit::caching)]
#[weigh(crate = vendored::kit::caching)]
struct Id(i64);

#[cached(crate = vendored::kit::caching, ttl = "5m", cache = CACHE.with_it())]
async fn get(id: &Id) -> Option<Id> {
    Some(id.clone())
}

#[cached(crate = crate::vendored::kit::caching)]
fn sync(id: Id) -> Option<Id> {
    Some(id)
}

#[invalidates(crate = crate::vendored::kit::caching, sync(Id(5)), key = "get:5")]
fn write() {}

struct Lazy;
static CACHE: Lazy = Lazy;
impl Lazy {
    fn with_it(&self) -> vendored::kit::caching::Cache {
        vendored::kit::caching::get_cache()
    }
}

fn main() {
    let _ = get(&Id(5));
    assert!(sync(Id(5)).is_some());
    write();
    assert!(sync::peek(Id(5)).is_none());
    assert_eq!(vendored::kit::caching::key!("get:{}", Id(5)), "get:5");
}
