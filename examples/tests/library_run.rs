//! The measuring run and its exits.

mod process;

use std::net::TcpListener;

use process::{library, refused};
use serde_json::Value;

#[test]
fn a_run_measures_every_route_and_finds_no_difference() {
    let run = library(&["--seconds", "1", "--json"]);
    let text = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!(run.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&run.stderr));
    let mut lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let verdict = lines.pop().expect("there is a last line");
    assert!(verdict["compared"].as_u64().is_some_and(|compared| compared >= 1_000), "{verdict}");
    assert_eq!(verdict["differed"], 0);

    let functions: Vec<&str> = lines.iter().filter_map(|route| route["function"].as_str()).collect();
    assert_eq!(functions, ["get_artist", "get_work", "list_artist_works", "list_work_recordings"]);
    assert!(lines[0]["hit_rate"].as_f64().is_some_and(|rate| rate > 0.8), "{}", lines[0]);
    for route in &lines {
        let figure = |key: &str| route[key].as_f64().unwrap_or_else(|| panic!("{key} is a number in {route}"));
        assert_eq!(figure("calls"), figure("hits") + figure("misses"), "{route}");
        assert!(figure("load_p50_us") > 0.0 && figure("load_p95_us") >= figure("load_p50_us"), "{route}");
        assert!(figure("hit_us") > 0.0 && figure("speed_up") > 1.0 && figure("time_saved_ms") > 0.0, "{route}");
        assert!(figure("sql_with_cache") < figure("sql_without_cache"), "{route}");
        assert!(figure("bytes_per_entry") > 100.0, "{route}");
    }
}

#[test]
fn while_the_database_fails_what_is_known_is_answered() {
    let run = library(&["--seconds", "1", "--json", "--outage"]);
    let text = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!(run.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&run.stderr));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let outage = lines.iter().find_map(|line| line.get("outage")).expect("there is a line about it");
    assert!(outage["asked"].as_u64().is_some_and(|asked| asked > 50), "{outage}");
    assert_eq!((&outage["stale"], &outage["failed"]), (&outage["asked"], &Value::from(0)), "{outage}");
    let stale: u64 = lines.iter().filter_map(|line| line["stale"].as_u64()).sum();
    assert_eq!(Some(stale), outage["stale"].as_u64(), "in the table");
}

#[test]
fn what_the_caller_can_mend_is_one_line_and_exit_code_2() {
    let scratch = tempfile::tempdir().expect("a directory is made");
    let path = |name: &str| scratch.path().join(name).to_str().expect("the path is text").to_owned();
    let (text, directory, orphan) = (path("notes.txt"), path("."), path("missing/library.db"));
    std::fs::write(&text, "These are notes, and no database at all.\n".repeat(100)).expect("it is written");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address").to_string();

    for (arguments, mention) in [
        (&["--second", "3"][..], "--second"),
        (&["--seconds", "0"], "--seconds"),
        (&["--seconds", "soon"], "soon"),
        (&["--serve", "nowhere"], "nowhere"),
        (&["--serve", "127.0.0.1:0", "--json"], "--json"),
        (&["--serve", &address], &address),
        (&["--db", &text], "not a database"),
        (&["--db", &directory], "unable to open"),
        (&["--db", &orphan], "unable to open"),
    ] {
        refused(&library(arguments), mention);
    }
}

#[tokio::test]
async fn another_applications_database_is_refused_and_left_as_it_is() {
    use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
    let scratch = tempfile::tempdir().expect("a directory is made");
    let file = scratch.path().join("other.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut other = SqliteConnection::connect_with(&options).await.expect("a database is made");
    sqlx::raw_sql("CREATE TABLE orders (id INTEGER)").execute(&mut other).await.expect("a table is made");
    other.close().await.expect("it closes");
    let before = std::fs::read(&file).expect("it can be read");
    refused(&library(&["--db", file.to_str().expect("the path is text")]), "not a library");
    assert_eq!(std::fs::read(&file).expect("it can be read"), before);
}
