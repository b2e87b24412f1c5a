//! What a cluster's or a sentinel's URL says that cannot be, and servers that are not there yet.

use cache_core::{Cache, Change, SharedTier, Ttl};
use cache_redis::{ErrorKind, RedisTier};

use crate::connecting::{Lines, SECRET};
use crate::contract::{SPACE, record, set, store};
use crate::nodes::Nodes;
use crate::sentinels::{MASTER, Sentinels};
use crate::server::{Nobody, Server, Setting, until};

/// The error of a URL, which has no secret in it.
async fn refused(url: &str) -> (ErrorKind, String) {
    let error = RedisTier::connect(url).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains(SECRET), "{text}");
    (error.kind(), text)
}

#[tokio::test]
async fn a_url_of_another_kind_of_server_says_what_to_write() {
    let server = Server::start();
    let at = format!("127.0.0.1:{}", server.port);
    let (kind, text) = refused(&format!("redis-cluster://:{SECRET}@{at}")).await;
    assert_eq!(kind, ErrorKind::Credentials, "{text}");
    let (kind, text) = refused(&format!("redis-cluster://{at}")).await;
    assert!(kind == ErrorKind::Refused && text.contains("write `redis://` for `redis-cluster://`"), "{text}");
    let (kind, text) = refused(&format!("redis-sentinel://{at}/{MASTER}")).await;
    assert!(kind == ErrorKind::Refused && text.contains("write `redis://` for `redis-sentinel://`"), "{text}");
    // Whether it serves or not yet.
    let node = Nodes::node(&[]);
    for database in ["", "/0", "/3"] {
        let (kind, text) = refused(&format!("redis://127.0.0.1:{}{database}", node.port)).await;
        // Nodes of some makes have databases: one that there is not is all that is wrong then.
        let why = ["write `redis-cluster://` for `redis://`", "DB index is out of range"];
        assert!(kind == ErrorKind::Refused && why.iter().any(|why| text.contains(why)), "{text}");
    }
}

#[tokio::test]
async fn a_node_under_the_url_of_one_server_is_refused_while_it_serves() {
    let nodes = <Nodes as Setting>::start().await;
    let url = format!("redis://127.0.0.1:{}", nodes.servers[0].port);
    let (kind, text) = refused(&url).await;
    assert!(kind == ErrorKind::Refused && text.contains("write `redis-cluster://` for `redis://`"), "{text}");
    // A manager of the application is not tried out.
    let client = cache_redis::redis::Client::open(url).unwrap();
    let tier = RedisTier::from_manager(client.get_connection_manager().await.unwrap());
    let text = tier.get_many(SPACE, &["a".to_owned(), "b".to_owned()]).await.unwrap_err().to_string();
    assert!(text.contains("write `redis-cluster://` for `redis://`"), "{text}");
}

