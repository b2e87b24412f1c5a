//! One load in the whole cluster, on a server.

use std::time::Duration;

use cache_core::{Cache, Change, Fetched, Origin, SharedTier, Stamp, Ttl};
use cache_redis::redis::cmd;

use crate::contract::{SPACE, missing};
use crate::server::{Server, hears, until};

const LEASE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_claim_is_one_holders_until_it_is_given_up_or_outdated() {
    let server = Server::start();
    let tier = server.tier().await;
    let claim = async |holder, stamp| tier.claim(SPACE, "a", stamp, Origin(holder), LEASE).await.unwrap();
    let stamp = missing(&tier, "a").await;
    assert!(claim(1, stamp).await && claim(1, stamp).await, "it is kept");
    assert!(!tier.disclaim(SPACE, "a", Origin(2)).await.unwrap(), "it is another's");
    assert!(!claim(2, stamp).await);
    assert!(tier.disclaim(SPACE, "a", Origin(1)).await.unwrap(), "somebody has waited");
    assert!(claim(2, stamp).await);
    assert!(!tier.disclaim(SPACE, "a", Origin(2)).await.unwrap(), "nobody has");
    assert!(claim(3, stamp).await);
    tier.apply(SPACE, &[Change::remove("a")]).await.unwrap();
    let newer = missing(&tier, "a").await;
    assert!(claim(4, newer).await, "the load before the removal is not waited for");
    assert!(!claim(3, stamp).await, "it is the older one that waits");
}

#[tokio::test]
async fn a_claim_ends_with_its_lease() {
    let server = Server::start();
    let tier = server.tier().await;
    let stamp = missing(&tier, "a").await;
    let short = Duration::from_millis(20);
    assert!(tier.claim(SPACE, "a", stamp, Origin(1), short).await.unwrap());
    until("it has ended", async || tier.claim(SPACE, "a", stamp, Origin(2), LEASE).await.unwrap()).await;
    let left: i64 = cmd("PTTL").arg("cache%load:a").query(&mut server.connection()).unwrap();
    assert!((1..=5_000).contains(&left), "{left} ms");
}

async fn on(server: &Server) -> Cache {
    let cache = Cache::builder().shared(server.tier().await).cluster_flight(true).build().unwrap();
    hears(&cache).await;
    cache
}

#[tokio::test]
async fn instances_share_a_load_and_are_woken_by_its_end() {
    let server = Server::start();
    let (here, there) = (on(&server).await, on(&server).await);
    let waits = || there.shared_stats().unwrap().waited;
    for round in 1..=20 {
        let name = format!("report:{round}");
        let load = here.get_or_set(name.as_str(), Ttl::Default, async || {
            until("the other waits", async || waits() >= round).await;
            round
        });
        let other = async {
            until("the first has begun", async || server.keys().contains(&format!("cache%load:{name}"))).await;
            there.get_or_set(name.as_str(), Ttl::Default, async || 0).await
        };
        assert_eq!(tokio::join!(load, other), (round, round));
    }
    assert_eq!(waits(), 20, "told each time, and never by looking again");
    until("no claim is left", async || !server.keys().iter().any(|key| key.contains("%load"))).await;
}

#[tokio::test]
async fn a_key_of_another_type_is_no_claim_and_stops_no_load() {
    let server = Server::start();
    let cache = on(&server).await;
    cmd("SET").arg("cache%load:a").arg("x").exec(&mut server.connection()).unwrap();
    assert_eq!(cache.get_or_set("a", Ttl::Default, async || 1).await, 1);
    let Fetched::Missing(Stamp(_)) = server.tier().await.get("cache", "b").await.unwrap() else { panic!() };
}
