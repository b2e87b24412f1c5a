//! The fingerprints over HTTP: strategies, sources and headers, batches, changes, and the cache's own routes.

mod process;

use process::{Serving, answer};
use reqwest::Method;
use serde_json::{Value, json};

const STATS: &str = "/api/v1/cache/stats";
const HEALTH: &str = "/api/v1/cache/health";

/// `X-Cache-Hit`, `X-Cache-Strategy`, `Cache-Control` and the body of a GET.
async fn cached(server: &Serving, path: &str) -> ([String; 3], Value) {
    let response = server.request(Method::GET, path).send().await.expect("the server answers");
    assert_eq!(response.status(), 200, "{path}");
    let headers = ["x-cache-hit", "x-cache-strategy", "cache-control"]
        .map(|name| response.headers()[name].to_str().expect("ASCII").to_owned());
    (headers, response.json().await.expect("the body parses"))
}

fn list(of: &Value) -> &[Value] {
    of.as_array().unwrap_or_else(|| panic!("{of} is a list"))
}

#[tokio::test]
async fn a_track_comes_with_its_fingerprint_and_says_where_from() {
    let server = Serving::fingerprints(&["--no-warming", "--confidence", "0.1"]);
    let (miss, first) = cached(&server, "/api/v1/tracks/7").await;
    assert_eq!(miss, ["false", "fast", "public, max-age=60"]);
    let (hit, second) = cached(&server, "/api/v1/tracks/7").await;
    assert_eq!(hit, ["true", "fast", "public, max-age=300"]);
    assert_eq!((&first["source"], &second["source"]), (&json!("computed"), &json!("cache")));
    assert_eq!((&first["fingerprint"], &first["id"]), (&second["fingerprint"], &json!(7)));
    assert_eq!(first["fingerprint"]["windows"], 6);
    assert_eq!(first["fingerprint"]["features"].as_object().map(serde_json::Map::len), Some(13));

    let (accurate, sure) = cached(&server, "/api/v1/tracks/7?strategy=accurate").await;
    assert_eq!(accurate, ["false", "accurate", "public, max-age=60"]);
    assert_eq!(sure["fingerprint"]["windows"], 48);
    let (batch, same) = cached(&server, "/api/v1/tracks/7?strategy=batch").await;
    assert_eq!(batch[..2], ["true", "batch"]);
    assert_eq!(same["fingerprint"], sure["fingerprint"]);
    // Nothing is as sure as that: each time it is measured in full.
    let (unsure, _) = cached(&server, "/api/v1/tracks/7?confidence=1").await;
    assert_eq!(unsure[..2], ["false", "accurate"]);
}

#[tokio::test]
async fn a_batch_says_of_each_item_where_it_came_from() {
    let server = Serving::fingerprints(&["--no-warming"]);
    let ask = |ids: &[i64]| server.request(Method::POST, "/api/v1/batch/tracks").json(&json!({ "track_ids": ids }));
    assert_eq!(answer(ask(&[1, 2])).await.1["stats"]["cache_hit_rate"], 0.0);
    let (status, body) = answer(ask(&[3, 2, 1, 999, 3])).await;
    assert_eq!(status, 200);
    let items: Vec<_> = list(&body["items"]).iter().map(|item| (&item["track_id"], &item["source"])).collect();
    let (cache, computed) = (json!("cache"), json!("computed"));
    let ids = [3, 2, 1, 999].map(Value::from);
    assert_eq!(items, [(&ids[0], &computed), (&ids[1], &cache), (&ids[2], &cache), (&ids[3], &computed)]);
    assert_eq!((&body["items"][3]["fingerprint"], &body["stats"]["cache_hit_rate"]), (&Value::Null, &json!(0.5)));
    assert!(body["stats"]["total_time_ms"].as_f64().is_some_and(|time| time > 0.0), "{body}");
    let (_, empty) = answer(ask(&[])).await;
    assert_eq!(empty["items"], json!([]));
    assert_eq!(answer(ask(&[-1])).await.0, 422);
    assert_eq!(answer(ask(&vec![1; 501])).await.0, 422);
    assert_eq!(answer(server.request(Method::POST, "/api/v1/batch/tracks").json(&json!({}))).await.0, 422);
}