#[tokio::test]
async fn one_node_that_is_there_is_enough() {
    let nodes = <Nodes as Setting>::start().await;
    let nobody = Nobody::there();
    let url = format!("redis-cluster://127.0.0.1:{},127.0.0.1:{}", nobody.port, nodes.servers[2].port);
    let tier = RedisTier::connect(&url).await.unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        store(&tier, name).await;
    }
    let sizes: Vec<usize> = nodes.each(&["DBSIZE"]);
    assert!(sizes.iter().filter(|size| **size > 0).count() > 1, "{sizes:?}");
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_a_warning() {
    let (lines, _guard) = Lines::listen();
    let nobody = Nobody::there();
    let url = format!("redis-cluster://user:{SECRET}@127.0.0.1:{}", nobody.port);
    let cache = Cache::builder().shared(RedisTier::connect(url).await.unwrap()).build().unwrap();
    assert_eq!(cache.get_or_set("a", Ttl::Default, async || 1).await, 1);
    let text = lines.text();
    assert!(text.contains("Redis does not answer") && text.contains("the cluster of 127.0.0.1"), "{text}");
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn credentials_of_a_cluster_are_for_all_of_its_nodes() {
    // With the permissions that the documents list, and no others.
    let pages = include_str!("../../src/lib.rs").replace("//!", " ");
    let listed = |before: &str| pages.split(before).nth(1).and_then(|rest| rest.split('`').next()).unwrap().to_owned();
    let commands = listed("the commands `") + " " + &listed("and also `");
    let commands: Vec<String> = commands.split_whitespace().map(|name| format!("+{}", name.to_lowercase())).collect();
    let password = format!(">{SECRET}");
    let mut user = vec!["--user", "cache", "on", &password, "~cache{*", "-@all"];
    user.extend(commands.iter().map(String::as_str));
    let nodes = Nodes::with(&user).await;
    let (kind, text) = refused(&nodes.url().replace("://", &format!("://cache:wrong{SECRET}@"))).await;
    assert_eq!(kind, ErrorKind::Credentials, "{text}");
    let tier = RedisTier::connect(nodes.url().replace("://", &format!("://cache:{SECRET}@"))).await.unwrap();
    for name in ["a", "b", "c", "d"] {
        store(&tier, name).await;
    }
    tier.get_many(SPACE, &["a".to_owned(), "x".to_owned()]).await.unwrap();
    let changes = [set("e", b"1"), Change::remove("e"), Change::remove_prefix("f").unwrap(), Change::remove_all()];
    tier.apply(SPACE, &changes).await.unwrap();
    assert!(!format!("{tier:?}").contains(SECRET));
    drop(nodes);
    let text = tier.get(SPACE, "a").await.unwrap_err().to_string();
    assert!(text.contains("`get` on Redis at the cluster of 127.0.0.1") && !text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn sentinels_and_servers_have_credentials_of_their_own() {
    let servers = Sentinels::with(&["--user", "cache", "on", &format!(">{SECRET}"), "~*", "+@all"]).await;
    let mut acl = cache_redis::redis::cmd("ACL");
    acl.arg("SETUSER").arg("watch").arg("on").arg(format!(">s{SECRET}")).arg("+@all");
    acl.query::<()>(&mut servers.sentinel.connection()).unwrap();
    let url = |user: &str, query: &str| servers.url().replace("://", &format!("://{user}")) + query;
    let (right, own) = (format!("cache:{SECRET}@"), format!("?sentinel_user=watch&sentinel_password=s{SECRET}"));
    let (kind, text) = refused(&url(&format!("cache:wrong{SECRET}@"), &own)).await;
    assert_eq!(kind, ErrorKind::Credentials, "{text}");
    let (kind, text) = refused(&url(&right, &format!("?sentinel_password={SECRET}"))).await;
    assert!(kind == ErrorKind::Credentials && text.contains("sentinel_user=…"), "{text}");
    let tier = RedisTier::connect(url(&right, &own)).await.unwrap();
    store(&tier, "a").await;
    assert!(format!("{tier:?}").contains("\\\"main\\\"") && !format!("{tier:?}").contains(SECRET), "{tier:?}");
}

#[tokio::test]
async fn a_master_that_no_sentinel_knows_is_an_error() {
    let servers = <Sentinels as Setting>::start().await;
    let (kind, text) = refused(&servers.url().replace(MASTER, "another")).await;
    assert!(kind == ErrorKind::Refused && text.contains("knows no master \"another\""), "{text}");
    // One that is away is not.
    let nobody = Nobody::there();
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", nobody.port, servers.sentinel.port);
    let tier = RedisTier::connect(format!("redis-sentinel://{hosts}/{MASTER}")).await.unwrap();
    store(&tier, "a").await;
}

#[tokio::test]
async fn without_sentinels_a_cache_begins_on_memory_and_finds_the_master_later() {
    let mut servers = <Sentinels as Setting>::start().await;
    servers.sentinel.kill();
    let (lines, _guard) = Lines::listen();
    let tier = servers.tier().await;
    assert!(lines.text().contains("Redis does not answer"), "{}", lines.text());
    assert!(tier.get(SPACE, "a").await.is_err());
    servers.sentinel.restart();
    until("it is found", async || tier.get(SPACE, "a").await.is_ok()).await;
    store(&tier, "a").await;
    assert_eq!(record(&tier, "a").await.unwrap(), b"stored");
}
