//! Instances on one server tell each other of their changes.

use std::pin::Pin;
use std::time::Duration;

use cache_core::{Cache, Change, News, Removed, Shared, SharedTier, Sweep, Swept, Ttl};
use cache_redis::RedisTier;
use cache_redis::redis::{Client, cmd, pipe};

use crate::server::{Server, hears, until};

const PATIENCE: Duration = Duration::from_millis(400);

fn with(tier: RedisTier) -> Cache {
    Cache::builder().shared(tier).backplane_patience(PATIENCE).build().unwrap()
}

async fn two(server: &Server) -> (Cache, Cache) {
    let (here, there) = (with(server.tier().await), with(server.tier().await));
    hears(&here).await;
    hears(&there).await;
    (here, there)
}

async fn load(cache: &Cache, name: &str, value: u32) -> u32 {
    cache.get_or_set(name, Ttl::Default, async || value).await
}

async fn gone(cache: &Cache, name: &str) {
    until("the copy is gone", async || !cache.local().contains(name)).await;
}

#[tokio::test]
async fn every_kind_of_change_reaches_the_others_memory() {
    let server = Server::start();
    let (here, there) = two(&server).await;
    type Make = for<'a> fn(&'a Cache) -> Pin<Box<dyn Future<Output = Removed> + 'a>>;
    let kinds: [Make; 4] = [
        |cache| Box::pin(cache.invalidate("list:7:new")),
        |cache| Box::pin(async { cache.invalidate_prefix("list:7").await.unwrap() }),
        |cache| Box::pin(async { cache.invalidate_pattern("list:*:new").await.unwrap() }),
        |cache| Box::pin(cache.clear()),
    ];
    for (make, value) in kinds.into_iter().zip(1..) {
        assert_eq!(load(&there, "list:7:new", value).await, value);
        assert_eq!(make(&here).await.shared, Shared::Applied);
        gone(&there, "list:7:new").await;
    }
    load(&there, "list:7:new", 7).await;
    here.set("list:7:new", 8_u32, Ttl::Default).await;
    gone(&there, "list:7:new").await;
    assert_eq!(load(&there, "list:7:new", 9).await, 8);
    let stats = there.shared_stats().unwrap();
    assert_eq!((stats.heard, stats.missed, stats.errors), (5, 0, 0));
    assert_eq!(here.shared_stats().unwrap().heard, 0, "its own are passed over");
}

#[tokio::test]
async fn results_of_loads_are_not_told() {
    let server = Server::start();
    let (here, _there) = two(&server).await;
    for n in 0..10 {
        load(&here, &format!("item:{n}"), n).await;
    }
    assert!(!server.keys().contains(&"cache%changes".to_owned()));
    here.invalidate("item:1").await;
    assert!(server.keys().contains(&"cache%changes".to_owned()));
}

#[tokio::test]
async fn who_was_away_reads_on_where_it_stopped() {
    let server = Server::start();
    let tier = server.tier().await;
    let mut ear = tier.backplane("cache").unwrap();
    assert!(matches!(ear.next(PATIENCE).await.unwrap(), News::Missed), "what was before is not known");
    assert!(matches!(ear.next(Duration::from_millis(1)).await.unwrap(), News::Heard(heard) if heard.is_empty()));
    let other = with(server.tier().await);
    for n in 0..300 {
        other.invalidate(format!("item:{n}")).await;
        if n % 100 == 50 {
            // Its connection is gone with what it was waiting for.
            let waiting = tokio::time::timeout(Duration::from_millis(1), ear.next(Duration::ZERO)).await;
            if let Ok(Ok(News::Heard(heard))) = waiting {
                assert!(heard.len() <= 100);
            }
            kill_connections(&server);
        }
    }
    let mut names = std::collections::BTreeSet::new();
    until("all are heard", async || {
        if let Ok(News::Heard(heard)) = ear.next(Duration::from_millis(20)).await {
            names.extend(
                heard.iter().flat_map(|message| &message.reaches).filter_map(|reach| reach.name().map(str::to_owned)),
            );
        }
        names.contains("item:299")
    })
    .await;
    assert!(names.len() >= 149, "{}", names.len());
}

fn kill_connections(server: &Server) {
    cmd("CLIENT")
        .arg("KILL")
        .arg("TYPE")
        .arg("normal")
        .arg("SKIPME")
        .arg("yes")
        .query::<i64>(&mut server.connection())
        .unwrap();
}

