//! The fingerprints without the service: what is stored and for how long, what a batch measures, what changes remove.

use std::time::Duration;

use cache_core::get_cache;
use cache_core::testing::Scope;
use examples::fingerprints::database::Database;
use examples::fingerprints::events::{LibraryRescanned, TrackAdded, TrackModified};
use examples::fingerprints::model::{Ask, Depth, Fingerprint};
use examples::fingerprints::optimizer::{Origin, Strategy, peek};
use examples::fingerprints::repository::{
    add_track, get_fingerprint, get_fingerprints, get_track, modify_track, popular_tracks, record_anew, search_tracks,
};
use examples::fingerprints::server::Service;

const TRACKS: u32 = 60;
const COARSE: Ask = Ask::new(Depth::Coarse, 0.0);
const SURE: f64 = 0.7;

/// Runs `test` on a fresh library and a private cache.
async fn with_service<T>(test: impl AsyncFnOnce(&Service, Scope) -> T) -> T {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("fingerprints.db");
    let db = Database::open(&file, TRACKS, |_, _| {}).await.expect("a library is made");
    let scope = Scope::new();
    scope.run(test(&Service::new(db, SURE), scope.clone())).await
}

async fn coarse(db: &Database, id: i64) -> Fingerprint {
    get_fingerprint::uncached(db, id, COARSE).await.expect("the query runs").expect("there is such a track")
}

/// The first track whose coarse fingerprint is so.
async fn first_of(db: &Database, wanted: impl Fn(&Fingerprint) -> bool) -> i64 {
    for id in 1..=i64::from(TRACKS) {
        if wanted(&coarse(db, id).await) {
            return id;
        }
    }
    panic!("no track is so")
}

async fn unsure(db: &Database) -> i64 {
    first_of(db, |print| (Fingerprint::LEAST_STORED..SURE).contains(&print.confidence)).await
}

