//! Methods: every form of `self`, decorated blocks, traits, generics.
#![deny(warnings)]

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use cache_core::{cached, invalidates, updates, Cache, CacheKey};

#[derive(Clone)]
pub struct Repo {
    tenant: u64,
    cache: Cache,
}

impl Repo {
    #[cached(key_prefix = "by_ref", skip(self))]
    pub async fn by_ref(&self, id: u64) -> Option<u64> {
        Some(id + self.tenant)
    }

    #[cached(key_prefix = "by_mut", skip(self))]
    async fn by_mut(&mut self, mut id: u64) -> u64 {
        self.tenant += 1;
        id += 1;
        id
    }

    #[cached(key_prefix = "by_lifetime", skip(self))]
    async fn by_lifetime<'a>(&'a self, name: &'a str) -> String {
        name.to_owned()
    }

    #[cached(key_prefix = "by_value", key(self.tenant, id))]
    fn by_value(self, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "by_mut_value", skip(self))]
    fn by_mut_value(mut self, id: u64) -> u64 {
        self.tenant += id;
        self.tenant
    }

    #[cached(key_prefix = "by_typed", skip(self))]
    async fn by_typed(self: &Self, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "by_box", skip(self))]
    async fn by_box(self: Box<Self>, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "by_rc", skip(self))]
    fn by_rc(self: Rc<Self>, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "by_arc", skip(self))]
    async fn by_arc(self: Arc<Self>, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "by_arc_ref", skip(self))]
    async fn by_arc_ref(self: &Arc<Self>, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "by_pin", skip(self))]
    async fn by_pin(self: Pin<&mut Self>, id: u64) -> u64 {
        id
    }

    #[cached(key = "template:{self.tenant}:{id}")]
    async fn by_template(&self, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "named", key(tenant: u64 = self.tenant, id))]
    async fn by_name(&self, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "own", skip(self), cache = self.cache)]
    async fn own_cache(&self, id: u64) -> u64 {
        id
    }

    #[cached(
        key_prefix = "arguments",
        skip(self, limit),
        when = limit > 0,
        cache_if = |found| found.len() < self.tenant as usize + limit,
        ttl = std::time::Duration::from_secs(limit as u64)
    )]
    async fn arguments(
        &self,
        name: impl AsRef<str>,
        count: impl Into<u64>,
        (first, _): (u8, u8),
        rest: &[String],
        _unused: Option<&str>,
        limit: usize,
    ) -> Vec<u64> {
        vec![count.into(), name.as_ref().len() as u64, u64::from(first), rest.len() as u64]
    }

    #[cached(key_prefix = "generic", skip(self))]
    async fn generic<K, const N: usize>(&self, key: &[K; N]) -> usize
    where
        K: CacheKey + Sync,
    {
        key.len()
    }

    #[cached(key_prefix = "unnamed", skip(self), companion = false)]
    async fn unnamed(&self, id: u64) -> u64 {
        id
    }

    #[cached(key_prefix = "renamed", skip(self), companion = other)]
    async fn renamed(&self, id: u64) -> u64 {
        id
    }

    #[invalidates(Self::by_ref(id), Repo::by_value(self, _), <Self>::by_template(self, ..))]
    async fn write(&self, id: u64) -> Result<(), String> {
        let _ = id;
        Ok(())
    }

    #[updates(Self::by_ref(id))]
    async fn replace(&self, id: u64) -> u64 {
        id
    }
}

struct Table<'a, T, const N: usize>(&'a [T; N]);

#[cached]
impl<T, const N: usize> Table<'_, T, N>
where
    T: Copy + Into<u64> + Send + Sync + 'static,
{
    /// Without `self`, in a type with parameters.
    #[cached(ttl = "5m")]
    async fn width(times: usize) -> usize {
        N * times
    }

    #[cached(ttl = "5m", skip(self))]
    fn first(&self) -> Option<u64> {
        self.0.first().map(|first| (*first).into())
    }

    fn plain(&self) -> usize {
        N
    }
}

trait Load {
    type Row;
    const NAME: &'static str;

    async fn load(&self, id: u64) -> Result<Option<Self::Row>, String>;
    fn future(&self, id: u64) -> impl std::future::Future<Output = u64> + Send;
    fn count(of: &str) -> usize;
    fn default(&self) -> u64 {
        5
    }
}

#[cached]
impl Load for Repo {
    type Row = String;
    const NAME: &'static str = "repo";

    #[cached(ttl = "5m", skip(self))]
    async fn load(&self, id: u64) -> Result<Option<Self::Row>, String> {
        Ok(Some(format!("{} {id}", Self::NAME)))
    }

    #[cached(ttl = "5m", skip(self))]
    async fn future(&self, id: u64) -> u64 {
        id
    }

    #[cached(ttl = "5m")]
    fn count(of: &str) -> usize {
        of.len()
    }
}

mod elsewhere {
    pub trait Find<K> {
        fn find(&self, key: K) -> Option<u64>;
    }
}

#[cached]
impl elsewhere::Find<u64> for Repo {
    #[cached(ttl = "5m", skip(self))]
    fn find(&self, key: u64) -> Option<u64> {
        Some(key)
    }
}

fn main() {
    let mut repo = Repo { tenant: 7, cache: Cache::builder().build().unwrap() };
    assert_eq!(repo.clone().by_value(1), 1);
    assert_eq!(repo.clone().by_mut_value(1), 8);
    assert_eq!(Rc::new(repo.clone()).by_rc(1), 1);
    assert_eq!(Repo::by_ref_cache().key(1), "by_ref:1");
    assert_eq!(Repo::by_template_cache().key(&repo, 1), "template:7:1");
    assert_eq!(Repo::by_name_cache().key(7, 1), "named:7:1");
    assert_eq!(Repo::other().key(1), "renamed:1");
    assert_eq!(Repo::load_cache().key(1), "Repo.load:1");
    assert_eq!(<Repo as Load>::count("ab"), 2);
    assert_eq!(Repo::count_cache().peek("ab"), Some(2));
    assert_eq!(elsewhere::Find::find(&repo, 5), Some(5));
    assert_eq!(Repo::find_cache().peek(5), Some(Some(5)));
    let table = Table(&[1_u8, 2]);
    assert_eq!((table.first(), table.plain(), repo.default()), (Some(1), 2, 5));
    assert_eq!(Table::<u8, 2>::first_cache().key(), "Table.first:u8, 2");
    drop((repo.by_ref(1), repo.by_lifetime(""), repo.by_typed(1), repo.by_template(1), repo.by_name(1)));
    drop((repo.own_cache(1), repo.unnamed(1), repo.renamed(1), repo.write(1), repo.replace(1), repo.load(1)));
    drop((repo.arguments("", 1_u32, (1, 2), &[], None, 1), repo.generic(&[1, 2]), repo.future(1)));
    drop((Box::new(repo.clone()).by_box(1), Arc::new(repo.clone()).by_arc(1), Table::<u8, 2>::width(1)));
    drop(Arc::new(repo.clone()).by_arc_ref(1));
    drop(Pin::new(&mut repo).by_pin(1));
    drop(repo.by_mut(1));
}
