//! Methods: every form of `self`, decorated blocks, trait impls, and the handles that they give.

use std::pin::Pin;
use std::sync::Arc;

use cache_core::{Cache, CacheKey, Ttl, cached, invalidates};
use cache_tests::{Probe, scope};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Artist {
    id: i64,
    name: String,
}

#[derive(Default, Clone)]
struct Repo {
    probe: Arc<Probe>,
    tenant: u64,
}

impl Repo {
    #[cached(ttl = "5m", key_prefix = "artist", skip(self))]
    async fn artist(&self, id: i64, name: &str) -> Result<Option<Artist>, String> {
        let _running = self.probe.enter();
        Ok(Some(Artist { id, name: name.to_owned() }))
    }

    #[cached(ttl = "5m", key_prefix = "of", key(self.tenant, id))]
    async fn of_tenant(&self, id: i64) -> u64 {
        let _running = self.probe.enter();
        self.tenant * 1_000 + id as u64
    }

    #[cached(ttl = "5m", key_prefix = "own", key(tenant: u64 = self.tenant, id))]
    async fn own_segment(&self, id: i64) -> u64 {
        let _running = self.probe.enter();
        self.tenant * 1_000 + id as u64
    }

    #[cached(ttl = "5m", key = "square:{id}", skip(self))]
    fn square(&self, id: u64) -> u64 {
        let _running = self.probe.enter();
        id * id
    }

    #[cached(ttl = "5m", key_prefix = "by_value", skip(self))]
    async fn by_value(self, id: u64) -> u64 {
        let _running = self.probe.enter();
        id
    }

    #[cached(ttl = "5m", key_prefix = "by_mut", skip(self))]
    async fn by_mut(&mut self, mut id: u64) -> u64 {
        self.tenant += 1;
        id += self.tenant;
        let _running = self.probe.enter();
        id
    }

    #[cached(ttl = "5m", key_prefix = "by_arc", skip(self))]
    async fn by_arc(self: Arc<Self>, id: u64) -> u64 {
        let _running = self.probe.enter();
        id
    }

    #[cached(ttl = "5m", key_prefix = "by_arc_ref", skip(self))]
    async fn by_arc_ref(self: &Arc<Self>, id: u64) -> u64 {
        let _running = self.probe.enter();
        id
    }

    #[cached(ttl = "5m", key_prefix = "by_pin", skip(self))]
    async fn by_pin(self: Pin<&mut Self>, id: u64) -> u64 {
        let _running = self.probe.enter();
        id
    }

    #[cached(ttl = "5m", key_prefix = "by_box", skip(self))]
    async fn by_box(self: Box<Self>, id: u64) -> u64 {
        let _running = self.probe.enter();
        id
    }

    #[cached(ttl = "5m", key_prefix = "args", skip(self))]
    async fn args(&self, name: impl AsRef<str>, count: impl Into<u64>, (a, b): (u8, u8), rest: &[u8]) -> String {
        let _running = self.probe.enter();
        format!("{} {} {a} {b} {}", name.as_ref(), count.into(), rest.len())
    }

