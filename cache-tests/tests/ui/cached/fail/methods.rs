use std::future::Future;
use std::pin::Pin;

use cache_core::cached;

struct Repo;

impl Repo {
    #[cached(key_prefix = "untold")]
    async fn untold_self(&self, id: i64) -> i64 {
        id
    }

    #[cached(skip(self))]
    async fn without_a_name(&self, id: i64) -> i64 {
        id
    }

    #[cached(key_prefix = "associated")]
    async fn associated(id: i64) -> Result<i64, Box<Self>> {
        Ok(id)
    }

    #[cached(key_prefix = "boxed", skip(self))]
    fn boxed<'a>(&'a self, id: i64) -> Pin<Box<dyn Future<Output = i64> + Send + 'a>> {
        Box::pin(async move { id })
    }

    #[cached(key = "template:{id}")]
    async fn forgotten_self(&self, id: i64) -> i64 {
        id
    }
}

struct Other;

#[cached(ttl = "5m")]
impl Other {
    #[cached(skip(self), tier = "shared")]
    fn sync_shared(&self, id: i64) -> i64 {
        id
    }

    #[cached(skip(self, page), page = 7)]
    async fn two_faults(&self, id: i64) -> i64 {
        id
    }
}

struct Plain;

#[cached]
impl Plain {
    fn nothing_cached(&self) {}
}

#[cached]
trait Loads {
    async fn load(&self, id: i64) -> i64;
}

#[cached(companion = true)]
async fn companion(id: i64) -> i64 {
    id
}

fn main() {}
