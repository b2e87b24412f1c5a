//! Functions whose names could coincide: they share entries only by saying so.

use cache_core::{cached, get_cache};
use cache_tests::{Probe, in_memory, scope};

mod albums {
    use super::{Probe, cached};

    #[cached(skip(probe))]
    pub(super) async fn get(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("album {id}")
    }

    #[cached(key_prefix = "title", skip(probe))]
    pub(super) async fn title(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("title {id}")
    }
}

mod photos {
    use super::{Probe, cached};

    #[cached(skip(probe))]
    pub(super) async fn get(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("photo {id}")
    }

    #[cached(key_prefix = "title", skip(probe))]
    pub(super) async fn heading(probe: &Probe, number: u64) -> Option<String> {
        drop(probe.enter());
        Some(format!("title {number}"))
    }

    #[cached(key_prefix = "title", skip(probe))]
    pub(super) async fn length(probe: &Probe, id: u64) -> usize {
        drop(probe.enter());
        id as usize
    }
}

#[tokio::test]
async fn two_modules_with_one_name_never_see_each_others_values() {
    if !in_memory() {
        return;
    }
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            assert_eq!(albums::get(&probe, 7).await, "album 7");
            assert_eq!(get_cache().keys(), ["get:7"]);
            for _ in 0..2 {
                assert_eq!(photos::get(&probe, 7).await, "photo 7");
                assert_eq!(albums::get(&probe, 7).await, "album 7");
            }
            assert_eq!(probe.runs(), 5, "both run uncached");
            assert_eq!(get_cache().keys(), [""; 0], "what the first had stored is gone");
            assert_eq!(albums::get::peek(7).await, None);
            assert!(!photos::get::put(7, "x".to_owned()).await.memory);
        })
        .await;
}

#[tokio::test]
async fn one_explicit_prefix_and_the_same_types_share_entries() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            assert_eq!(albums::title(&probe, 7).await, "title 7");
            assert_eq!(photos::heading(&probe, 7).await.as_deref(), Some("title 7"));
            assert_eq!(probe.runs(), 1);
            photos::heading::invalidate(7).await;
            assert_eq!(albums::title::peek(7).await, None);
        })
        .await;
}

#[tokio::test]
async fn one_explicit_prefix_and_another_type_is_a_conflict() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            for _ in 0..2 {
                assert_eq!(albums::title(&probe, 7).await, "title 7");
                assert_eq!(photos::length(&probe, 7).await, 7);
            }
            assert_eq!(probe.runs(), 4);
        })
        .await;
}
