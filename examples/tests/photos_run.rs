//! The tour of the photos, with a Redis and without.

mod process;

use std::process::Command;

use examples::cluster::OwnServer;
use process::{photos, refused, tour};
use serde_json::{Value, json};

fn list(of: &Value) -> &[Value] {
    of.as_array().unwrap_or_else(|| panic!("{of} is a list"))
}

fn number(of: &Value) -> f64 {
    of.as_f64().unwrap_or_else(|| panic!("{of} is a number"))
}

fn sources(tour: &Value) -> Vec<&str> {
    list(&tour["reads"]).iter().filter_map(|read| read["source"].as_str()).collect()
}

fn small() -> Command {
    let mut command = photos();
    command.args(["--invalidations", "30", "--callers", "8"]);
    command
}

/// The keys of the document's table, and how long each may be kept, in minutes.
const HELPERS: [(&str, u64, u64); 14] = [
    ("user:1:albums", 5, 10),
    ("album:1:details", 30, 60),
    ("album:1:faces", 60, 60),
    ("album:1:summary", 60, 60),
    ("album:1:clusters", 60, 60),
    ("album:1:photos", 10, 30),
    ("photo:1:details", 60, 60),
    ("photo:1:status", 1, 5),
    ("face:1:details", 24 * 60, 24 * 60),
    ("face:1:embedding", 24 * 60, 24 * 60),
    ("face:1:similar", 10, 30),
    ("user:1:profile", 60, 60),
    ("user:1:settings", 60, 60),
    ("user:1:permissions", 30, 30),
];

fn the_table_of_keys_is_kept(tour: &Value) {
    let rows = list(&tour["helpers"]);
    let find = |wanted: &dyn Fn(&str) -> bool| {
        let row = rows.iter().find(|row| row["key"].as_str().is_some_and(wanted));
        row.unwrap_or_else(|| panic!("it is in the table: {rows:?}"))
    };
    for (key, least, most) in HELPERS {
        let seconds = number(&find(&|found| found == key)["seconds"]);
        // Some of it may be over.
        assert!((60.0 * least as f64 - 10.0..=60.0 * most as f64).contains(&seconds), "{key}: {seconds}");
    }
    for (end, lives) in [(":results", 600.0), (":suggestions", 3_600.0)] {
        let row = find(&|key| key.starts_with("search:") && key.ends_with(end));
        let hash = row["key"].as_str().and_then(|key| key.split(':').nth(1)).expect("a segment");
        assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
        assert!((lives - 10.0..=lives).contains(&number(&row["seconds"])), "{row}");
    }
    assert_eq!(find(&|key| key == "album_search:1:status=new|title=album")["function"], "search_albums");
    assert_eq!(find(&|key| key == "photo:2:downloads")["seconds"], Value::Null, "until they are written");
}

