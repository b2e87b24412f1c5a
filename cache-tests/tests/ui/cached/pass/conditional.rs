//! Where the argument stands, and where `Refreshed` does.
#![deny(warnings)]

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Previous, Refreshed, TimedOut, cached};

type Answer<T> = Result<Option<T>, String>;

#[cached(ttl = 60, stale_if_error = "1h")]
async fn in_an_alias(previous: Option<Previous<Arc<str>>>, id: u64) -> Answer<Refreshed<Arc<str>>> {
    let _ = id;
    Ok(previous.map(|_| Refreshed::NotModified))
}

#[cached(ttl = 60, refresh_ahead = 0.5, key_prefix = "borrows", skip(log))]
async fn borrows(log: &Arc<()>, _: Option<cache_core::Previous<u8>>, name: &str) -> cache_core::Refreshed<u8> {
    let _ = log;
    Refreshed::New(name.len() as u8)
}

#[cached(ttl = 60, refresh_when = anew, skip(anew))]
fn alone(anew: bool, mut previous: Option<Previous<Vec<u8>>>) -> Option<Refreshed<Vec<u8>>> {
    let age: Option<Duration> = previous.as_ref().map(Previous::age);
    previous.take().filter(|_| anew && age.is_some()).map(|previous| Refreshed::New(previous.into_value()))
}

#[derive(Debug, Clone, PartialEq)]
struct Late;

impl From<TimedOut> for Late {
    fn from(_: TimedOut) -> Self {
        Late
    }
}

#[cached(
    ttl_with = |value: &Vec<T>| Duration::from_secs(value.len() as u64),
    stale_while_revalidate = "1h",
    stale_if_error = "1h",
    soft_timeout = "1s",
    timeout = "2s",
    tags = ["list:{id}"],
    tags_with = |value| vec!["entry"; value.len()],
    ttl_none = 5,
)]
async fn with_everything<T: Clone + Default + Send + Sync + 'static>(
    id: u64,
    previous: Option<Previous<Vec<T>>>,
) -> Result<Option<Refreshed<Vec<T>>>, Late> {
    let _ = id;
    Ok(Some(previous.map_or_else(|| Refreshed::New(vec![T::default()]), |_| Refreshed::NotModified)))
}

#[derive(Clone)]
struct Repo;

#[cached]
impl Repo {
    #[cached(ttl = 60, stale_while_revalidate = "1h", skip(self))]
    async fn method(&self, previous: Option<Previous<u64>>, id: u64) -> Result<Refreshed<u64>, Late> {
        Ok(previous.map_or(Refreshed::New(id), |_| Refreshed::NotModified))
    }
}

trait Read {
    async fn read(&self, id: u64) -> Option<u64>;
}

#[cached]
impl Read for Repo {
    #[cached(ttl = 60, stale_if_error = "1h", skip(self))]
    async fn read(&self, id: u64, previous: Option<Previous<u64>>) -> Option<Refreshed<u64>> {
        Some(previous.map_or(Refreshed::New(id), |_| Refreshed::NotModified))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(in_an_alias(1).await, Ok(None));
    assert_eq!(borrows(&Arc::new(()), "four").await, 4);
    assert_eq!(alone(false), None);
    assert_eq!(alone::refresh(false), None);
    assert_eq!(with_everything::<u8>(1).await, Ok(Some(vec![0])));
    assert_eq!(with_everything::refresh::<u8>(1).await, Ok(Some(vec![0])));
    assert_eq!(Repo.method(3).await, Ok(3));
    assert_eq!(Repo::method_cache().refresh(&Repo, 3).await, Ok(3));
    assert_eq!(Repo.read(5).await, Some(5));
}
