//! Every kind of argument the language allows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{cached, CacheKey};

#[derive(CacheKey, Clone, Copy)]
#[allow(dead_code)]
enum Status {
    Any,
    Matched { exactly: bool },
}

#[derive(CacheKey, Clone)]
struct Filter {
    status: Status,
    words: Vec<String>,
}

struct Db;
struct SqlitePool;
struct Pool<D>(D);
struct Transaction<'c, D>(&'c D);
trait Executor<'c> {
    fn run(self) -> u8;
}
impl Executor<'_> for &Db {
    fn run(self) -> u8 {
        1
    }
}

#[cached]
fn none() -> u8 {
    1
}

#[cached]
fn scalars(a: i8, b: u128, c: bool, d: char, e: usize, f: Duration, g: ()) -> u8 {
    let _ = (a, b, c, d, e, f, g);
    1
}

#[cached]
async fn texts(a: &str, b: String, c: &String, d: Cow<'_, str>, e: Option<&str>, f: Arc<str>, g: &&str) -> usize {
    a.len() + b.len() + c.len() + d.len() + e.map_or(0, str::len) + f.len() + g.len()
}

#[cached]
fn composites(a: &[i64], b: [u8; 3], c: (i32, &str), d: Vec<Option<u8>>, e: Box<i64>, f: BTreeMap<u8, u8>) -> usize {
    let _ = (c, e);
    a.len() + b.len() + d.len() + f.len()
}

#[cached]
async fn own_types(filter: &Filter, status: Status) -> usize {
    let _ = status;
    match filter.status {
        Status::Matched { exactly } => usize::from(exactly),
        Status::Any => filter.words.len(),
    }
}

#[cached]
fn mutable(mut id: i64, mut names: Vec<String>) -> i64 {
    names.push(String::new());
    id += names.len() as i64;
    id
}

struct Path<T>(T);

#[cached(skip(rest), key(id, width, height, first))]
async fn patterns(Path(id): Path<i64>, (mut width, height): (u32, u32), [first, rest @ ..]: [u8; 3], _: &Db) -> u32 {
    width += height + u32::from(first) + u32::from(rest[0]);
    width + id as u32
}

#[cached]
fn reference_patterns(&id: &i64, &(a, b): &(u8, u8)) -> i64 {
    id + i64::from(a) + i64::from(b)
}

#[cached]
fn whole_patterns((a, b): (u8, u8), _: u8, _unused: u8) -> u8 {
    a + b
}

#[cached]
fn lifetimes<'a, 'b: 'a>(a: &'a str, b: &'b [&'a str]) -> usize {
    a.len() + b.len()
}

#[cached]
async fn conversions(name: impl AsRef<str>, title: impl Into<String>, path: impl AsRef<[u8]> + Send) -> usize {
    let title: String = title.into();
    name.as_ref().len() + title.len() + path.as_ref().len()
}

#[cached]
async fn generic<K: CacheKey + Send, const N: usize>(key: K, keys: [K; N], ids: [u8; N]) -> Option<Vec<u8>> {
    let _ = (key, keys);
    Some(ids.to_vec())
}

#[cached]
fn borrowed_generic<'a, K>(key: &'a K, keys: &[K]) -> u8
where
    K: CacheKey + 'a,
    [K]: CacheKey,
{
    let _ = key;
    keys.len() as u8
}

#[cached]
async fn named_handles(db: &Db, conn: &mut Db, tx: Arc<Db>, executor: &mut &Db, id: i64) -> i64 {
    let _ = (db, conn, tx, executor);
    id
}

#[cached]
fn typed_handles(
    source: &SqlitePool,
    other: Arc<SqlitePool>,
    third: &Pool<u8>,
    fourth: &mut Transaction<'_, u8>,
    id: i64,
) -> i64 {
    let _ = (source, other, third.0, fourth.0);
    id
}

#[cached]
fn bounded_handles<'c, E>(first: impl Executor<'c>, second: E, id: i64) -> u8
where
    E: Executor<'c>,
{
    first.run() + second.run() + id as u8
}

#[cached]
fn data_with_a_handles_name(db: &str, pool: u32, conn: Option<&str>, tx: Vec<u8>) -> usize {
    db.len() + pool as usize + conn.map_or(0, str::len) + tx.len()
}

#[cached(skip(trace, ctx))]
async fn skipped(id: i64, trace: &Db, ctx: fn() -> i64) -> i64 {
    let _ = trace;
    id + ctx()
}

fn main() {
    assert_eq!(none::key(), "none");
    assert_eq!(none(), 1);
    assert_eq!(scalars::key(-1, 2, true, 'c', 3, Duration::from_secs(1), ()).split(':').count(), 8);
    assert_eq!(
        composites::key(&[1, 2], [1, 2, 3], (1, "a"), vec![None], Box::new(1), BTreeMap::new()),
        "composites:(1,2):(1,2,3):(1,a):(~):1:()"
    );
    assert_eq!(mutable(5, vec![]), 6);
    assert_eq!(reference_patterns(&1, &(2, 3)), 6);
    assert_eq!(whole_patterns((1, 2), 3, 4), 3);
    assert_eq!(whole_patterns::key((1, 2), 4), "whole_patterns:(1,2):4");
    assert_eq!(patterns::key(Path(7), (2, 3), [1, 2, 3]), "patterns:7:2:3:1");
    assert_eq!(bounded_handles(&Db, &Db, 3), 5);
    assert_eq!(bounded_handles::key(3), "bounded_handles:3");
    assert_eq!(data_with_a_handles_name::key("main", 1, None, vec![]), "data_with_a_handles_name:main:1:~:()");
    assert_eq!(borrowed_generic(&1u8, &[1u8]), 1);
    assert_eq!(lifetimes("a", &["b"]), 2);
    assert_eq!(conversions::key("n", "t", b"p"), "conversions:n:t:(112)");
    let _ = (texts::stats(), own_types::stats(), generic::<u8, 2>(1, [1, 2], [3, 4]), typed_handles::stats());
    let _ = (named_handles::key(1), skipped::key(1));
}
