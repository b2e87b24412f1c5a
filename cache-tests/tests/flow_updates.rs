//! `#[updates]`: what a write returns is what the next read finds.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use cache_core::{cached, invalidates, updates};
use cache_tests::{Probe, in_memory, in_time, scope, until};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Artist {
    id: i64,
    name: String,
}

fn artist(id: i64, name: &str) -> Artist {
    Artist { id, name: name.to_owned() }
}

#[cached(ttl = "1m", key_prefix = "artist", skip(probe))]
async fn get_artist(probe: &Probe, id: i64) -> Result<Option<Artist>, String> {
    let _running = probe.enter();
    probe.gate.passed().await;
    Ok(Some(artist(id, "loaded")))
}

#[cached(ttl = "5m", key_prefix = "by_name")]
fn by_name(name: &str) -> Option<Artist> {
    let _ = name;
    None
}

#[updates(get_artist(result.id), by_name(&result.name))]
async fn create(probe: &Probe, name: String) -> Result<Artist, String> {
    let _running = probe.enter();
    probe.gate.passed().await;
    if name.is_empty() { Err("a name is missing".to_owned()) } else { Ok(Artist { id: 7, name }) }
}

#[invalidates(by_name(_))]
#[updates(get_artist(id))]
async fn rename(id: i64, name: &str) -> Option<Artist> {
    (id > 0).then(|| artist(id, name))
}

#[updates(get_artist(id))]
fn rename_now(id: i64, name: &str) -> Artist {
    artist(id, name)
}

#[tokio::test]
async fn a_written_value_is_what_is_read_next() {
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    scope
        .run(async {
            let created = create(&probe, "new".to_owned()).await.unwrap();
            assert_eq!(get_artist(&probe, 7).await, Ok(Some(created.clone())));
            assert_eq!(by_name::peek("new"), Some(Some(created)));
            assert_eq!(probe.runs(), 1, "the write's own");
            rename(7, "renamed").await.unwrap();
            assert_eq!(get_artist(&probe, 7).await.unwrap().unwrap().name, "renamed");
            assert_eq!(by_name::peek("new"), None);
            rename_now(7, "at once");
            // A sync write does not wait for a shared tier: until that is told, the body is asked.
            if in_memory() {
                assert_eq!(get_artist(&probe, 7).await.unwrap().unwrap().name, "at once");
            }
            scope.clock().advance(Duration::from_secs(60));
            assert_eq!(get_artist(&probe, 7).await.unwrap().unwrap().name, "loaded", "for the function's own TTL");
        })
        .await;
}

#[tokio::test]
async fn a_failed_write_updates_nothing() {
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    scope
        .run(async {
            get_artist(&probe, 7).await.unwrap();
            create(&probe, String::new()).await.unwrap_err();
            assert_eq!(rename(-1, "x").await, None);
            assert_eq!(get_artist(&probe, 7).await.unwrap().unwrap().name, "loaded");
            assert_eq!(probe.runs(), 2);
        })
        .await;
}

#[tokio::test]
async fn a_write_that_is_dropped_invalidates() {
    let (scope, probe) = (scope(), Probe::default());
    probe.gate.open();
    scope
        .run(async {
            get_artist(&probe, 7).await.unwrap();
            get_artist(&probe, 8).await.unwrap();
            probe.gate.shut();
            {
                let write = create(&probe, "new".to_owned());
                tokio::pin!(write);
                let mut context = Context::from_waker(Waker::noop());
                assert!(write.as_mut().poll(&mut context).is_pending());
            }
            assert_eq!(get_artist::peek(7).await, None, "its id is not known: all of them");
            assert_eq!(get_artist::peek(8).await, None);
        })
        .await;
}

#[tokio::test]
async fn a_load_that_began_before_the_write_does_not_overwrite_it() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope(), Arc::new(Probe::default()));
    let load = tokio::spawn(scope.run({
        let probe = probe.clone();
        async move { get_artist(&probe, 7).await }
    }));
    in_time(until(|| probe.running() == 1)).await;
    scope.run(async { rename(7, "renamed").await }).await;
    probe.gate.open();
    assert_eq!(load.await.unwrap().unwrap().unwrap().name, "loaded");
    assert_eq!(scope.run(async { get_artist::peek(7).await }).await.unwrap().unwrap().unwrap().name, "renamed");
}

struct Repo;

#[cached]
impl Repo {
    #[cached(ttl = "5m", skip(self))]
    async fn get(&self, id: i64) -> Option<Artist> {
        Some(artist(id, "loaded"))
    }

    #[updates(Self::get(artist.id))]
    async fn save(&self, artist: Artist) -> Artist {
        artist
    }
}

#[tokio::test]
async fn a_method_updates_a_method() {
    let scope = scope();
    scope
        .run(async {
            Repo.save(artist(1, "saved")).await;
            assert_eq!(Repo.get(1).await.unwrap().name, "saved");
        })
        .await;
}
