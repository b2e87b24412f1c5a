//! Every option, on async and sync functions.
#![deny(warnings)]

use std::sync::LazyLock;
use std::time::Duration;

use cache_core::{cached, Cache, Ttl};

#[derive(Clone)]
struct Session {
    tenant: u64,
    left: Duration,
}

#[derive(Debug, PartialEq)]
struct Broken(u64);

mod spelled {
    pub(crate) use cache_core as caching;
}

static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::builder().build().unwrap());

const MINUTE: Duration = Duration::from_secs(60);

fn by_rank(id: &u64, sort: &str) -> String {
    format!("{sort}:{id}")
}

fn left(session: &Session) -> Duration {
    session.left
}

fn copy(error: &Broken) -> Broken {
    Broken(error.0)
}

#[cached(ttl = 300)]
async fn ttl_number(id: u64) -> u64 {
    id
}

#[cached(ttl = "1h30m")]
fn ttl_span(id: u64) -> u64 {
    id
}

#[cached(ttl = "never")]
async fn ttl_never(id: u64) -> u64 {
    id
}

#[cached(ttl = MINUTE * days)]
async fn ttl_expression(days: u32) -> u32 {
    days
}

#[cached(ttl = Ttl::Never)]
fn ttl_typed(id: u64) -> u64 {
    id
}

#[cached(ttl_with = left)]
async fn ttl_with_path(id: u64) -> Session {
    Session { tenant: id, left: MINUTE }
}

#[cached(ttl_with = |session| session.left * 2)]
fn ttl_with_closure(id: u64) -> Session {
    Session { tenant: id, left: MINUTE }
}

#[cached(ttl_none = "10s")]
async fn ttl_none(id: u64) -> Option<u64> {
    (id > 0).then_some(id)
}

#[cached(ttl = "1m", ttl_none = MINUTE, ttl_err = 5, share_err = copy)]
async fn ttl_none_err(id: u64) -> Result<Option<u64>, Broken> {
    if id > 5 {
        Err(Broken(id))
    } else {
        Ok((id > 0).then_some(id))
    }
}

#[cached(ttl_err = "1s")]
fn ttl_err(id: u64) -> Result<u64, String> {
    Err(id.to_string())
}

#[cached(key_prefix = "prefix")]
async fn key_prefix(id: u64) -> u64 {
    id
}

#[cached(key = "template:{id}:{session.tenant}:{name|lower}:{text|hash}")]
async fn key_template(id: u64, session: &Session, name: &str, text: String) -> usize {
    name.len() + text.len() + (id + session.tenant) as usize
}

#[cached(key(id / 10, tenant: u64 = session.tenant))]
async fn key_segments(id: u64, session: &Session) -> u64 {
    id + session.tenant
}

#[cached(key_with = by_rank)]
async fn key_with(id: u64, sort: &str) -> usize {
    sort.len() + id as usize
}

#[cached(key_with = |id: &u64| format!("{id:04}"), key_prefix = "padded")]
fn key_with_closure(id: u64) -> u64 {
    id
}

#[cached(skip(trace, session))]
async fn skip(id: u64, trace: &str, session: &Session) -> u64 {
    let _ = (trace, session);
    id
}

#[cached(cache = CACHE)]
async fn cache_of_a_static(id: u64) -> u64 {
    id
}

#[cached(cache = state.0, skip(state))]
fn cache_of_an_argument(state: &(Cache, u8), id: u64) -> u64 {
    id + u64::from(state.1)
}

#[cached(tier = "auto")]
async fn tier_auto(id: u64) -> u64 {
    id
}

#[cached(tier = "local")]
fn tier_local(id: u64) -> u64 {
    id
}

#[cached(tier = "shared")]
async fn tier_shared(id: u64) -> Vec<String> {
    vec![id.to_string()]
}

#[cached(tier = "both")]
async fn tier_both(id: u64) -> Option<std::sync::Arc<Vec<u8>>> {
    Some(std::sync::Arc::new(vec![id as u8]))
}

#[cached(when = page < 5)]
async fn when(page: u64) -> u64 {
    page
}

#[cached(refresh_when = *force, skip(force))]
fn refresh_when(id: u64, force: &bool) -> u64 {
    let _ = force;
    id
}