/// What a listener finds that must not be taken for silence.
#[tokio::test]
async fn a_gap_or_garbage_drops_every_copy_of_what_is_shared() {
    let server = Server::start();
    let (here, there) = two(&server).await;
    here.invalidate("first").await;
    type Harm = fn(&mut cache_redis::redis::Connection);
    let harms: [(&str, Harm); 6] = [
        ("the channel is gone", |server| cmd("UNLINK").arg("cache%changes").exec(server).unwrap()),
        ("everything is gone", |server| cmd("FLUSHALL").exec(server).unwrap()),
        ("no fields", |server| cmd("XADD").arg("cache%changes").arg("*").arg("a").arg("b").exec(server).unwrap()),
        ("no JSON", |server| forge(server, b"\xFF\0[")),
        ("an unknown kind", |server| forge(server, br#"["@artist"]"#)),
        ("one was taken out", |server| {
            let add = |id: &str, before: &str| {
                let mut add = cmd("XADD");
                add.arg("cache%changes")
                    .arg(id)
                    .arg("before")
                    .arg(before)
                    .arg("origin")
                    .arg(1)
                    .arg("changes")
                    .arg("[]");
                add
            };
            let (lost, next) = ("99999999999999-1", "99999999999999-2");
            let mut all = pipe();
            all.atomic().add_command(add(lost, ""));
            all.cmd("XDEL").arg("cache%changes").arg(lost).add_command(add(next, lost)).exec(server).unwrap();
        }),
    ];
    for (harm, make) in harms {
        load(&there, "a", 1).await;
        there.local().set("mine", 1_u32, Ttl::Default);
        let before = there.shared_stats().unwrap().missed;
        make(&mut server.connection());
        until(harm, async || there.shared_stats().unwrap().missed > before).await;
        assert!(!there.local().contains("a"), "{harm}");
        assert!(there.local().contains("mine"), "{harm}");
        here.invalidate("b").await;
        let heard = there.shared_stats().unwrap().heard;
        here.invalidate("c").await;
        until("it hears again", async || there.shared_stats().unwrap().heard > heard).await;
    }
}

/// A message in its place, whose changes are these bytes.
fn forge(server: &mut cache_redis::redis::Connection, changes: &[u8]) {
    let newest: Vec<(String, Vec<String>)> =
        cmd("XREVRANGE").arg("cache%changes").arg("+").arg("-").arg("COUNT").arg(1).query(server).unwrap();
    let before = newest.first().map(|(id, _)| id.clone()).unwrap_or_default();
    cmd("XADD")
        .arg("cache%changes")
        .arg("*")
        .arg("before")
        .arg(before)
        .arg("origin")
        .arg(1)
        .arg("changes")
        .arg(changes)
        .exec(server)
        .unwrap();
}

#[tokio::test]
async fn a_dead_server_ends_the_trust_in_copies_and_a_new_one_restores_it() {
    let mut server = Server::start();
    let (here, there) = two(&server).await;
    load(&there, "a", 1).await;
    server.kill();
    until("it is cut off", async || there.shared_stats().unwrap().cut_off).await;
    until("the copy is trusted no more", async || load(&there, "a", 2).await == 2).await;
    // Owed until there is a server again.
    here.invalidate("a").await;
    server.restart();
    hears(&there).await;
    hears(&here).await;
    gone(&there, "a").await;
    assert_eq!(load(&there, "a", 3).await, 3);
}

#[tokio::test]
async fn a_server_that_stands_still_bounds_what_is_served_from_memory() {
    let server = Server::start();
    let (_here, there) = two(&server).await;
    load(&there, "a", 1).await;
    server.pause(true);
    until("the copy is trusted no more", async || load(&there, "a", 2).await == 2).await;
    server.pause(false);
    hears(&there).await;
}

#[tokio::test]
async fn a_full_server_still_lets_others_know() {
    let server = Server::with(&["--maxmemory-policy", "noeviction"]);
    let (here, there) = two(&server).await;
    here.invalidate("first").await;
    load(&there, "a", 1).await;
    cmd("CONFIG").arg("SET").arg("maxmemory").arg(1).exec(&mut server.connection()).unwrap();
    here.invalidate("a").await;
    gone(&there, "a").await;
    cmd("CONFIG").arg("SET").arg("maxmemory").arg(0).exec(&mut server.connection()).unwrap();
    load(&there, "a", 2).await;
    until("messages are taken again", async || {
        here.invalidate("a").await;
        !there.local().contains("a")
    })
    .await;
}

#[tokio::test]
async fn a_connection_of_the_applications_is_asked_from_time_to_time() {
    let server = Server::start();
    let manager = Client::open(server.url()).unwrap().get_connection_manager().await.unwrap();
    let (here, there) = (with(server.tier().await), with(RedisTier::from_manager(manager)));
    hears(&there).await;
    load(&there, "a", 1).await;
    here.invalidate("a").await;
    gone(&there, "a").await;
    assert_eq!(there.shared_stats().unwrap().missed, 0);
}

#[tokio::test]
async fn caches_of_other_namespaces_hear_nothing() {
    let server = Server::start();
    let (here, there) = two(&server).await;
    let other = Cache::builder().namespace("other").shared(server.tier().await).build().unwrap();
    other.invalidate("a").await;
    here.invalidate("b").await;
    until("it hears", async || there.shared_stats().unwrap().heard == 1).await;
}

#[tokio::test]
async fn who_begins_to_listen_learns_what_is_being_removed() {
    let server = Server::start();
    let (tier, here) = (server.tier().await, with(server.tier().await));
    hears(&here).await;
    here.set("list:1", 1_u32, Ttl::Default).await;
    here.set("other", 1_u32, Ttl::Default).await;
    let lists = [Change::remove_prefix("list").unwrap().reach()];
    tier.announce("cache", Sweep(7), Swept::NotYet, &lists).await.unwrap();
    // What nobody has written so is nothing.
    let planted = ["", "x", "1 []", "99999999999999 x"];
    for (id, noted) in planted.iter().enumerate() {
        cmd("HSET").arg("cache%sweeps").arg(id).arg(noted).query::<()>(&mut server.connection()).unwrap();
    }
    cmd("HSET").arg("cache%sweeps").arg(8).arg("1000 [\":other\"]").query::<()>(&mut server.connection()).unwrap();
    let read = async |cache: &Cache| (cache.get::<u32>("list:1").await, cache.get::<u32>("other").await);
    let late = with(server.tier().await);
    hears(&late).await;
    assert_eq!(read(&late).await, (None, Some(1)), "it is there, and not to be read");
    tier.announce("cache", Sweep(7), Swept::Done, &lists).await.unwrap();
    let later = with(server.tier().await);
    hears(&later).await;
    assert_eq!(read(&later).await, (Some(1), Some(1)));
}
