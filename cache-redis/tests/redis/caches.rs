//! Caches of several processes on one server.

use std::collections::BTreeMap;
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, Change, Removed, Shared, SharedTier, Ttl, cached};
use cache_redis::redis::cmd;

use crate::server::{Server, Setting, hears, on_each_setting, until};

on_each_setting!(
    caches_on_one_server_see_each_others_values,
    every_kind_of_invalidation_reaches_the_server,
    a_load_that_began_before_an_invalidation_elsewhere_is_not_stored,
    decorated_functions_of_two_processes_share_what_they_load,
);

async fn on(server: &impl Setting) -> Cache {
    let cache = Cache::builder().shared(server.tier().await).build().unwrap();
    hears(&cache).await;
    cache
}

/// What a process would find that has nothing in memory.
async fn in_tier(server: &impl Setting, name: &str) -> Option<u32> {
    let fresh = on(server).await;
    let value = fresh.get::<u32>(name).await;
    fresh.close().await;
    value
}

async fn caches_on_one_server_see_each_others_values(server: &impl Setting) {
    let (here, there) = (on(server).await, on(server).await);
    assert_eq!(here.set("a", 1_u32, Ttl::Default).await.shared, Shared::Applied);
    assert_eq!(there.get::<u32>("a").await, Some(1));
    assert_eq!(there.get_or_set("b", Ttl::Default, async || 2_u32).await, 2);
    assert_eq!(here.get_or_set("b", Ttl::Default, async || 3_u32).await, 2, "not loaded again");
    assert_eq!(here.increment("n", 2).await.unwrap(), 2);
    assert_eq!(there.increment("n", 3).await.unwrap(), 5);
    assert!(here.set_if_absent("lock", 1_u32, Ttl::Default).await.unwrap());
    assert!(!there.set_if_absent("lock", 2_u32, Ttl::Default).await.unwrap());
    let many = there.get_many::<u32>(["a", "b", "c"]).await;
    assert_eq!(many.len(), 3);
}

async fn every_kind_of_invalidation_reaches_the_server(server: &impl Setting) {
    let (here, there) = (on(server).await, on(server).await);
    type Invalidate = for<'a> fn(&'a Cache) -> std::pin::Pin<Box<dyn Future<Output = Removed> + 'a>>;
    let kinds: [(&str, Invalidate); 4] = [
        ("name", |cache| Box::pin(cache.invalidate("list:7:new"))),
        ("prefix", |cache| Box::pin(async { cache.invalidate_prefix("list:7").await.unwrap() })),
        ("pattern", |cache| Box::pin(async { cache.invalidate_pattern("list:*:new").await.unwrap() })),
        ("clear", |cache| Box::pin(cache.clear())),
    ];
    for (kind, invalidate) in kinds {
        there.set("list:7:new", 1_u32, Ttl::Default).await;
        there.set("other", 1_u32, Ttl::Default).await;
        assert_eq!(in_tier(server, "list:7:new").await, Some(1), "{kind}");
        assert_eq!(invalidate(&here).await.shared, Shared::Applied, "{kind}");
        assert_eq!(in_tier(server, "list:7:new").await, None, "{kind}");
        assert_eq!(in_tier(server, "other").await.is_none(), kind == "clear", "{kind}");
        until("its own memory has heard of it", async || !there.local().contains("list:7:new")).await;
    }
}

async fn a_load_that_began_before_an_invalidation_elsewhere_is_not_stored(server: &impl Setting) {
    let (here, there) = (on(server).await, on(server).await);
    let loaded = here
        .get_or_set("a", Ttl::Default, async || {
            assert_eq!(there.invalidate("a").await.shared, Shared::Applied);
            1_u32
        })
        .await;
    assert_eq!(loaded, 1, "its own caller is answered");
    assert_eq!(in_tier(server, "a").await, None);
}

/// How often the server ran each command since it was asked last.
pub(crate) fn commands(server: &Server) -> BTreeMap<String, u64> {
    let mut connection = server.connection();
    let text: String = cmd("INFO").arg("commandstats").query(&mut connection).unwrap();
    cmd("CONFIG").arg("RESETSTAT").query::<()>(&mut connection).unwrap();
    let line = |line: &str| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let of_this = ["info", "config|resetstat", "client|setinfo"].contains(&name);
        (!of_this).then(|| (name.to_owned(), rest.split(',').next().unwrap().parse().unwrap()))
    };
    text.lines().filter_map(line).collect()
}

