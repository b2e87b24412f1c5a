//! The service over HTTP, as its README reader would try it with curl.

mod process;

use std::process::Command;

use process::{Serving, answer};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const STATS: &str = "/api/v1/system/cache/stats";
const CLEAR: &str = "/api/v1/system/cache/clear";

#[tokio::test]
async fn a_created_artist_is_there_and_a_renamed_one_shows_the_new_name_at_once() {
    let server = Serving::start();
    let post = server.request(Method::POST, "/library/artists").json(&json!({ "name": "Ilse Haug", "genre": "jazz" }));
    let response = post.send().await.expect("the server answers");
    assert_eq!(response.status(), StatusCode::CREATED);
    let location = response.headers()["location"].to_str().expect("ASCII").to_owned();
    let created: Value = response.json().await.expect("the body parses");
    assert_eq!(created["name"], "Ilse Haug");
    assert_eq!(location, format!("/library/artists/{}", created["id"]));
    assert_eq!(server.get(&location).await, (200, created));

    let page = "/library/artists/42/works?skip=0&limit=24";
    for (method, name) in [(Method::PATCH, "Ada Roth"), (Method::PUT, "Ada Roth-Lind")] {
        // Both answers are in the cache, under the old name.
        assert_ne!(server.get("/library/artists/42").await.1["name"], name);
        assert_ne!(server.get(page).await.1["artist_name"], name);
        let rename = server.request(method, "/library/artists/42").json(&json!({ "name": name }));
        let (status, renamed) = answer(rename).await;
        assert_eq!((status, &renamed["name"]), (200, &json!(name)));
        assert_eq!(server.get("/library/artists/42").await, (200, renamed));
        assert_eq!(server.get(page).await.1["artist_name"], name);
    }
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let server = Serving::start();
    let (status, first) = server.get("/library/artists/42/works").await;
    assert_eq!((status, &first["skip"], &first["limit"]), (200, &json!(0), &json!(24)));
    let total = first["total"].as_u64().expect("a count");
    let (_, two) = server.get("/library/artists/42/works?skip=1&limit=2").await;
    assert_eq!(two["works"].as_array().expect("a list")[..], first["works"].as_array().expect("a list")[1..3]);
    let (status, beyond) = server.get(&format!("/library/artists/42/works?skip={total}")).await;
    assert_eq!((status, &beyond["works"]), (200, &json!([])));

    let work = first["works"][0]["id"].as_i64().expect("an id");
    let (status, detail) = server.get(&format!("/library/works/{work}")).await;
    assert_eq!((status, &detail["artist_id"]), (200, &json!(42)));
    let (_, all) = server.get(&format!("/library/works/{work}/recordings")).await;
    let all = all["recordings"].as_array().expect("a list").clone();
    assert_eq!(detail["recording_count"], all.len());
    for filter in ["status=matched&source=library", "status=unmatched", "source=radio"] {
        let (status, some) = server.get(&format!("/library/works/{work}/recordings?{filter}")).await;
        assert_eq!(status, 200);
        let wanted = |recording: &&Value| {
            filter.split('&').all(|pair| pair.split_once('=').is_some_and(|(key, value)| recording[key] == value))
        };
        let expected: Vec<Value> = all.iter().filter(wanted).cloned().collect();
        assert_eq!(some["recordings"].as_array(), Some(&expected), "{filter}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_makes_no_sense_is_refused_in_json() {
    let server = Serving::start();
    let missing = [
        "/library/artists/999999",
        "/library/works/999999",
        "/library/artists/999999/works",
        "/library/works/999999/recordings",
        "/library/works/999999/recordings?status=matched",
        "/library/nothing",
    ];
    let wrong = [
        "/library/artists/abc",
        "/library/artists/-1",
        "/library/artists/99999999999999999999",
        "/library/works/1.5",
        "/library/works/-1/recordings",
        "/library/artists/1/works?skip=-1",
        "/library/artists/1/works?limit=0",
        "/library/artists/1/works?limit=101",
        "/library/artists/1/works?limit=x",
        "/library/artists/1/works?skip=",
        "/library/works/1/recordings?status=lost",
        "/library/works/1/recordings?source=",
    ];
    for (paths, expected, error) in [(&missing[..], 404, "not_found"), (&wrong[..], 400, "bad_request")] {
        for path in paths {
            let (status, body) = server.get(path).await;
            assert_eq!((status, &body["error"]), (expected, &json!(error)), "{path}");
            assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{path}");
        }
    }
    let rename = |id: &str, body: &Value| server.request(Method::PATCH, &format!("/library/artists/{id}")).json(body);
    assert_eq!(answer(rename("999999", &json!({ "name": "Nobody" }))).await.0, 404);
    assert_eq!(answer(rename("-1", &json!({ "name": "Nobody" }))).await.0, 400);
    assert_eq!(answer(rename("1", &json!({ "name": "  " }))).await.0, 422);
    assert_eq!(answer(rename("1", &json!({}))).await.0, 422);
    let torn = server.request(Method::POST, "/library/artists").header("content-type", "application/json").body("{");
    assert_eq!(answer(torn).await.0, 400);
    assert_eq!(answer(server.request(Method::DELETE, "/library/artists/1")).await.0, 405);
}

#[tokio::test]
async fn statistics_and_clearing_are_for_the_token_alone() {
    let server = Serving::start();
    for (method, path) in [(Method::GET, STATS), (Method::POST, CLEAR)] {
        let plain = || server.request(method.clone(), path);
        let almost = server.token.replace(|digit: char| digit.is_ascii_hexdigit(), "0");
        for request in [
            plain(),
            plain().bearer_auth(almost),
            plain().bearer_auth(&server.token[1..]),
            plain().bearer_auth(format!("{}0", server.token)),
            plain().header("authorization", &server.token),
            plain().basic_auth("admin", Some(&server.token)),
        ] {
            let (status, body) = answer(request).await;
            assert_eq!((status, &body["error"]), (401, &json!("unauthorized")));
        }
    }
    assert_eq!(answer(server.as_admin(Method::GET, CLEAR)).await.0, 405);

    let filtered = "/library/works/7/recordings?status=matched&source=library";
    for path in ["/library/artists/1", "/library/artists/1", "/library/artists/2", filtered] {
        assert_eq!(server.get(path).await.0, 200);
    }
    let (status, stats) = answer(server.as_admin(Method::GET, STATS)).await;
    assert_eq!(status, 200);
    assert_eq!(stats["cache_enabled"], true);
    assert_eq!(
        (&stats["total_entries"], &stats["active_entries"], &stats["expired_entries"]),
        (&json!(3), &json!(3), &json!(0))
    );
    assert_eq!((&stats["stats"]["hits"], &stats["stats"]["misses"]), (&json!(1), &json!(3)));
    let artist = &stats["functions"]["get_artist"];
    assert_eq!((&artist["hits"], &artist["misses"], &artist["loads"]), (&json!(1), &json!(2), &json!(2)));
    assert_eq!(stats["stats"]["hit_rate"], 0.25);

    let (status, cleared) = answer(server.as_admin(Method::POST, CLEAR)).await;
    assert_eq!((status, &cleared["cleared_entries"]), (200, &json!(3)));
    let (_, stats) = answer(server.as_admin(Method::GET, STATS)).await;
    assert_eq!(stats["total_entries"], 0);
    assert_eq!(server.get("/library/artists/1").await.0, 200);
    let (_, stats) = answer(server.as_admin(Method::GET, STATS)).await;
    assert_eq!(stats["functions"]["get_artist"]["misses"], 3);
}

#[cfg(unix)]
#[tokio::test]
async fn a_termination_signal_ends_the_service_in_order() {
    let mut server = Serving::start();
    assert_eq!(server.get("/library/artists/1").await.0, 200);
    let sent = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}
