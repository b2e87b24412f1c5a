//! Two processes of the library on one database and one Redis, which is killed and comes back empty.

mod process;

use std::time::{Duration, Instant};

use examples::cluster::OwnServer;
use process::{Serving, answer, library_begins};
use reqwest::Method;
use serde_json::json;

const LONGEST: Duration = Duration::from_secs(120);
const ARTIST: &str = "/library/artists/42";

async fn rename(on: &Serving, name: &str) {
    let (status, renamed) = answer(on.request(Method::PATCH, ARTIST).json(&json!({ "name": name }))).await;
    assert_eq!((status, &renamed["name"]), (200, &json!(name)));
    assert_eq!(on.get(ARTIST).await.1["name"], name, "whoever renames sees it at once");
}

/// Asks until the name is the new one; says how long that took.
async fn shows(on: &Serving, name: &str) -> Duration {
    let begun = Instant::now();
    loop {
        let (status, artist) = on.get(ARTIST).await;
        assert_eq!(status, 200);
        if artist["name"] == name {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < LONGEST, "it stays {artist}");
    }
}

#[tokio::test]
async fn a_name_that_one_is_given_the_other_serves_with_redis_and_without() {
    let mut redis = OwnServer::start().await.expect("it starts").expect("redis-server is installed");
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("library.db");
    let one = Serving::library_on(&file, &redis.url());
    let two = Serving::library_on(&file, &redis.url());
    for on in [&one, &two] {
        assert_eq!(on.get(ARTIST).await.0, 200);
    }
    rename(&one, "Ada Roth").await;
    println!("the other shows the new name after {:?}", shows(&two, "Ada Roth").await);

    redis.kill().expect("it ends");
    for (name, on, other) in [("Ada Lind", &one, &two), ("Ada Haug", &two, &one)] {
        rename(on, name).await;
        println!("without Redis after {:?}", shows(other, name).await);
    }
    redis.restart().await.expect("it starts again");
    rename(&one, "Ada Berg").await;
    println!("with a new Redis after {:?}", shows(&two, "Ada Berg").await);
    // Nothing from before comes back.
    for _ in 0..200 {
        for on in [&one, &two] {
            assert_eq!(on.get(ARTIST).await.1["name"], "Ada Berg");
        }
    }
}

#[test]
fn a_redis_that_does_not_answer_is_warned_of_and_the_service_begins() {
    // Port 1 is nobody's.
    let (said, beside) = library_begins("redis://127.0.0.1:1");
    assert!(said.starts_with("listening on "), "{said}{beside}");
    assert!(beside.contains("WARN") && beside.contains("127.0.0.1:1"), "{beside}");
}
