//! Reads that are asked for side by side.

use std::pin::Pin;
use std::task::{Context, Waker};

use cache_core::{Cache, Change, Fetched, SharedTier, TierFuture, cached};
use cache_redis::RedisTier;
use cache_redis::redis::cmd;
use futures_util::future::join_all;

use crate::caches::commands;
use crate::contract::{SPACE, set};
use crate::server::{Server, until};

const CALLERS: usize = 32;

fn names() -> Vec<String> {
    (0..CALLERS).map(|n| format!("item:{n}")).collect()
}

/// Each name's record is its number.
async fn filled(server: &Server) -> RedisTier {
    let tier = server.tier().await;
    let records: Vec<String> = (0..CALLERS).map(|n| n.to_string()).collect();
    let sets: Vec<Change> = names().iter().zip(&records).map(|(name, record)| set(name, record.as_bytes())).collect();
    tier.apply(SPACE, &sets).await.unwrap();
    commands(server);
    tier
}

fn number(fetched: Fetched) -> Option<usize> {
    match fetched {
        Fetched::Found(record) => Some(String::from_utf8(record).unwrap().parse().unwrap()),
        Fetched::Tagged(..) | Fetched::Missing(_) => None,
    }
}

fn begun<'a>(tier: &'a RedisTier, names: &'a [String]) -> Vec<TierFuture<'a, Fetched>> {
    let mut reads: Vec<_> = names.iter().map(|name| tier.get(SPACE, name)).collect();
    for read in &mut reads {
        let polled = Pin::as_mut(read).poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    reads
}

#[tokio::test]
async fn many_at_once_are_few_commands_and_each_has_its_own_answer() {
    let server = Server::start();
    let tier = filled(&server).await;
    let names = names();
    cmd("UNLINK").arg("cache:item:20").arg("cache:item:21").query::<()>(&mut server.connection()).unwrap();
    cmd("RPUSH").arg("cache:item:21").arg("no record").query::<()>(&mut server.connection()).unwrap();
    commands(&server);
    let read = join_all(names.iter().map(|name| tier.get(SPACE, name))).await;
    let read: Vec<_> = read.into_iter().map(|fetched| number(fetched.unwrap())).collect();
    let expected: Vec<_> = (0..CALLERS).map(|n| (n != 20 && n != 21).then_some(n)).collect();
    assert_eq!(read, expected);
    // The scripts that give stamps to those without a record read too.
    let ran = commands(&server);
    assert_eq!(ran["mget"], 2, "{ran:?}");
}

#[tokio::test]
async fn one_after_the_other_is_a_command_each() {
    let server = Server::start();
    let tier = filled(&server).await;
    for (n, name) in names().iter().enumerate() {
        assert_eq!(number(tier.get(SPACE, name).await.unwrap()), Some(n));
    }
    assert_eq!(commands(&server), [("get".to_owned(), CALLERS as u64)].into());
}

#[tokio::test]
async fn more_than_go_together_are_read_all() {
    let server = Server::start();
    let tier = filled(&server).await;
    let names = names();
    let asked: Vec<_> = (0..300).map(|call| call % CALLERS).collect();
    let read = join_all(asked.iter().map(|n| tier.get(SPACE, &names[*n]))).await;
    let read: Vec<_> = read.into_iter().map(|fetched| number(fetched.unwrap()).unwrap()).collect();
    assert_eq!(read, asked);
    let ran = commands(&server);
    assert_eq!((ran["get"], ran["mget"]), (4, 19), "no more than 16 in one: {ran:?}");
}

#[tokio::test]
async fn nobody_waits_for_those_that_have_gone_or_are_not_polled() {
    let server = Server::start();
    let tier = filled(&server).await;
    let names = names();
    let mut reads = begun(&tier, &names);
    let last = reads.pop().unwrap();
    // Half of them go, those that began it all among them; the others are not polled again.
    reads.drain(..16);
    assert_eq!(number(last.await.unwrap()), Some(CALLERS - 1));
    let rest: Vec<_> = join_all(reads).await.into_iter().map(|fetched| number(fetched.unwrap()).unwrap()).collect();
    assert_eq!(rest, (16..CALLERS - 1).collect::<Vec<_>>());
    assert_eq!(number(tier.get(SPACE, "item:0").await.unwrap()), Some(0));
}

#[tokio::test]
async fn a_failure_is_told_to_each_and_what_comes_after_is_read() {
    let mut server = Server::start();
    let tier = filled(&server).await;
    let names = names();
    server.kill();
    let failed = join_all(names.iter().map(|name| tier.get(SPACE, name))).await;
    assert!(failed.iter().all(|fetched| fetched.is_err()));
    server.restart();
    until("it is connected again", async || {
        let read = join_all(names.iter().map(|name| tier.get(SPACE, name))).await;
        read.iter().all(|fetched| fetched.is_ok())
    })
    .await;
}

#[test]
fn a_runtime_that_goes_down_fails_what_waits() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tier = runtime.block_on(filled(&server));
    let names = names();
    let mut reads = begun(&tier, &names);
    // Those that go by themselves have timers there.
    reads.drain(..4);
    drop(runtime);
    let another = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let failed = another.block_on(join_all(reads));
    assert!(failed.iter().all(|fetched| fetched.is_err()));
}

#[cached(ttl = 300, key_prefix = "crowded", tier = "shared", cache = cache, skip(cache))]
async fn text(cache: &Cache, id: u64) -> String {
    format!("text {id}")
}

#[tokio::test]
async fn callers_of_one_name_share_one_read_though_memory_does_not_keep_it() {
    let server = Server::start();
    let cache = Cache::builder().shared(server.tier().await).build().unwrap();
    assert_eq!(text(&cache, 1).await, "text 1");
    commands(&server);
    let read = join_all((0..CALLERS).map(|_| text(&cache, 1))).await;
    assert!(read.iter().all(|text| text == "text 1"), "{read:?}");
    let ran = commands(&server);
    assert_eq!((ran.get("get"), ran.get("mget")), (Some(&1), None), "{ran:?}");
    let stats = text::stats(&cache);
    assert_eq!((stats.hits, stats.coalesced, stats.loads, stats.entries), (1, CALLERS as u64 - 1, 1, 0));
}