#[tokio::test]
async fn a_search_finds_tracks_and_takes_the_strategy_that_fits() {
    let server = Serving::fingerprints(&["--no-warming"]);
    let (headers, many) = cached(&server, "/api/v1/search?query=E").await;
    assert_eq!(headers[..2], ["false", "batch"]);
    let items = list(&many["items"]);
    assert!(items.len() > 1 && items.len() <= 50, "{}", items.len());
    for item in items {
        assert_eq!(item["fingerprint"]["track_id"], item["track"]["id"]);
    }
    assert_eq!(cached(&server, "/api/v1/search?query=e").await.0[..2], ["true", "batch"]);
    let (headers, one) = cached(&server, "/api/v1/search?query=E&limit=1").await;
    assert_eq!((headers[..2].to_vec(), list(&one["items"]).len()), (vec!["true".to_owned(), "fast".to_owned()], 1));
    let (headers, some) = cached(&server, "/api/v1/search?query=e&limit=3&strategy=accurate").await;
    assert_eq!(
        (headers[..2].to_vec(), list(&some["items"]).len()),
        (vec!["false".to_owned(), "accurate".to_owned()], 3)
    );
    let (headers, none) = cached(&server, "/api/v1/search?query=zzzz").await;
    assert_eq!((headers[0].as_str(), &none["items"]), ("false", &json!([])));

    let (status, similar) = server.get("/api/v1/tracks/7/similar?limit=4").await;
    let cosines: Vec<f64> = list(&similar["items"]).iter().filter_map(|item| item["similarity"].as_f64()).collect();
    assert_eq!((status, cosines.len()), (200, 4));
    assert!(cosines.is_sorted_by(|a, b| a >= b) && cosines[0] <= 1.0, "{cosines:?}");
}

#[tokio::test]
async fn a_changed_recording_is_measured_anew_and_an_added_track_is_there() {
    let server = Serving::fingerprints(&["--no-warming", "--confidence", "0.1"]);
    let validate = || server.request(Method::POST, "/api/v1/tracks/7/validate");
    assert_eq!(answer(validate()).await.0, 404, "nothing is cached");
    let (_, before) = cached(&server, "/api/v1/tracks/7").await;
    let (status, validation) = answer(validate()).await;
    assert_eq!((status, &validation["passed"]), (200, &json!(true)));
    assert_eq!(validation["accuracy"].as_object().map(serde_json::Map::len), Some(13));
    let changed = server.request(Method::PUT, "/api/v1/tracks/7/audio").send().await.expect("the server answers");
    assert_eq!(changed.status(), 204);
    let (headers, after) = cached(&server, "/api/v1/tracks/7").await;
    assert_eq!(headers[0], "false");
    assert_ne!(before["fingerprint"]["features"], after["fingerprint"]["features"]);

    assert_eq!(server.get("/api/v1/tracks/61").await.0, 404);
    let (_, none) = cached(&server, "/api/v1/search?query=unheard").await;
    assert_eq!(none["items"], json!([]));
    let new = json!({ "title": "Unheard", "artist": "Nobody", "genre": "folk" });
    let post = server.request(Method::POST, "/api/v1/tracks").json(&new).send().await.expect("the server answers");
    assert_eq!(
        (post.status().as_u16(), &post.headers()["location"]),
        (201, &"/api/v1/tracks/61".parse().expect("ASCII"))
    );
    assert_eq!(cached(&server, "/api/v1/tracks/61").await.1["title"], "Unheard");
    assert_eq!(list(&cached(&server, "/api/v1/search?query=unheard").await.1["items"]).len(), 1);
    let (status, rescan) = answer(server.request(Method::POST, "/api/v1/library/rescan")).await;
    assert_eq!((status, &rescan["expired_entries"]), (200, &json!(0)), "all is fresh, and all stays");
}

