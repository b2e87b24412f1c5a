//! Functions in conflict, and values that cannot go into a shared tier, found before any of them is called. A binary of
//! its own: all functions of a program are known to each other.

use cache_core::testing::{MemoryTier, Scope};
use cache_core::{Cache, CheckError, ErrorKind, cached};
use cache_tests::{Events, Probe};

mod albums {
    use super::{Probe, cached};

    #[cached(skip(probe))]
    pub(super) fn get(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("album {id}")
    }

    /// Shares with `photos::title`, by other ways to write the same types.
    #[cached(key_prefix = "title", skip(probe))]
    pub(super) fn title<'a>(probe: &Probe, id: &'a str, page: Option<&'a u64>) -> String {
        drop(probe.enter());
        format!("title {id} {page:?}")
    }
}

mod photos {
    use super::{Probe, cached};

    #[cached(skip(probe))]
    pub(super) fn get(probe: &Probe, id: u64) -> String {
        drop(probe.enter());
        format!("photo {id}")
    }

    #[cached(key_prefix = "title", skip(probe))]
    pub(super) fn title(probe: &Probe, id: impl Into<String>, page: Option<&u64>) -> Option<String> {
        drop(probe.enter());
        Some(format!("title {} {page:?}", id.into()))
    }
}

/// Whether its segments are numbers is not known before the call.
#[cached(key("x".len() as u64 + id), key_prefix = "computed")]
fn computed(id: u64) -> u8 {
    id as u8
}

#[cached(key = "computed:word")]
fn word() -> u8 {
    0
}

#[cached(key = "computed:7")]
fn seven() -> u8 {
    7
}

#[cached(cache = Cache::builder().build().unwrap(), key_prefix = "get")]
fn in_a_cache_of_its_own(id: u64) -> u8 {
    id as u8
}

fn under(id: &u64) -> String {
    format!("{id}:x")
}

#[cached(key_with = under, key_prefix = "open")]
fn open_end(id: u64) -> u8 {
    id as u8
}

#[cached(key = "open:{id}:{part}:{more}")]
fn deep(id: u64, part: &str, more: u8) -> u8 {
    let _ = (part, more);
    id as u8
}

#[derive(Clone)]
struct NotSerialize;

#[cached]
async fn stays(id: u64) -> Option<NotSerialize> {
    (id > 0).then_some(NotSerialize)
}

#[cached(tier = "local")]
async fn says_so(id: u64) -> Option<NotSerialize> {
    (id > 0).then_some(NotSerialize)
}

#[cached]
async fn goes_there(id: u64) -> Result<Vec<u64>, NotSerialize> {
    Ok(vec![id])
}

#[cached]
async fn of_its_caller<T: Clone + Default + Send + Sync + 'static>(id: u64) -> Option<T> {
    (id > 0).then(T::default)
}

fn found(cache: &Cache) -> CheckError {
    cache.check().unwrap_err()
}

fn met(error: &CheckError) -> Vec<(&'static str, &'static str)> {
    error.conflicts().iter().map(|met| (met.first.function, met.second.function)).collect()
}

const CERTAIN: [(&str, &str); 3] = [("get", "get"), ("computed", "seven"), ("open_end", "deep")];

#[test]
fn the_check_prints_both_places_of_every_conflict_before_any_call() {
    let error = found(Scope::new().cache());
    assert_eq!(met(&error), CERTAIN);
    let file = file!();
    let expected = format!(
        "`get` ({file}:11) and `get` ({file}:28) could store under the same names (`get:{{id}}`, `get:{{id}}`): give one \
         of them another `key_prefix`, or both the same explicit one and the same types"
    );
    assert_eq!(error.to_string().lines().next(), Some(expected.as_str()));
    assert_eq!(error.to_string().lines().count(), 3);
}

#[test]
fn a_strict_cache_is_not_built() {
    let error = Cache::builder().strict(true).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let text = error.to_string();
    assert!(
        text.starts_with("a strict cache was refused: `get` (") && text.contains("planted_conflict.rs:28"),
        "{text}"
    );
}