#[tokio::test]
async fn the_surer_a_fingerprint_the_longer_it_is_kept_and_a_guess_is_not() {
    with_service(async |service, scope| {
        let db = &service.db;
        let (unsure, sure) = (unsure(db).await, first_of(db, |print| print.confidence > 0.9).await);
        let guess = first_of(db, |print| print.confidence < Fingerprint::LEAST_STORED).await;
        let mut lifetimes = Vec::new();
        for id in [unsure, sure] {
            let print = get_fingerprint(db, id, COARSE).await.expect("the query runs").expect("there is such a track");
            let entry = scope.cache().entry(format!("fingerprint:{id}")).expect("it is stored");
            assert_eq!(entry.remaining, Some(print.lifetime()));
            lifetimes.push(print.lifetime());
        }
        assert!(lifetimes[0] < lifetimes[1] && lifetimes[0] >= Duration::from_secs(60), "{lifetimes:?}");
        assert!(lifetimes[1] <= Duration::from_secs(300), "{lifetimes:?}");
        assert!(get_fingerprint(db, guess, COARSE).await.expect("the query runs").is_some());
        assert_eq!(peek(guess).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_batch_measures_what_is_missing_once_and_by_one_query() {
    with_service(async |service, scope| {
        let db = &service.db;
        let full = Ask::new(Depth::Full, SURE);
        get_fingerprint(db, 1, full).await.expect("the query runs");
        get_fingerprint(db, 2, full).await.expect("the query runs");
        let before = db.reads();
        let found = service.optimizer.find_many(db, &[2, 3, 999, 1, 4, 3], SURE).await.expect("the query runs");
        let after = db.reads();
        assert_eq!((after.queries - before.queries, after.measured - before.measured), (1, 2));
        assert_eq!(after.windows - before.windows, 2 * u64::from(Depth::Full.windows()));
        let sources: Vec<_> = found.items.iter().map(|item| (item.track_id, item.source)).collect();
        let (cache, computed) = (Origin::Cache, Origin::Computed);
        assert_eq!(sources, [(2, cache), (3, computed), (999, computed), (1, cache), (4, computed)]);
        let absent = |item: &&examples::fingerprints::optimizer::Item| item.fingerprint.is_none();
        assert_eq!(found.items.iter().find(absent).map(|item| item.track_id), Some(999));

        // What the batch has measured is there for the single call, and that there is no such track is remembered.
        let single = get_fingerprint(db, 3, full).await.expect("the query runs");
        assert_eq!(single, found.items[1].fingerprint);
        assert_eq!(get_fingerprint(db, 999, full).await.expect("the query runs"), None);
        assert_eq!(db.reads(), after);
        scope.clock().advance(Duration::from_secs(30));
        assert_eq!(get_fingerprint(db, 999, full).await.expect("the query runs"), None);
        assert_eq!(db.reads().queries, after.queries + 1);
        assert_eq!(get_fingerprints(db, &[], full).await.expect("there is nothing to ask").len(), 0);
        assert_eq!(db.reads().queries, after.queries + 1);
    })
    .await;
}

#[tokio::test]
async fn a_coarse_fingerprint_is_refined_and_no_coarse_one_takes_its_place() {
    with_service(async |service, _| {
        let (db, optimizer) = (&service.db, &service.optimizer);
        let id = unsure(db).await;
        let mut answers = Vec::new();
        for _ in 0..3 {
            let found = optimizer.find(db, id, SURE, None).await.expect("the query runs");
            let print = found.items[0].fingerprint.expect("there is such a track");
            answers.push((found.strategy, found.items[0].source, print.windows, print.confidence >= SURE));
        }
        let (fast, accurate) = (Strategy::Fast, Strategy::Accurate);
        let coarse = (fast, Origin::Computed, Depth::Coarse.windows(), false);
        let full = (accurate, Origin::Computed, Depth::Full.windows(), true);
        assert_eq!(answers, [coarse, full, (fast, Origin::Cache, Depth::Full.windows(), true)]);
        assert_eq!(get_fingerprint::stats().rejected, 1);

        let refined = peek(id).await.expect("it is cached");
        let late = Ask { known: Some(refined.confidence), ..Ask::new(Depth::Coarse, SURE) };
        let coarse = get_fingerprint::refresh(db, id, late).await.expect("the query runs");
        assert!(coarse.is_some_and(|coarse| coarse.confidence < refined.confidence));
        assert_eq!(peek(id).await, Some(refined));
        // Whoever asks for more than can be had is given what there is, and it stays.
        let found = optimizer.find(db, id, 1.0, Some(Strategy::Fast)).await.expect("the query runs");
        assert_eq!(found.items[0].source, Origin::Computed);
        assert_eq!(peek(id).await, Some(refined));
    })
    .await;
}

#[tokio::test]
async fn strategies_are_counted_and_a_crowd_measures_once() {
    with_service(async |service, _| {
        let (db, optimizer) = (&service.db, &service.optimizer);
        let id = unsure(db).await;
        optimizer.find(db, id, SURE, None).await.expect("the query runs");
        let before = db.reads().measured;
        let crowd = (0..20).map(|_| optimizer.find(db, id, SURE, None));
        let answers = futures_util::future::join_all(crowd).await;
        let windows = |found: &examples::fingerprints::optimizer::Found| found.items[0].fingerprint.map(|f| f.windows);
        assert!(answers.iter().flatten().all(|found| windows(found) == Some(Depth::Full.windows())));
        assert_eq!((answers.len(), db.reads().measured - before), (20, 1));

        optimizer.find(db, id, SURE, Some(Strategy::Accurate)).await.expect("the query runs");
        optimizer.find(db, id, SURE, Some(Strategy::Batch)).await.expect("the query runs");
        optimizer.find_all(db, &[id, 1, 2], SURE, None).await.expect("the query runs");
        let [fast, accurate, batch] = optimizer.stats();
        assert_eq!((fast.queries, batch.queries, batch.items), (fast.items, 2, 4));
        assert_eq!((accurate.strategy, fast.queries + accurate.queries), (Strategy::Accurate, 22));
        assert_eq!((batch.hits, batch.hit_rate), (2, 0.5));
        assert!(fast.mean_ms > 0.0 && fast.slowest_ms <= fast.total_ms);
    })
    .await;
}

#[tokio::test]
async fn a_modified_track_is_measured_anew_and_no_other_goes() {
    with_service(async |service, scope| {
        let db = &service.db;
        for id in [1, 2] {
            get_track(db, id).await.expect("the query runs");
            get_fingerprint(db, id, COARSE).await.expect("the query runs");
        }
        let old = get_fingerprint(db, 1, COARSE).await.expect("the query runs");
        assert_eq!(modify_track(db, 1).await.expect("the query runs"), Some(()));
        let mut keys = scope.cache().keys();
        keys.sort();
        assert_eq!(keys, ["fingerprint:2", "track:2"]);
        let new = get_fingerprint(db, 1, COARSE).await.expect("the query runs");
        assert!(new.is_some() && new != old);
        assert_eq!(modify_track(db, 999).await.expect("the query runs"), None);

        // The same by an event, as another process would tell of it.
        let removed = get_cache().apply(&service.rules, &TrackModified { id: 2 }).await;
        assert_eq!(removed.entries, 2);
        assert_eq!((get_track::peek(2).await.is_none(), peek(2).await), (true, None));
    })
    .await;
}

#[tokio::test]
async fn a_change_without_a_word_fails_the_validation_and_is_removed() {
    with_service(async |service, _| {
        let (db, validator) = (&service.db, &service.validator);
        assert_eq!(validator.validate(db, 1).await.expect("the query runs"), None, "nothing is cached");
        service.optimizer.find_many(db, &[1, 2], SURE).await.expect("the query runs");
        let old = peek(1).await;
        record_anew(db, 1).await.expect("the query runs").expect("there is track 1");
        assert_eq!(peek(1).await, old, "nobody has told the cache");
        let wrong = validator.validate(db, 1).await.expect("the query runs").expect("it is cached");
        let right = validator.validate(db, 2).await.expect("the query runs").expect("it is cached");
        assert!(!wrong.passed && wrong.similarity < 0.8, "{wrong:?}");
        assert!(right.passed && right.similarity > 0.999_999, "{right:?}");
        assert!(right.accuracy.0.iter().all(|accuracy| *accuracy > 0.999_999), "{right:?}");
        assert_eq!((peek(1).await, peek(2).await.is_some()), (None, true));
        let stats = validator.stats();
        assert_eq!((stats.checked, stats.failed, stats.error_rate), (2, 1, 0.5));
        let mean = (wrong.accuracy.0[0] + right.accuracy.0[0]) / 2.0;
        assert!((stats.mean_accuracy.0[0] - mean).abs() < 1e-9);
    })
    .await;
}

#[tokio::test]
async fn an_added_track_is_found_at_once_and_a_rescan_takes_what_has_expired() {
    with_service(async |service, scope| {
        let db = &service.db;
        let next = i64::from(TRACKS) + 1;
        assert_eq!(get_track(db, next).await.expect("the query runs"), None);
        assert_eq!(get_fingerprint(db, next, COARSE).await.expect("the query runs"), None);
        assert!(search_tracks(db, "UNHEARD", 10).await.expect("the query runs").is_empty());
        popular_tracks(db, 5).await.expect("the query runs");
        let sure = first_of(db, |print| print.confidence > 0.9).await;
        get_fingerprint(db, sure, COARSE).await.expect("the query runs");

        let added = add_track(db, "Unheard", "Nobody", "folk").await.expect("the query runs");
        assert_eq!(added.id, next);
        assert_eq!(get_cache().apply(&service.rules, &TrackAdded { id: next }).await.entries, 4);
        assert_eq!(scope.cache().keys(), [format!("fingerprint:{sure}")]);
        assert_eq!(get_track(db, next).await.expect("the query runs"), Some(added));
        assert!(get_fingerprint(db, next, COARSE).await.expect("the query runs").is_some());
        assert_eq!(search_tracks(db, "unHEARD", 10).await.expect("the query runs").len(), 1);

        popular_tracks(db, 5).await.expect("the query runs");
        scope.clock().advance(Duration::from_secs(60));
        assert_eq!(get_cache().apply(&service.rules, &LibraryRescanned).await.entries, 1, "popularity");
        assert!(peek(sure).await.is_some());
    })
    .await;
}