#[tokio::test]
async fn what_is_not_there_or_makes_no_sense_is_refused_in_json() {
    let server = Serving::fingerprints(&["--no-warming"]);
    let missing = ["/api/v1/tracks/999", "/api/v1/tracks/999/similar", "/api/v1/nothing"];
    let wrong = [
        "/api/v1/tracks/abc",
        "/api/v1/tracks/-1",
        "/api/v1/tracks/1?strategy=slow",
        "/api/v1/tracks/1?confidence=2",
        "/api/v1/tracks/1?confidence=NaN",
        "/api/v1/search",
        "/api/v1/search?query=%20",
        "/api/v1/search?query=a&limit=0",
        "/api/v1/tracks/1/similar?limit=x",
    ];
    for (paths, expected, error) in [(&missing[..], 404, "not_found"), (&wrong[..], 400, "bad_request")] {
        for path in paths {
            let (status, body) = server.get(path).await;
            assert_eq!((status, &body["error"]), (expected, &json!(error)), "{path}");
        }
    }
    assert_eq!(answer(server.request(Method::PUT, "/api/v1/tracks/999/audio")).await.0, 404);
    assert_eq!(answer(server.request(Method::DELETE, "/api/v1/tracks/1")).await.0, 405);
}

#[tokio::test]
async fn statistics_health_and_limits_are_for_the_token_alone() {
    let server = Serving::fingerprints(&["--max-entries", "100"]);
    let limits = "/api/v1/cache/limits";
    for (method, path) in
        [(Method::GET, STATS), (Method::GET, HEALTH), (Method::POST, "/api/v1/cache/clear"), (Method::PUT, limits)]
    {
        assert_eq!(answer(server.request(method, path)).await.0, 401, "{path}");
    }
    let admin = |method: Method, path: &str| server.as_admin(method, path);
    let (_, warm) = answer(admin(Method::GET, STATS)).await;
    assert!(warm["cache"]["entries"].as_u64().is_some_and(|entries| entries > 30), "it was warmed: {warm}");
    for _ in 0..3 {
        cached(&server, "/api/v1/tracks/7?confidence=0").await;
    }
    cached(&server, "/api/v1/tracks/7?strategy=accurate").await;
    let (status, stats) = answer(admin(Method::GET, STATS)).await;
    let optimizer = &stats["optimizer"];
    assert_eq!((status, &optimizer["total_queries"]), (200, &json!(4)));
    let queries: Vec<_> =
        list(&optimizer["strategies"]).iter().map(|one| (&one["strategy"], &one["queries"])).collect();
    let (fast, accurate, batch) = (json!("fast"), json!("accurate"), json!("batch"));
    assert_eq!(queries, [(&fast, &json!(3)), (&accurate, &json!(1)), (&batch, &json!(0))]);
    assert!(stats["recommendations"].is_array() && optimizer["avg_execution_time_ms"].as_f64() > Some(0.0), "{stats}");

    let (status, health) = answer(admin(Method::GET, HEALTH)).await;
    assert_eq!((status, &health["optimizer"]["fast_strategy_percent"]), (200, &json!(75.0)));
    assert!(health["health"]["is_healthy"].is_boolean() && health["alerts"].is_array(), "{health}");

    let adjust =
        |entries: u64| admin(Method::PUT, limits).json(&json!({ "max_entries": entries, "max_bytes": 1 << 20 }));
    let (status, adjusted) = answer(adjust(5)).await;
    assert_eq!((status, &adjusted["max_entries"]), (200, &json!(5)));
    assert!(adjusted["entries"].as_u64().is_some_and(|entries| entries <= 5), "{adjusted}");
    let (_, full) = answer(admin(Method::GET, HEALTH)).await;
    let topics: Vec<_> = list(&full["alerts"]).iter().map(|alert| &alert["topic"]).collect();
    assert!(topics.contains(&&json!("utilization")), "{full}");
    assert_eq!(answer(adjust(0)).await.0, 422);

    let (status, cleared) = answer(admin(Method::POST, "/api/v1/cache/clear")).await;
    assert_eq!((status, &cleared["cleared_entries"]), (200, &adjusted["entries"]));
}

#[cfg(unix)]
#[tokio::test]
async fn a_termination_signal_ends_the_service_in_order() {
    let mut server = Serving::fingerprints(&["--no-warming"]);
    assert_eq!(server.get("/api/v1/tracks/1").await.0, 200);
    let pid = server.child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
    assert!(sent.success());
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}
