//! The tour of the fingerprints and its exits.

mod process;

use std::net::TcpListener;

use process::{fingerprints, refused};
use serde_json::{Value, json};

/// What a tour with `--json` says.
fn tour(arguments: &[&str]) -> Value {
    let run = fingerprints(&[&["--json"], arguments].concat());
    let (out, complaint) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert_eq!((run.status.code(), complaint.as_ref()), (Some(0), ""), "{out}");
    serde_json::from_str(&out).expect("the output is one JSON object")
}

fn number(of: &Value) -> f64 {
    of.as_f64().unwrap_or_else(|| panic!("{of} is a number"))
}

fn sum<'a>(of: impl IntoIterator<Item = &'a Value>) -> f64 {
    of.into_iter().map(number).sum()
}

fn list(of: &Value) -> &[Value] {
    of.as_array().unwrap_or_else(|| panic!("{of} is a list"))
}

#[test]
fn a_tour_counts_what_happened() {
    let tour = tour(&["--tracks", "120", "--requests", "600"]);

    let warming = list(&tour["warming"]);
    let names: Vec<_> = warming.iter().filter_map(|row| row["strategy"].as_str()).collect();
    assert_eq!(names, ["popular_tracks", "recent_plays", "user_library", "all"]);
    let all = &warming[3];
    for key in ["warmed", "already_there", "not_stored", "failed"] {
        assert_eq!(sum(warming[..3].iter().map(|row| &row[key])), number(&all[key]), "{key}");
    }
    assert_eq!(sum([&warming[0]["warmed"], &warming[0]["not_stored"]]), 100.0, "nothing was there before");
    assert!(number(&warming[1]["already_there"]) > 0.0 && number(&all["not_stored"]) > 0.0, "{all}");

    let listening = &tour["listening"];
    assert_eq!(listening["queries"], 600);
    assert!(number(&listening["cached"]["answers"]) > 300.0 && number(&listening["computed"]["answers"]) > 0.0);
    assert!(number(&listening["cached"]["mean_us"]) > 0.0 && number(&listening["speed_up"]) > 0.0, "{listening}");

    let batch = list(&tour["batch"]);
    let counts =
        |step: &Value| ["asked", "cached", "computed", "absent", "measured", "queries"].map(|key| step[key].clone());
    assert_eq!(number(&batch[0]["measured"]), number(&batch[0]["computed"]));
    assert_eq!(counts(&batch[1]), [21, 12, 9, 1, 8, 1].map(Value::from), "only what is missing is measured");
    assert_eq!(counts(&batch[2]), [21, 21, 0, 1, 0, 0].map(Value::from), "nothing is missing any more");

    let steps = list(&tour["refining"]);
    let strategies: Vec<_> = steps.iter().map(|step| (&step["strategy"], &step["source"])).collect();
    let (fast, accurate, none) = (json!("fast"), json!("accurate"), Value::Null);
    let (cache, computed) = (json!("cache"), json!("computed"));
    assert_eq!(strategies, [(&fast, &computed), (&accurate, &computed), (&fast, &cache), (&none, &computed)]);
    assert!(number(&steps[1]["confidence"]) > number(&steps[0]["confidence"]));
    assert_eq!(steps[3]["cached_confidence"], steps[1]["confidence"], "the late coarse one did not replace it");

    let checks = &tour["validation"];
    assert_eq!((&checks["checked"], &checks["failed"], &checks["mended"]), (&json!(40), &checks["changed"], &json!(3)));
    let accuracy = checks["wrong"]["accuracy"].as_object().expect("an object of features");
    assert_eq!(accuracy.len(), 13);
    assert!(number(&checks["right"]["similarity"]) > 0.9 && number(&checks["wrong"]["similarity"]) < 0.8);

    let changes = list(&tour["changes"]);
    assert!(changes.iter().all(|change| change["current"] == true), "{changes:?}");
    assert_eq!((&changes[0]["removed"], &changes[0]["gone"]), (&json!(2), &json!(["fingerprint:1", "track:1"])));
    let gone = list(&changes[1]["gone"]);
    assert!(gone.contains(&json!("fingerprint:121")) && gone.contains(&json!("popularity:10")), "{gone:?}");
    assert_eq!((&changes[2]["removed"], &changes[2]["gone"]), (&json!(1), &json!([])));
}

