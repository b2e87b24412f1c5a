//! Functions whose names could coincide: they share entries only by saying so.

use cache_core::{cached, get_cache};
use cache_tests::{Probe, scope};

mod albums {
    use super::{Probe, cached};

    #[cached(skip(probe))]
    pub(super) async fn get(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("album {id}")
    }

    #[cached(key_prefix = "label", skip(probe))]
    pub(super) async fn label(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("label {id}")
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

    #[cached(key_prefix = "label", skip(probe))]
    pub(super) async fn length(probe: &Probe, id: u64) -> usize {
        drop(probe.enter());
        id as usize
    }
}

#[tokio::test]
async fn two_modules_with_one_name_never_see_each_others_values() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            for _ in 0..2 {
                assert_eq!(albums::get(&probe, 7).await, "album 7");
                assert_eq!(photos::get(&probe, 7).await, "photo 7");
            }
            assert_eq!(probe.runs(), 4, "both run uncached, from the first call on");
            assert_eq!(get_cache().keys(), [""; 0]);
            assert_eq!(albums::get::peek(7).await, None);
            assert!(!photos::get::put(7, "x".to_owned()).await.memory);
        })
        .await;
}

mod generic {
    use super::{Probe, cached};

    /// Whether it meets `named` is for its type parameter to say.
    #[cached(key_prefix = "generic", skip(probe))]
    pub(super) async fn of<T: Default + Clone + Send + Sync + 'static>(probe: &Probe, id: u64) -> Vec<T> {
        drop(probe.enter());
        (0..id).map(|_| T::default()).collect()
    }

    #[cached(key = "generic:{name}:{id}", skip(probe))]
    pub(super) async fn named(probe: &Probe, name: &str, id: u64) -> String {
        drop(probe.enter());
        format!("{name} {id}")
    }
}

#[tokio::test]
async fn what_types_decide_is_found_at_the_first_call_and_what_was_stored_is_gone() {
    let (scope, probe) = (scope(), Probe::default());
    scope
        .run(async {
            assert!(get_cache().check().unwrap_err().conflicts().iter().all(|met| met.first.function != "of"));
            assert_eq!(generic::named(&probe, "x", 1).await, "x 1");
            assert_eq!(generic::named(&probe, "x", 1).await, "x 1");
            assert_eq!(probe.runs(), 1);
            for _ in 0..2 {
                assert_eq!(generic::of::<u8>(&probe, 2).await, [0, 0]);
                assert_eq!(generic::named(&probe, "x", 1).await, "x 1");
            }
            assert_eq!(probe.runs(), 5, "both run uncached from then on");
            assert_eq!(get_cache().keys(), [""; 0], "what the first had stored is gone");
            assert!(get_cache().check().unwrap_err().conflicts().iter().any(|met| met.first.function == "of"));
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
                assert_eq!(albums::label(&probe, 7).await, "label 7");
                assert_eq!(photos::length(&probe, 7).await, 7);
            }
            assert_eq!(probe.runs(), 4);
        })
        .await;
}