#[tokio::test]
async fn a_hit_is_one_get_and_many_hits_are_one_mget() {
    let server = Server::start();
    let tier = server.tier().await;
    let names: Vec<String> = (0..100).map(|n| format!("item:{n}")).collect();
    let sets: Vec<Change> = names
        .iter()
        .map(|name| Change::Set {
            name: name.clone(),
            record: vec![0xCA],
            ttl: Some(Duration::from_secs(60)),
            tags: Vec::new(),
        })
        .collect();
    tier.apply("cache", &sets).await.unwrap();
    commands(&server);
    tier.get("cache", "item:7").await.unwrap();
    assert_eq!(commands(&server), [("get".to_owned(), 1)].into());
    tier.get_many("cache", &names).await.unwrap();
    assert_eq!(commands(&server), [("mget".to_owned(), 1)].into());
    let absent: Vec<String> = (0..100).map(|n| format!("absent:{n}")).collect();
    tier.get_many("cache", &absent).await.unwrap();
    let ran = commands(&server);
    assert_eq!((ran["mget"], ran["evalsha"], ran["eval"]), (1, 1, 1), "the script is not known yet: {ran:?}");
    tier.get_many("cache", &absent).await.unwrap();
    let ran = commands(&server);
    assert_eq!((ran["mget"], ran["evalsha"]), (1, 1), "{ran:?}");
}

#[tokio::test]
async fn removals_block_nobody() {
    let server = Server::start();
    let tier = server.tier().await;
    let sets: Vec<Change> = (0..3_000)
        .map(|n| Change::Set { name: format!("item:{n}"), record: vec![0xCA], ttl: None, tags: Vec::new() })
        .collect();
    tier.apply("cache", &sets).await.unwrap();
    commands(&server);
    tier.apply("cache", &[Change::remove_prefix("item").unwrap(), Change::remove_all()]).await.unwrap();
    let ran = commands(&server);
    assert!(ran["scan"] >= 6, "{ran:?}");
    for blocking in ["keys", "flushdb", "flushall", "del"] {
        assert!(!ran.contains_key(blocking), "{ran:?}");
    }
}

#[cached(ttl = "5m", cache = cache, skip(cache), key_prefix = "title")]
async fn title(cache: &Cache, id: u64) -> Result<Option<String>, String> {
    Ok((id < 100).then(|| format!("title {id}")))
}

async fn decorated_functions_of_two_processes_share_what_they_load(server: &impl Setting) {
    let (here, there) = (on(server).await, on(server).await);
    assert_eq!(title(&here, 1).await, Ok(Some("title 1".to_owned())));
    assert_eq!(title(&there, 1).await, Ok(Some("title 1".to_owned())));
    assert_eq!((here.stats().loads, there.stats().loads), (1, 0));
    let key = server.key("title:1");
    let mut connection = server.connection_for(&key);
    let left: i64 = cmd("PTTL").arg(&key).query(&mut connection).unwrap();
    assert!((1..=300_000).contains(&left), "{left} ms");
    let json: String = cmd("GETRANGE").arg(&key).arg(56).arg(-1).query(&mut connection).unwrap();
    assert_eq!(json, "\"title 1\"", "as the documents say");
    title::invalidate(&here, 1).await;
    assert_eq!(in_tier_text(server, "title:1").await, None);
}

async fn in_tier_text(server: &impl Setting, name: &str) -> Option<String> {
    on(server).await.get(name).await
}

#[cached(ttl = 10, stale_while_revalidate = "5s", stale_if_error = "1m", cache = cache, skip(cache), key_prefix = "page")]
async fn page(cache: Cache, id: u32) -> Result<u32, String> {
    let _ = cache;
    Ok(id)
}

#[tokio::test]
async fn what_is_past_its_time_is_there_for_its_grace_and_goes_when_it_cannot_be_read() {
    let server = Server::start();
    let clock = ManualClock::new();
    let tier = server.tier().await;
    let cache = || Cache::builder().clock(&clock).shared(tier.clone()).build().unwrap();
    let (here, there) = (cache(), cache());
    assert_eq!(page(here.clone(), 100).await, Ok(100));
    let left: i64 = cmd("PTTL").arg("cache:page:100").query(&mut server.connection()).unwrap();
    assert!((60_000..=70_000).contains(&left), "its TTL and its longest grace: {left} ms");
    clock.advance(Duration::from_secs(12));
    assert_eq!(page(there.clone(), 100).await, Ok(100), "another process is served it at once");
    let made_anew = async {
        while here.get::<u32>("page:100").await.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), made_anew).await.expect("what it makes anew is there for the first");

    let key = "cache:page:100";
    let mut record: Vec<u8> = cmd("GET").arg(key).query(&mut server.connection()).unwrap();
    record.truncate(57);
    record.push(b'?');
    let () = cmd("SET").arg(key).arg(&record).query(&mut server.connection()).unwrap();
    let third = cache();
    assert_eq!(third.get::<u32>("page:100").await, None);
    let stats = third.shared_stats().unwrap();
    assert_eq!((stats.errors, stats.discarded), (1, 1));
    let there_is: i64 = cmd("EXISTS").arg(key).query(&mut server.connection()).unwrap();
    assert_eq!(there_is, 0);
}
