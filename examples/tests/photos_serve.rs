//! The photos over HTTP: two processes on one database and one Redis, and one in development.

mod process;

use std::time::{Duration, Instant};

use examples::cluster::OwnServer;
use process::{Serving, answer};
use reqwest::Method;
use serde_json::{Value, json};

const LONGEST: Duration = Duration::from_secs(120);

async fn send(request: reqwest::RequestBuilder) -> u16 {
    request.send().await.expect("the server answers").status().as_u16()
}

/// Asks until the answer is what it should become.
async fn becomes(on: &Serving, path: &str, wanted: &dyn Fn(&Value) -> bool) {
    let begun = Instant::now();
    while !wanted(&on.get(path).await.1) {
        assert!(begun.elapsed() < LONGEST, "{path} stays {}", on.get(path).await.1);
    }
}

#[tokio::test]
async fn two_processes_share_what_they_know() {
    let redis = OwnServer::start().await.expect("it starts").expect("redis-server is installed");
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("photos.db");
    // One after the other: the first fills the database.
    let one = Serving::photos(&file, Some(&redis.url()));
    let two = Serving::photos(&file, Some(&redis.url()));

    for on in [&one, &two] {
        assert_eq!(on.get("/albums/1").await, (200, json!({ "id": 1, "user_id": 1, "title": "Album 1" })));
        assert_eq!(on.get("/users/1/albums").await.1[0]["title"], "Album 1");
    }
    let (_, stats) = answer(two.as_admin(Method::GET, "/api/v1/cache/stats")).await;
    assert_eq!((&stats["status"], &stats["cache"]["hits"]), (&json!("ok"), &json!(2)), "the other had loaded both");
    assert_eq!(stats["cache"]["hit_rate"], "100.00%");

    let update = one.request(Method::PUT, "/albums/1").json(&json!({ "title": "Montreux" }));
    assert_eq!(answer(update).await.0, 200);
    assert_eq!(one.get("/albums/1").await.1["title"], "Montreux");
    becomes(&two, "/albums/1", &|album| album["title"] == "Montreux").await;
    becomes(&two, "/users/1/albums", &|albums| albums[0]["title"] == "Montreux").await;

    // The background job runs in one process, and the progress is asked of the other.
    assert_eq!(one.get("/photos/12/status").await.1["status"], "waiting");
    assert_eq!(answer(two.request(Method::POST, "/photos/12/process")).await.1["album_id"], 2);
    becomes(&one, "/photos/12/status", &|photo| photo["status"] == "processed").await;

    for (on, count) in [(&one, 1), (&two, 2), (&one, 3)] {
        let (status, photo) = answer(on.request(Method::POST, "/photos/12/download")).await;
        assert_eq!((status, photo), (200, json!({ "file": "img_0012.jpg", "downloads": count })));
    }

    let searched = two.request(Method::POST, "/search/by-selfie").json(&json!({ "filename": "me.jpg" }));
    assert_eq!(answer(searched).await.0, 200);
    let cleared = answer(two.as_admin(Method::POST, "/api/v1/cache/clear?pattern=search:*")).await;
    assert_eq!(cleared, (200, json!({ "cleared_entries": 1 })));
    assert_eq!(send(one.request(Method::DELETE, "/albums/1")).await, 204);
    becomes(&two, "/albums/1", &|album| album["error"] == "not_found").await;
}

#[tokio::test]
async fn in_development_one_process_needs_no_redis() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let on = Serving::photos(&scratch.path().join("photos.db"), None);
    let login = |email: &str| on.request(Method::POST, "/login").json(&json!({ "email": email }));
    assert_eq!(answer(login("user2@example.org")).await.1["name"], "User 2");
    assert_eq!(answer(login("nobody@example.org")).await.0, 401);
    let (_, before) = answer(on.as_admin(Method::GET, "/api/v1/cache/stats")).await;
    assert_eq!(on.get("/users/2/albums").await.1.as_array().map(Vec::len), Some(5));
    let (_, after) = answer(on.as_admin(Method::GET, "/api/v1/cache/stats")).await;
    let hits = |stats: &Value| stats["cache"]["hits"].as_u64().expect("a count");
    assert_eq!(hits(&after), hits(&before) + 1, "the login had warmed them");

    assert_eq!(on.get("/albums/1/photos").await.1.as_array().map(Vec::len), Some(10));
    assert_eq!(on.get("/photos/1").await.1["file"], "img_0001.jpg");
    for (path, status) in [("/albums/999", 404), ("/photos/x", 400), ("/nowhere", 404), ("/api/v1/cache/stats", 401)] {
        assert_eq!(on.get(path).await.0, status, "{path}");
    }
    let nameless = on.request(Method::PUT, "/albums/1").json(&json!({ "title": " " }));
    assert_eq!(answer(nameless).await.0, 422);
    assert_eq!(answer(on.as_admin(Method::POST, "/api/v1/cache/clear?pattern=")).await.0, 422);
    assert_eq!(answer(on.as_admin(Method::GET, "/api/v1/cache/health")).await.1["healthy"], true);
}

#[cfg(unix)]
#[tokio::test]
async fn a_service_that_is_told_to_stop_has_written_its_counts() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("photos.db");
    let mut on = Serving::photos(&file, None);
    for _ in 0..3 {
        assert_eq!(answer(on.request(Method::POST, "/photos/5/download")).await.0, 200);
    }
    let stopped = std::process::Command::new("kill").arg(on.child.id().to_string()).status();
    assert!(stopped.expect("kill runs").success());
    assert_eq!(on.child.wait().expect("it ends").code(), Some(0));
    let db = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display())).await.expect("it opens");
    let count = sqlx::query_scalar("SELECT download_count FROM photos WHERE id = 5");
    assert_eq!(count.fetch_one(&db).await.ok(), Some(3_i64));
}