    #[invalidates(Repo::artist(id, ..), Self::square(id.unsigned_abs()), <Self>::of_tenant(self, _))]
    async fn rename(&self, id: i64) -> Result<(), String> {
        if id < 0 { Err("no such artist".to_owned()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_method_is_looked_up_and_its_handle_reaches_its_entries() {
    let scope = scope();
    let repo = Repo::default();
    scope
        .run(async {
            let loaded = repo.artist(1, "a").await;
            assert_eq!(repo.artist(1, "a").await, loaded);
            assert_eq!(repo.probe.runs(), 1);
            assert_eq!(Repo::artist_cache().key(1, "a"), "artist:1:a");
            assert_eq!(Repo::artist_cache().peek(1, "a").await, Some(loaded.clone()));
            assert_eq!(scope.cache().get::<Artist>("artist:1:a").await, loaded.clone().unwrap());
            Repo::artist_cache().put(2, "b", Artist { id: 2, name: "put".to_owned() }).await;
            assert_eq!(repo.artist(2, "b").await.unwrap().unwrap().name, "put");
            assert_eq!(repo.probe.runs(), 1);
            Repo::artist_cache().refresh(&repo, 2, "b").await.unwrap();
            assert_eq!(repo.artist(2, "b").await.unwrap().unwrap().name, "b");
            assert_eq!(repo.probe.runs(), 2);
            Repo::artist_cache().uncached(&repo, 2, "b").await.unwrap();
            assert_eq!(repo.probe.runs(), 3);
            Repo::artist_cache().invalidate(1, "a").await;
            assert_eq!(Repo::artist_cache().peek(1, "a").await, None);
            assert!(Repo::artist_cache().peek(2, "b").await.is_some());
            Repo::artist_cache().invalidate_all().await;
            assert_eq!(Repo::artist_cache().peek(2, "b").await, None);
            assert_eq!(Repo::artist_cache().stats().loads, 2);
        })
        .await;
}

#[tokio::test]
async fn a_handle_may_go_to_another_task() {
    let scope = scope();
    let repo: &'static Repo = Box::leak(Box::default());
    let spawned = tokio::spawn(scope.run(async move { Repo::artist_cache().refresh(repo, 1, "a").await }));
    assert_eq!(spawned.await.unwrap().unwrap().unwrap().id, 1);
}

#[tokio::test]
async fn what_of_self_is_in_the_key_tells_entries_apart() {
    let scope = scope();
    let repo = Repo::default();
    let other = Repo { tenant: 7, ..repo.clone() };
    scope
        .run(async {
            assert_eq!((repo.of_tenant(1).await, other.of_tenant(1).await), (1, 7_001));
            assert_eq!((repo.of_tenant(1).await, other.of_tenant(1).await), (1, 7_001));
            assert_eq!(repo.probe.runs(), 2);
            Repo::of_tenant_cache().invalidate(&other, 1).await;
            assert_eq!(Repo::of_tenant_cache().peek(&repo, 1).await, Some(1));
            assert_eq!(Repo::of_tenant_cache().peek(&other, 1).await, None);
            other.own_segment(1).await;
            assert_eq!(Repo::own_segment_cache().key(7, 1), "own:7:1");
            assert_eq!(Repo::own_segment_cache().peek(7, 1).await, Some(7_001));
        })
        .await;
}

#[tokio::test]
async fn every_form_of_self_is_cached() {
    let scope = scope();
    let repo = Repo::default();
    scope
        .run(async {
            let arc = Arc::new(repo.clone());
            let mut own = repo.clone();
            for _ in 0..2 {
                assert_eq!(repo.clone().by_value(1).await, 1);
                assert_eq!(own.by_mut(1).await, 2);
                assert_eq!(arc.clone().by_arc(1).await, 1);
                assert_eq!(arc.by_arc_ref(1).await, 1);
                assert_eq!(Pin::new(&mut own).by_pin(1).await, 1);
                assert_eq!(Box::new(repo.clone()).by_box(1).await, 1);
                assert_eq!(repo.args("a", 2_u32, (3, 4), &[5]).await, "a 2 3 4 1");
                assert_eq!(repo.square(3), 9);
            }
            assert_eq!(repo.probe.runs(), 8);
            assert_eq!(Repo::square_cache().peek(3), Some(9));
            assert_eq!(Repo::square_cache().refresh(&repo, 3), 9);
            assert_eq!(Repo::square_cache().invalidate(3).entries, 1);
            assert_eq!(Repo::args_cache().key("a", 2, (3, 4), &[5]), "args:a:2:(3,4):(5)");
        })
        .await;
}

#[tokio::test]
async fn a_method_may_invalidate_methods() {
    let scope = scope();
    let repo = Repo::default();
    scope
        .run(async {
            repo.artist(1, "a").await.unwrap();
            repo.artist(2, "a").await.unwrap();
            repo.square(1);
            repo.of_tenant(9).await;
            repo.rename(-1).await.unwrap_err();
            assert!(Repo::artist_cache().peek(1, "a").await.is_some());
            repo.rename(1).await.unwrap();
            assert!(Repo::artist_cache().peek(1, "a").await.is_none());
            assert!(Repo::artist_cache().peek(2, "a").await.is_some());
            assert!(Repo::square_cache().peek(1).is_none());
            assert!(Repo::of_tenant_cache().peek(&repo, 9).await.is_none());
        })
        .await;
}

struct Table<T, const N: usize> {
    probe: Probe,
    rows: Vec<T>,
}

#[cached]
impl<T: Clone + Send + Sync + 'static, const N: usize> Table<T, N>
where
    T: Into<u64>,
{
    #[cached(ttl = "5m", skip(self))]
    async fn first(&self, from: usize) -> Option<u64> {
        let _running = self.probe.enter();
        self.rows.get(from).cloned().map(Into::into)
    }

    #[cached(ttl = "5m")]
    async fn width(times: usize) -> usize {
        N * times
    }

    #[cached(ttl = "5m", key_prefix = "table.pair", skip(self))]
    async fn pair<K: CacheKey + Clone + Send + Sync + 'static>(&self, key: K) -> (u64, K) {
        let _running = self.probe.enter();
        (self.rows.len() as u64, key)
    }

    fn untouched(&self) -> usize {
        self.rows.len()
    }
}

#[tokio::test]
async fn types_of_one_block_have_entries_of_their_own() {
    let scope = scope();
    let (bytes, words) = (
        Table::<u8, 2> { probe: Probe::default(), rows: vec![1] },
        Table::<u16, 2> { probe: Probe::default(), rows: vec![2] },
    );
    scope
        .run(async {
            for _ in 0..2 {
                assert_eq!((bytes.first(0).await, words.first(0).await), (Some(1), Some(2)));
                assert_eq!((Table::<u8, 2>::width(3).await, Table::<u8, 5>::width(3).await), (6, 15));
                assert_eq!((bytes.pair("a".to_owned()).await.0, bytes.pair(7_u8).await.1), (1, 7));
            }
            assert_eq!((bytes.probe.runs(), words.probe.runs()), (3, 1));
            assert_eq!(Table::<u8, 2>::first_cache().key(0), "Table.first:u8, 2:0");
            Table::<u8, 2>::first_cache().invalidate(0).await;
            assert_eq!(Table::<u8, 2>::first_cache().peek(0).await, None);
            assert_eq!(Table::<u16, 2>::first_cache().peek(0).await, Some(Some(2)));
            assert_eq!(Table::<u8, 2>::pair_cache::<u8>().peek(7).await, Some((1, 7)));
            assert_eq!(bytes.untouched(), 1);
        })
        .await;
}

trait Load {
    type Row: Clone;
    const PREFIX: &'static str;

    async fn load(&self, id: u64) -> Result<Self::Row, String>;
    fn sync(&self, id: u64) -> u64;
    fn plain(&self) -> u64 {
        1
    }
}

#[cached]
impl Load for Repo {
    type Row = Artist;
    const PREFIX: &'static str = "artist";

    #[cached(ttl = "5m", skip(self))]
    async fn load(&self, id: u64) -> Result<Self::Row, String> {
        let _running = self.probe.enter();
        let row: Self::Row = Artist { id: id as i64, name: Self::PREFIX.to_owned() };
        Ok(row)
    }

    #[cached(ttl = "5m", skip(self))]
    fn sync(&self, id: u64) -> u64 {
        let _running = self.probe.enter();
        id + self.plain()
    }
}

#[async_trait::async_trait]
trait Fetch: Send + Sync {
    async fn fetch(&self, id: u64) -> Option<u64>;
    async fn change(&self, id: u64);
}

#[cached]
#[async_trait::async_trait]
impl Fetch for Repo {
    #[cached(ttl = "5m", key_prefix = "fetched", skip(self))]
    async fn fetch(&self, id: u64) -> Option<u64> {
        let _running = self.probe.enter();
        Some(id)
    }

    #[invalidates(Repo::fetch(id))]
    async fn change(&self, id: u64) {
        let _ = id;
    }
}

#[tokio::test]
async fn the_methods_of_a_trait_are_cached_behind_it() {
    let scope = scope();
    let repo = Repo::default();
    scope
        .run(async {
            for _ in 0..2 {
                assert_eq!(repo.load(1).await.unwrap().name, "artist");
                assert_eq!(Load::sync(&repo, 1), 2);
            }
            assert_eq!(repo.probe.runs(), 2);
            assert_eq!(Repo::load_cache().key(1), "Repo.load:1");
            Repo::load_cache().invalidate(1).await;
            repo.load(1).await.unwrap();
            assert_eq!(repo.probe.runs(), 3);
        })
        .await;
}

struct WithCache {
    cache: Cache,
    probe: Probe,
}

#[cached]
impl WithCache {
    #[cached(ttl = "5m", skip(self), cache = self.cache, ttl_with = |value| Ttl::After(std::time::Duration::from_secs(*value)))]
    async fn value(&self, id: u64) -> u64 {
        let _running = self.probe.enter();
        id + 1
    }
}

#[tokio::test]
async fn a_method_may_use_the_cache_of_its_own_value() {
    let one = WithCache { cache: Cache::builder().build().unwrap(), probe: Probe::default() };
    let two = WithCache { cache: Cache::builder().build().unwrap(), probe: Probe::default() };
    for _ in 0..2 {
        assert_eq!((one.value(1).await, two.value(1).await), (2, 2));
    }
    assert_eq!((one.probe.runs(), two.probe.runs()), (1, 1));
    WithCache::value_cache().invalidate(&one.cache, 1).await;
    assert_eq!(WithCache::value_cache().peek(&one.cache, 1).await, None);
    assert_eq!(WithCache::value_cache().peek(&two.cache, 1).await, Some(2));
    assert_eq!(WithCache::value_cache().stats(&two.cache).loads, 1);
    WithCache::value_cache().invalidate_all(&two.cache).await;
    assert_eq!(two.cache.stats().entries, 0);
}

#[tokio::test]
async fn a_boxed_trait_is_cached_and_invalidated() {
    let scope = scope();
    let probe = Arc::new(Probe::default());
    let repo: Box<dyn Fetch> = Box::new(Repo { probe: probe.clone(), tenant: 0 });
    scope
        .run(async {
            assert_eq!((repo.fetch(1).await, repo.fetch(1).await), (Some(1), Some(1)));
            assert_eq!(probe.runs(), 1);
            repo.change(1).await;
            repo.fetch(1).await;
            assert_eq!(probe.runs(), 2);
        })
        .await;
}

mod named {
    use cache_core::cached;

    #[cached(ttl = "5m", companion = thing_cache)]
    pub(crate) async fn thing(id: u64) -> u64 {
        id
    }

    #[cached(ttl = "5m", key_prefix = "other", companion = false)]
    pub(crate) async fn other(id: u64) -> u64 {
        id
    }

    pub(crate) mod thing {}
    pub(crate) mod other {}
}

#[tokio::test]
async fn a_companion_may_have_a_name_of_its_own_or_none() {
    let scope = scope();
    scope
        .run(async {
            named::thing(1).await;
            named::other(1).await;
            assert_eq!(named::thing_cache::peek(1).await, Some(1));
            assert_eq!(scope.cache().get::<u64>("other:1").await, Some(1));
        })
        .await;
}
