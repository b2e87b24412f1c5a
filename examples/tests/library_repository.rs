//! The repository without the service: key names, lifetimes, and what a rename reaches.

use std::time::Duration;

use cache_core::testing::Scope;
use examples::library::database::Database;
use examples::library::repository::{
    Function, get_artist, get_work, list_artist_works, list_work_recordings, rename_artist,
};

/// Runs `test` on a fresh library and a private cache.
async fn with_library<T>(test: impl AsyncFnOnce(Database, Scope) -> T) -> T {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let db = Database::open(&scratch.path().join("library.db"), |_, _| {}).await.expect("a library is made");
    let scope = Scope::new();
    scope.run(test(db, scope.clone())).await
}

#[tokio::test]
async fn keys_and_lifetimes_are_those_of_the_table() {
    with_library(async |db, scope| {
        get_artist(&db, 42).await.expect("the query runs").expect("there is artist 42");
        get_work(&db, 123).await.expect("the query runs").expect("there is work 123");
        list_artist_works(&db, 42, 0, 24).await.expect("the query runs").expect("there is artist 42");
        for (status, source) in [(None, None), (Some("matched"), None), (Some("matched"), Some("library"))] {
            list_work_recordings(&db, 123, status, source).await.expect("the query runs").expect("there is work 123");
        }
        let lifetimes = [
            ("get_artist:42", 300),
            ("get_work:123", 300),
            ("list_artist_works:42:0:24", 180),
            ("list_work_recordings:123:matched:library", 120),
            ("list_work_recordings:123:matched:~", 120),
            ("list_work_recordings:123:~:~", 180),
        ];
        let mut keys = scope.cache().keys();
        keys.sort();
        assert_eq!(keys, lifetimes.map(|(key, _)| key));
        for (key, seconds) in lifetimes {
            let entry = scope.cache().entry(key).expect("it is stored");
            assert_eq!(entry.remaining, Some(Duration::from_secs(seconds)), "{key}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rename_reaches_the_artist_and_every_page_of_theirs_and_nothing_else() {
    with_library(async |db, scope| {
        for artist in [42, 43] {
            get_artist(&db, artist).await.expect("the query runs");
            for (skip, limit) in [(0, 24), (1, 24), (0, 50)] {
                list_artist_works(&db, artist, skip, limit).await.expect("the query runs");
            }
        }
        get_work(&db, 1).await.expect("the query runs");
        rename_artist(&db, 42, "Ada Roth").await.expect("the query runs").expect("there is artist 42");
        let mut keys = scope.cache().keys();
        keys.sort();
        let left = ["get_artist:43", "get_work:1"];
        let pages = ["list_artist_works:43:0:24", "list_artist_works:43:0:50", "list_artist_works:43:1:24"];
        assert_eq!(keys, [&left[..], &pages].concat());
        let artist = get_artist(&db, 42).await.expect("the query runs").expect("there is artist 42");
        assert_eq!(artist.name, "Ada Roth");
        let page = list_artist_works(&db, 42, 0, 24).await.expect("the query runs").expect("there is artist 42");
        assert_eq!(page.artist_name, "Ada Roth");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_found_is_asked_for_again_and_a_rename_of_nobody_reaches_nothing() {
    with_library(async |db, scope| {
        get_artist(&db, 42).await.expect("the query runs");
        for _ in 0..2 {
            assert_eq!(get_artist(&db, 999_999).await.expect("the query runs"), None);
            assert_eq!(list_artist_works(&db, 999_999, 0, 24).await.expect("the query runs"), None);
            assert_eq!(list_work_recordings(&db, 999_999, None, None).await.expect("the query runs"), None);
            assert_eq!(rename_artist(&db, 999_999, "Nobody").await.expect("the query runs"), None);
        }
        assert_eq!(scope.cache().keys(), ["get_artist:42"]);
        assert_eq!(db.queries(Function::GetArtist), 3);
        assert_eq!(db.queries(Function::ListArtistWorks), 2);
        assert_eq!(db.queries(Function::ListWorkRecordings), 4);
    })
    .await;
}
