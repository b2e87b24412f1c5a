//! The tour of two layers in two instances, with a Redis and without.

mod process;

use std::process::Command;

use cache_redis::redis;
use examples::cluster::OwnServer;
use process::{infrastructure, refused, tour};
use serde_json::{Value, json};

fn list(of: &Value) -> &[Value] {
    of.as_array().unwrap_or_else(|| panic!("{of} is a list"))
}

fn number(of: &Value) -> f64 {
    of.as_f64().unwrap_or_else(|| panic!("{of} is a number"))
}

fn column<'a>(rows: &'a Value, name: &str) -> Vec<&'a str> {
    list(rows).iter().map(|row| row[name].as_str().unwrap_or_else(|| panic!("{row} has no text `{name}`"))).collect()
}

fn small() -> Command {
    let mut command = infrastructure();
    command.args(["--invalidations", "30", "--callers", "8"]);
    command
}

/// Whatever is behind memory.
fn each_value_has_its_own_time(tour: &Value) {
    let seconds = |key: &str| {
        let row = list(&tour["times"]).iter().find(|row| row["key"] == key);
        row.unwrap_or_else(|| panic!("{key} is kept: {}", tour["times"]))["seconds"].clone()
    };
    for (key, lives) in [
        ("user:42", 1_800.0),
        ("user_profile:42", 6.0 * 3_600.0),
        ("metric:requests_per_minute", 120.0),
        ("payment_token:42", 900.0),
        ("billing:42", 3_600.0),
        ("pipeline_metadata:nightly", 3_600.0),
    ] {
        let left = number(&seconds(key));
        assert!((lives - 10.0..=lives).contains(&left), "{key}: {left}");
    }
    assert_eq!(seconds("pipeline_config:nightly"), Value::Null, "until it is changed");
    let row = |function: &str| list(&tour["times"]).iter().find(|row| row["function"] == function).expect("it is kept");
    let session = &row("get_session")["seconds"];
    assert!((890.0..=900.0).contains(&number(session)), "as long as it is valid: {session}");
    let long = row("search_users")["key"].as_str().expect("a name");
    assert!(long.starts_with("user_search:~") && long.len() < 60, "a digest: {long}");
    assert_eq!(row("price_label")["local"], true, "a sync function");
}