#[test]
fn the_figures_in_the_end_add_up_and_what_is_wrong_is_an_alert() {
    let tour = tour(&["--tracks", "120", "--requests", "600"]);
    let stats = &tour["stats"];
    let strategies = list(&stats["optimizer"]["strategies"]);
    assert_eq!(strategies.len(), 3);
    assert_eq!(
        sum(strategies.iter().map(|strategy| &strategy["queries"])),
        number(&stats["optimizer"]["total_queries"])
    );
    for strategy in strategies {
        assert!(number(&strategy["queries"]) > 0.0 && number(&strategy["mean_ms"]) > 0.0, "{strategy}");
        assert!(number(&strategy["hits"]) <= number(&strategy["items"]), "{strategy}");
    }
    let functions = list(&stats["functions"]);
    for key in ["hits", "misses", "loads", "rejected"] {
        let whole = number(&stats["cache"][key]);
        assert_eq!(sum(functions.iter().map(|function| &function[key])), whole, "{key}");
        assert!(whole > 0.0, "{key}");
    }
    let batch = functions.iter().find(|function| function["function"] == "get_fingerprints").expect("it is listed");
    assert_eq!(batch["requests"], strategies[2]["items"]);

    let health = &tour["health"];
    assert_eq!(health["health"]["is_healthy"], true, "{health}");
    let topics: Vec<_> = list(&health["alerts"]).iter().map(|alert| &alert["topic"]).collect();
    assert!(topics.contains(&&json!("validation_error_rate")), "3 of 43 are more than one in twenty: {topics:?}");
    assert!(!topics.contains(&&json!("utilization")), "{topics:?}");
    assert!(number(&health["cache"]["hit_rate_percent"]) > 60.0, "{health}");
}

#[test]
fn a_cache_that_is_too_small_is_an_alert_and_advice() {
    let small = ["--tracks", "200", "--requests", "800", "--uniform", "--no-warming", "--max-entries", "40"];
    let tour = tour(&small);
    assert_eq!(tour["warming"], json!([]));
    let health = &tour["health"];
    let topics: Vec<_> = list(&health["alerts"]).iter().filter_map(|alert| alert["topic"].as_str()).collect();
    assert!(topics.contains(&"hit_rate"), "{health}");
    assert_eq!(health["health"]["is_healthy"], false);
    assert!(number(&health["cache"]["hit_rate_percent"]) < 50.0, "{health}");
    let advice = list(&health["recommendations"]);
    assert!(advice.iter().any(|one| one.as_str().is_some_and(|one| one.contains("twice the room"))), "{advice:?}");
    let cache = &tour["stats"]["cache"];
    assert!(number(&cache["entries"]) <= 40.0 && number(&cache["evictions"]) > 500.0, "{cache}");
}

#[test]
fn without_validation_whatever_is_cached_is_used() {
    let tour = tour(&["--tracks", "100", "--requests", "300", "--no-validation"]);
    assert_eq!(tour["stats"]["cache"]["rejected"], 0);
    assert_eq!(tour["refining"], json!([]), "a coarse look is enough");
}

#[test]
fn without_options_it_prints_tables() {
    let run = fingerprints(&["--tracks", "60", "--requests", "200"]);
    let text = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(String::from_utf8_lossy(&run.stderr), "", "bars are for terminals");
    for part in ["Warming", "popular_tracks", "Listeners: 200 queries", "stereo_width", "│ validation_error_rate ┆"]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn the_database_is_kept_and_used_again() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("kept.db");
    let file = file.to_str().expect("the path is text");
    for (tracks, added) in [("70", "fingerprint:71"), ("90", "fingerprint:72")] {
        let tour = tour(&["--database", file, "--tracks", tracks, "--requests", "50"]);
        let gone = list(&tour["changes"][1]["gone"]);
        assert!(gone.contains(&json!(added)), "one track is added by each run: {gone:?}");
    }
}

#[test]
fn what_the_caller_can_mend_is_one_line_and_exit_code_2() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let path = |name: &str| scratch.path().join(name).to_str().expect("the path is text").to_owned();
    let (text, directory, orphan) = (path("notes.txt"), path("."), path("missing/fingerprints.db"));
    std::fs::write(&text, "These are notes, and no database at all.\n".repeat(100)).expect("it is written");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address").to_string();

    for (arguments, mention) in [
        (&["--request", "3"][..], "--request"),
        (&["--requests", "0"], "--requests"),
        (&["--tracks", "3"], "--tracks"),
        (&["--confidence", "1.5"], "from 0 to 1"),
        (&["--confidence", "NaN"], "from 0 to 1"),
        (&["--confidence", "0.5", "--no-validation"], "--no-validation"),
        (&["--max-entries", "0"], "--max-entries"),
        (&["--serve", "nowhere"], "nowhere"),
        (&["--serve", "127.0.0.1:0", "--json"], "--json"),
        (&["--serve", &address], &address),
        (&["--database", &text], "not a database"),
        (&["--database", &directory], "unable to open"),
        (&["--database", &orphan], "unable to open"),
    ] {
        refused(&fingerprints(arguments), mention);
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_written_or_is_another_applications_is_refused() {
    use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("other.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut other = SqliteConnection::connect_with(&options).await.expect("a database is made");
    sqlx::raw_sql("CREATE TABLE orders (id INTEGER)").execute(&mut other).await.expect("a table is made");
    let name = file.to_str().expect("the path is text");
    refused(&fingerprints(&["--database", name]), "not a library of fingerprints");

    other.close().await.expect("it closes");

    // SQLite cannot make its journal where there is a directory.
    let blocked = scratch.path().join("blocked.db");
    std::fs::create_dir(scratch.path().join("blocked.db-journal")).expect("a directory is made");
    refused(&fingerprints(&["--database", blocked.to_str().expect("the path is text")]), "unable to open");
}