fn changes_take_what_they_make_wrong(tour: &Value, told: bool) {
    let here = |row: usize| {
        let mut names: Vec<&str> = list(&tour["changes"][row]["here"]).iter().filter_map(Value::as_str).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(here(0), ["album:5:details", "user:1:albums"], "at once");
    assert_eq!(here(1), ["album:5:clusters", "album:5:faces", "album:5:summary", "photo:41:status"], "the job");
    assert_eq!(tour["changes"][1]["instance"], "two", "on the other instance");
    let searches = |names: &[&str]| names.iter().filter(|name| name.starts_with("search:")).count();
    assert!(here(2).contains(&"person_id:1:Ann") && searches(&here(2)) == 2, "{:?}", here(2));
    assert_eq!((searches(&here(3)), here(3).len()), (2, 2), "clear_cache(pattern)");
    for gone in ["album:5:photos", "photo:41:details", "face:81:details", "face:81:embedding", "user:1:albums"] {
        assert!(here(4).contains(&gone), "{gone}: {:?}", here(4));
    }
    for change in list(&tour["changes"]) {
        let (here, there) = (list(&change["here"]).len(), list(&change["there"]).len());
        assert!(if told { there > 0 && there <= here } else { there == 0 }, "{change}");
    }
}

fn statistics_are_as_dashboards_know_them(tour: &Value) {
    for instance in list(&tour["instances"]) {
        let cache = instance["cache"].as_object().expect("an object");
        let names: Vec<&str> = cache.keys().map(String::as_str).collect();
        let known = ["db_size", "deletes", "errors", "hit_rate", "hits", "misses", "sets", "total_requests"];
        assert_eq!(names, known);
        let (hits, total) = (number(&cache["hits"]), number(&cache["total_requests"]));
        assert_eq!(hits + number(&cache["misses"]), total);
        assert_eq!(cache["hit_rate"], format!("{:.2}%", 100.0 * hits / total));
        assert!(number(&cache["db_size"]) > 0.0 && number(&cache["sets"]) > 0.0 && number(&cache["deletes"]) > 0.0);
    }
}

/// Counts that the database gets, whatever else happens.
fn no_download_is_lost(tour: &Value) {
    let downloads = &tour["downloads"];
    assert_eq!((&downloads["key"], &downloads["downloads"]), (&json!("photo:7:downloads"), &json!(50)));
    assert_eq!((&downloads["written"], &downloads["unwritten"]), (&json!(40), &json!([5, 5])), "ten at a time");
    assert_eq!(downloads["written_after_flush"], 50);
}

#[test]
fn two_instances_over_a_redis_share_and_tell() {
    let tour = tour(&mut small());
    assert_eq!(tour["shared"], true, "{}", tour["backend"]);
    the_table_of_keys_is_kept(&tour);
    let found = ["database", "redis", "memory", "database", "memory", "memory", "redis", "redis"];
    assert_eq!(sources(&tour), found, "promoted, invalidated, warmed on login");
    assert_eq!(tour["queries_by_hand"], 0, "a key of one's own meets the function's entry");
    changes_take_what_they_make_wrong(&tour, true);
    let person = &tour["person"];
    let ids = list(&person["ids"]);
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{person}");
    assert_eq!((&person["rows"], &person["set_again"]), (&json!(1), &json!(0)));
    no_download_is_lost(&tour);
    assert_eq!(tour["downloads"]["shown"], 50, "one count for both");
    assert_eq!((&tour["batch"]["keys"], &tour["batch"]["found"]), (&json!(50), &json!(50)));
    let delay = &tour["invalidation_delay"];
    assert_eq!((&delay["invalidations"], &delay["unheard"]), (&json!(30), &json!(0)));
    for stampede in list(&tour["stampedes"]) {
        assert_eq!((&stampede["callers"], &stampede["loads"]), (&json!(16), &json!(1)), "one for both instances");
    }
    let outage = &tour["outage"];
    assert!(number(&outage["away"]["owed"]) >= 1.0, "{outage}");
    assert_eq!((&outage["away"]["reads"], &outage["refused_counts"]), (&json!(80), &json!(8)));
    assert_eq!((&outage["back"]["complete"], &outage["back"]["current"]), (&json!(true), &json!(true)));
    statistics_are_as_dashboards_know_them(&tour);
    let topics: Vec<_> = list(&tour["health"]["warnings"]).iter().map(|warning| warning["topic"].clone()).collect();
    assert!(topics.contains(&json!("shared_tier")), "any error is worth advice: {topics:?}");
    assert!(!topics.contains(&json!("conflict")), "{}", tour["health"]);
    assert!(number(&tour["redis_bytes"]) > 0.0);
}

#[test]
fn on_memory_alone_each_instance_is_its_own() {
    let nothing = tempfile::tempdir().expect("a directory is made");
    let (mut without, mut development) = (small(), small());
    without.env("PATH", nothing.path());
    development.env("ENVIRONMENT", "development").env("REDIS_URL", "redis://127.0.0.1:1");
    for (command, why) in [(&mut without, "no redis-server"), (&mut development, "ENVIRONMENT=development")] {
        let tour = tour(command);
        assert!(tour["backend"].as_str().is_some_and(|text| text.contains(why)), "{}", tour["backend"]);
        the_table_of_keys_is_kept(&tour);
        let found = ["database", "database", "memory", "database", "memory", "memory", "database", "database"];
        assert_eq!(sources(&tour), found);
        changes_take_what_they_make_wrong(&tour, false);
        no_download_is_lost(&tour);
        assert_eq!((&tour["downloads"]["shown"], &tour["batch"]["found"]), (&json!(25), &json!(0)), "each its own");
        assert_eq!((&tour["invalidation_delay"], &tour["outage"]["away"]), (&Value::Null, &Value::Null));
        statistics_are_as_dashboards_know_them(&tour);
        assert!(tour["summary"].to_string().contains("left out: there is no Redis"));
    }
}

#[tokio::test]
async fn a_redis_of_the_users_is_not_killed_and_left_as_it_was() {
    let server = OwnServer::start().await.expect("it starts").expect("redis-server is installed");
    let url = server.url();
    let (host, port) = url.strip_prefix("redis://").and_then(|place| place.split_once(':')).expect("a place");
    let tour = tour(small().env("REDIS_HOST", host).env("REDIS_PORT", port));
    assert_eq!((&tour["shared"], &tour["outage"]["away"]), (&json!(true), &Value::Null));
    assert!(tour["backend"].as_str().is_some_and(|text| text.contains("REDIS_HOST")), "{}", tour["backend"]);
    let client = cache_redis::redis::Client::open(url).expect("it is a URL");
    let mut connection = client.get_connection().expect("it answers as before");
    let keys: u64 = cache_redis::redis::cmd("DBSIZE").query(&mut connection).expect("a count");
    assert_eq!(keys, 0);
}

#[test]
fn without_options_it_ends_with_a_table() {
    let run = small().output().expect("the binary runs");
    let text = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(0), ""));
    for part in ["┆ face:1:embedding ", "cascade, after the commit", "hit_rate", "What it comes to"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(text.trim_end().ends_with("build"), "{text}");
}

#[test]
fn the_log_is_the_caches_own() {
    let run = small().args(["--log", "--json"]).env("ENVIRONMENT", "development").output().expect("the binary runs");
    assert_eq!(run.status.code(), Some(0));
    let log = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(log.contains("invalidated") && log.lines().all(|line| line.contains("cache")), "{log}");
    serde_json::from_slice::<Value>(&run.stdout).expect("the output is one JSON object all the same");
}

#[test]
fn what_the_caller_can_mend_is_one_line_and_exit_code_2() {
    for (arguments, mention) in [
        (&["--callers", "0"][..], "--callers"),
        (&["--request", "3"], "--request"),
        (&["--serve", "nowhere"], "nowhere"),
        (&["--serve", "127.0.0.1:0", "--json"], "--json"),
        (&["--database", "/"], "unable to open"),
    ] {
        refused(&photos().args(arguments).output().expect("the binary runs"), mention);
    }
    refused(&photos().env("REDIS_URL", "http://h").output().expect("the binary runs"), "REDIS_URL");
    let serving = photos().args(["--serve", "127.0.0.1:0"]).env("REDIS_URL", "http://h").output();
    refused(&serving.expect("the binary runs"), "REDIS_URL");
}