fn limits_are_noticed(tour: &Value) {
    let limits = &tour["limits"];
    assert_eq!(limits["oversized"], 10);
    assert!(number(&limits["evictions"]) >= 500.0, "{limits}");
    let said = limits["warnings"].to_string() + &limits["recommendations"].to_string();
    for part in ["too large to be kept", "its key changes with every call", "the threshold is 50.0 %"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn two_instances_over_a_redis_share_and_tell() {
    let tour = tour(&mut small());
    assert_eq!(tour["shared"], true, "{}", tour["backend"]);
    each_value_has_its_own_time(&tour);
    assert_eq!(column(&tour["layers"], "source"), ["database", "redis", "memory", "database", "redis"]);
    let entry = &tour["entry"];
    assert_eq!((&entry["key"], &entry["redis_key"]), (&json!("user:7"), &json!("cache:user:7")));
    assert!((1_700.0..=1_800.0).contains(&number(&entry["redis_expires_in"])), "{entry}");
    let stored: Value = serde_json::from_str(entry["redis_value"].as_str().expect("a text")).expect("it is JSON");
    assert_eq!(stored, json!({ "id": 7, "name": "Nina", "email": "user7@example.org" }));

    let events = &tour["events"];
    assert_eq!(column(events, "event"), ["USER_UPDATED", "USER_DELETED", "ITEM_UPDATED", "ITEM_DELETED"]);
    assert_eq!(events[0]["here"], json!(["user:21", "user_profile:21"]));
    assert!(list(&events[1]["here"]).contains(&json!("payment_token:22")), "{events}");
    assert_eq!(events[2]["here"], json!(["item:31", "item_list:0:10"]));
    for event in list(events) {
        let there = list(&event["there"]);
        assert!(there.len() >= 2 && there.iter().all(|name| list(&event["here"]).contains(name)), "{event}");
    }
    assert!(number(&tour["cache_invalidated_events"]) >= 9.0, "each invalidation was announced");

    for (delay, timed) in [("invalidation_delay", 30), ("invalidation_delay_on_client", 20)] {
        let delay = &tour[delay];
        assert_eq!((&delay["invalidations"], &delay["unheard"]), (&json!(timed), &json!(0)));
        assert!(number(&delay["p50_us"]) > 0.0 && number(&delay["p50_us"]) <= number(&delay["p99_us"]), "{delay}");
    }
    for stampede in list(&tour["stampedes"]) {
        assert_eq!((&stampede["callers"], &stampede["loads"]), (&json!(16), &json!(1)), "one for both instances");
    }
    let (away, back) = (&tour["outage"]["away"], &tour["outage"]["back"]);
    assert!(number(&away["owed"]) >= 1.0, "the change is owed: {away}");
    assert_eq!((&away["reads"], &away["instances_without_it"]), (&json!(80), &json!(2)));
    assert!(away["warning"].as_str().is_some_and(|warning| warning.contains("keeps failing")), "{away}");
    assert_eq!((&back["complete"], &back["current"]), (&json!(true), &json!(true)), "{back}");
    limits_are_noticed(&tour);
    for instance in list(&tour["instances"]) {
        assert!(number(&instance["stats"]["shared_hits"]) > 0.0 && number(&instance["shared"]["told"]) > 0.0);
        assert_eq!((&instance["shared"]["owed"], &instance["shared"]["open"]), (&json!(0), &json!(false)));
    }
}

/// Without a server, and where the environment wants none.
#[test]
fn on_memory_alone_each_instance_is_its_own() {
    let nothing = tempfile::tempdir().expect("a directory is made");
    let (mut without, mut development) = (small(), small());
    without.env("PATH", nothing.path());
    development.env("ENVIRONMENT", "development").env("REDIS_URL", "redis://127.0.0.1:1");
    for (command, why) in [(&mut without, "no redis-server"), (&mut development, "ENVIRONMENT=development")] {
        let tour = tour(command);
        assert!(tour["backend"].as_str().is_some_and(|text| text.contains(why)), "{}", tour["backend"]);
        each_value_has_its_own_time(&tour);
        assert_eq!(column(&tour["layers"], "source"), ["database", "database", "memory", "database", "database"]);
        assert!(list(&tour["events"]).iter().all(|event| event["there"] == json!([])), "nobody tells the other");
        assert_eq!(
            (&tour["invalidation_delay"], &tour["outage"]["away"], &tour["entry"]["redis_key"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        for stampede in list(&tour["stampedes"]) {
            assert_eq!(stampede["loads"], 2);
        }
        limits_are_noticed(&tour);
        let summary = tour["summary"].to_string();
        assert!(summary.contains("left out: there is no Redis"), "{summary}");
    }
}

#[tokio::test]
async fn a_redis_of_the_users_is_not_killed_and_left_as_it_was() {
    let server = OwnServer::start().await.expect("it starts").expect("redis-server is installed");
    let mut connection =
        redis::Client::open(server.url()).and_then(|client| client.get_connection()).expect("it answers");
    redis::cmd("SET").arg("cache:user:42").arg("somebody else's").query::<()>(&mut connection).expect("it is set");
    let tour = tour(small().env("REDIS_URL", server.url()));
    assert_eq!((&tour["shared"], &tour["outage"]["away"]), (&json!(true), &Value::Null));
    assert!(tour["summary"].to_string().contains("left out: the Redis is not this run's"));
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).expect("it answers as before");
    assert_eq!(keys, ["cache:user:42"]);
}

#[test]
fn without_options_it_ends_with_a_table() {
    let run = small().output().expect("the binary runs");
    let text = String::from_utf8(run.stdout).expect("the output is text");
    assert_eq!((run.status.code(), String::from_utf8_lossy(&run.stderr).as_ref()), (Some(0), ""));
    for part in ["a Redis of this run's own", "┆ user:42 ", "USER_DELETED", "health() warns", "What it comes to"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(text.trim_end().ends_with("build"), "{text}");
}

#[test]
fn what_the_caller_can_mend_is_one_line_and_exit_code_2() {
    let run = |set_up: &dyn Fn(&mut Command)| {
        let mut command = infrastructure();
        set_up(&mut command);
        command.output().expect("the binary runs")
    };
    refused(&run(&|command| _ = command.args(["--callers", "0"])), "--callers");
    refused(&run(&|command| _ = command.args(["--invalidations", "many"])), "--invalidations");
    refused(&run(&|command| _ = command.arg("--serve")), "--serve");
    refused(&run(&|command| _ = command.args(["--database", "/"])), "unable to open");
    refused(&run(&|command| _ = command.env("REDIS_URL", "http://127.0.0.1")), "REDIS_URL");
    refused(&run(&|command| _ = command.env("REDIS_HOST", "127.0.0.1").env("REDIS_PORT", "much")), "REDIS_HOST");
    let nobody = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", "1")];
    refused(&run(&|command| _ = command.envs(nobody)), "does not answer");
}
