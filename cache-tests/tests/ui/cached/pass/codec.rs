//! How values are written, in every place where a function can stand.

use cache_core::{Cache, cached};

#[cached(codec = "json", version = 3)]
async fn json(id: u64) -> u64 {
    id
}

#[cached(tier = "both", codec = "msgpack", stale_while_revalidate = "5s")]
async fn packed(id: u64, text: &str) -> Result<Option<String>, String> {
    Ok(Some(format!("{id} {text}")))
}

#[cached(codec = "msgpack")]
async fn opaque(id: u64) -> std::sync::Arc<dyn Fn() -> u64 + Send + Sync> {
    std::sync::Arc::new(move || id)
}

struct Repo {
    cache: Cache,
}

#[cached]
impl Repo {
    #[cached(codec = "msgpack", cache = self.cache, skip(self), refresh_ahead = 0.5)]
    async fn read(self: std::sync::Arc<Self>, id: u64) -> u64 {
        id
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(json(1).await, 1);
    assert_eq!(packed(1, "a").await.unwrap().unwrap(), "1 a");
    assert_eq!((opaque(3).await)(), 3);
    let repo = std::sync::Arc::new(Repo { cache: Cache::builder().build().unwrap() });
    assert_eq!(repo.read(4).await, 4);
}