#[test]
fn a_certain_conflict_runs_uncached_from_the_start_whichever_is_called_first() {
    for albums_first in [true, false] {
        let (scope, probe) = (Scope::new(), Probe::default());
        let _entered = scope.enter();
        let events = Events::default();
        events.record(|| {
            for _ in 0..2 {
                if albums_first {
                    assert_eq!(albums::get(&probe, 7), "album 7");
                }
                assert_eq!(photos::get(&probe, 7), "photo 7");
                assert_eq!(albums::get(&probe, 8), "album 8");
            }
        });
        assert_eq!(probe.runs(), if albums_first { 6 } else { 4 });
        assert_eq!(scope.cache().keys(), [""; 0]);
        let traced = events.matching("could store under the same names");
        assert_eq!(traced.len(), 1, "{traced:?}");
        assert!(traced[0].contains("planted_conflict.rs:11") && traced[0].ends_with("both run uncached"), "{traced:?}");
        assert_eq!(met(&found(scope.cache())), CERTAIN, "and it is reported once");
    }
}

#[test]
fn functions_that_say_that_they_share_do_so_however_their_types_are_written() {
    let (scope, probe) = (Scope::new(), Probe::default());
    let _entered = scope.enter();
    assert_eq!(albums::title(&probe, "a", Some(&1)), "title a Some(1)");
    assert_eq!(photos::title(&probe, "a", Some(&1)).as_deref(), Some("title a Some(1)"));
    assert_eq!(probe.runs(), 1);
}

#[test]
fn what_a_computed_segment_decides_is_found_at_the_first_call() {
    let scope = Scope::new();
    let _entered = scope.enter();
    assert_eq!((word(), computed(1)), (0, 1));
    assert_eq!(scope.cache().keys(), ["computed:word"], "a number is no word: these two get on");
    assert_eq!(met(&found(scope.cache())), CERTAIN);
}

#[test]
fn a_function_with_a_cache_of_its_own_meets_nobody_in_another() {
    assert_eq!(in_a_cache_of_its_own(7), 7);
    let own = Cache::builder().build().unwrap();
    cache_core::init_cache(Cache::builder().build().unwrap()).unwrap();
    own.check().unwrap();
    assert_eq!(met(&found(&cache_core::get_cache())), CERTAIN);
}

#[tokio::test]
async fn with_a_shared_tier_what_cannot_go_there_has_to_say_so() {
    let error = found(Scope::new().cache());
    assert_eq!(error.stay_local(), [], "there is no shared tier");

    let events = Events::default();
    let cache = events.record(|| Cache::builder().shared(MemoryTier::new()).build().unwrap());
    let mut warned = events.matching("cannot use the shared tier");
    warned.retain(|warning| warning.contains("planted_conflict.rs"));
    assert_eq!(warned.len(), 2, "{warned:?}");
    drop(cache);

    let scope = Scope::with(|cache| cache.shared(MemoryTier::new()));
    let reasons = |error: &CheckError| -> Vec<_> {
        let here = error.stay_local().iter().filter(|stays| stays.function.file.ends_with("planted_conflict.rs"));
        here.map(|stays| (stays.function.function, stays.reason.clone())).collect()
    };
    let expected = [
        ("stays", "`planted_conflict::NotSerialize` is not `Serialize + DeserializeOwned`".to_owned()),
        ("of_its_caller", "its value mentions its own type parameters".to_owned()),
    ];
    let error = found(scope.cache());
    assert_eq!(reasons(&error), expected);
    let text = error.to_string();
    let line = text.lines().find(|line| line.contains("`stays`")).unwrap();
    assert!(
        line.contains("planted_conflict.rs:") && line.ends_with("say `tier = \"local\"` if that is meant"),
        "{line}"
    );

    scope
        .run(async {
            assert!(stays(1).await.is_some() && says_so(1).await.is_some());
            assert!(goes_there(1).await.is_ok() && of_its_caller::<u8>(1).await.is_some());
            assert_eq!(reasons(&found(scope.cache())), expected, "calls change nothing");
        })
        .await;
    assert_eq!((seven(), open_end(1), deep(1, "x", 1)), (7, 1, 1));
}