#[cached(cache_if = Vec::is_empty)]
async fn cache_if_path(id: u64) -> Vec<u64> {
    vec![id]
}

#[cached(cache_if = |found| found.len() > 1 && id > 0)]
async fn cache_if_closure(id: u64) -> Vec<u64> {
    vec![id]
}

#[cached(validate = |value| *value >= least, skip(least))]
async fn validate(id: u64, least: u64) -> u64 {
    let _ = least;
    id
}

#[cached(weight = String::len)]
async fn weight_path(id: u64) -> String {
    id.to_string()
}

#[cached(weight = |text| text.len() + 100)]
fn weight_closure(id: u64) -> String {
    id.to_string()
}

#[cached(version = 2)]
async fn version(id: u64) -> u64 {
    id
}

#[cached(cluster_flight = true)]
async fn cluster_flight(id: u64) -> u64 {
    id
}

#[cached(single_flight = false)]
async fn single_flight(id: u64) -> u64 {
    id
}

#[cached(share_err = |error| Broken(error.0))]
async fn share_err(id: u64) -> Result<u64, Broken> {
    Err(Broken(id))
}

#[cached(companion = named_cache)]
async fn named(id: u64) -> u64 {
    id
}

mod named {
    pub const FIRST: u64 = 1;
}

#[cached(companion = false)]
fn unnamed(id: u64) -> u64 {
    id
}

mod unnamed {
    pub const FIRST: u64 = 1;
}

#[cached(crate = spelled::caching)]
async fn crate_path(id: u64) -> u64 {
    id
}

#[cached(
    ttl = "1m",
    ttl_none = "1s",
    ttl_err = "1s",
    key_prefix = "all",
    key(id),
    skip(force, page),
    tier = "both",
    when = *page == 0,
    refresh_when = force,
    cache_if = |value| *value > 0,
    validate = |value| *value < 100,
    weight = |_| 8,
    version = 3,
    single_flight = true,
    share_err = copy,
    companion = all_cache
)]
async fn all(id: u64, page: &u64, force: bool) -> Result<Option<u64>, Broken> {
    let _ = (page, force);
    Ok(Some(id))
}

fn main() {
    let session = Session { tenant: 7, left: MINUTE };
    assert_eq!(ttl_number::key(1), "ttl_number:1");
    assert_eq!(ttl_span(1) + ttl_typed(1), 2);
    assert_eq!(ttl_with_closure(1).tenant, 1);
    assert_eq!(ttl_err(1), Err("1".to_owned()));
    assert_eq!(key_prefix::key(1), "prefix:1");
    assert!(key_template::key(1, &session, "NINA", "x".to_owned()).starts_with("template:1:7:nina:"));
    assert_eq!(key_segments::key(15, 7), "key_segments:1:7");
    assert_eq!(key_with::key(1, "year"), "key_with:year:1");
    assert_eq!((key_with_closure(7), key_with_closure::key(7).as_str()), (7, "padded:0007"));
    assert_eq!(skip::key(1), "skip:1");
    let state = (Cache::builder().build().unwrap(), 1);
    assert_eq!(cache_of_an_argument(&state, 1), 2);
    assert_eq!(cache_of_an_argument::peek(&state.0, 1), Some(2));
    assert_eq!((tier_local(1), refresh_when(1, &true), weight_closure(1).as_str()), (1, 1, "1"));
    assert_eq!(named_cache::key(named::FIRST), "named:1");
    assert_eq!(unnamed(unnamed::FIRST), 1);
    assert_eq!(all_cache::key(1), "all:1");
    drop((ttl_number(1), ttl_never(1), ttl_expression(1), ttl_with_path(1), ttl_none(1), ttl_none_err(1)));
    drop((key_prefix(1), key_template(1, &session, "", String::new()), key_segments(1, &session), key_with(1, "")));
    drop((skip(1, "", &session), cache_of_a_static(1), tier_auto(1), tier_shared(1), tier_both(1), when(1)));
    drop((
        cache_if_path(1),
        cache_if_closure(1),
        validate(1, 1),
        weight_path(1),
        version(1),
        cluster_flight(1),
        single_flight(1),
    ));
    drop((share_err(1), named(1), crate_path(1), all(1, &0, false)));
}
