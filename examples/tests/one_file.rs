//! The examples of one file: what they print.

use std::process::Command;

fn printed(binary: &str) -> String {
    let run = Command::new(binary).output().expect("the binary runs");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("the output is text")
}

#[test]
fn deferred_fires_after_the_commit_and_not_after_a_rollback() {
    let expected = "\
before: (100, 0)
written, not committed: (100, 0), 2 invalidations wait
flushed: 2 entries
committed: (70, 30)
an account holds no less than nothing: true, 2 invalidations wait
rolled back: (70, 30)
loads for it: 0
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_deferred")), expected);
}

#[test]
fn events_tells_what_happens_in_order() {
    let expected = "\
+ artist:42 of get_artist: load
~ artist:42 of get_artist
! artist:666 of get_artist: error
- artist:42 of get_artist: 1 by key
- search:*: 0 by pattern
+ artist:7 of get_artist: load
- artist:7 of get_artist: ttl
- everything: 0
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_events")), expected);
}

#[test]
fn event_rules_are_applied_to_one_event_and_to_a_stream() {
    let expected = "\
user 1 was updated: 2 entries
left: session:2:laptop, session:2:phone, user:2, user_profile:2
4 events, 1 of them about nothing, 0 errors
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_event_rules")), expected);
}

#[test]
fn cascade_takes_the_children_of_a_deleted_album_and_of_no_other() {
    let expected = "\
album 1: Some(\"Montreux\") [10, 11] Some(\"a.jpg\") Some([1])
album 2: Some(\"Antibes\") [20] Some(\"c.jpg\") Some([3])
deleted: 4 entries went
album 1: None [] None None
album 2: Some(\"Antibes\") [20] Some(\"c.jpg\") Some([3])
albums loaded: 3
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_cascade")), expected);
}

#[test]
fn observe_tells_which_calls_were_made_and_how_each_was_answered() {
    let expected = "\
[\"artist 1\", \"artist 2\"], of 3 calls
  get_artist artist:1: miss, stored, ttl 60 s
  get_artist artist:2: hit, age 20 s, ttl 40 s
  page page:1: miss, stored, ttl 300 s
2 names, Some(\"artist 2\"), None
  get_artist artist:100: miss, absent
  get_artist artist:2: miss (stale), stored, ttl 60 s
  page page:1: hit, age 41 s, ttl 259 s
22 letters: 1 hit, 1 miss
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_observe")), expected);
}

#[test]
fn warm_fills_the_cache_and_stops_at_the_signal() {
    let expected = "\
popular: 2 warmed, 1 already there, 1 not stored, 1 failed, 0 skipped in 0ns
  artist:13: no connection
recent users: 2 warmed, 0 already there, 0 not stored, 0 failed, 0 skipped in 0ns
all: 4 warmed, 1 already there, 1 not stored, 1 failed, 0 skipped in 0ns
Some(\"artist 1\") was a hit
catalogue: 1 of None
catalogue: 2 of None
catalogue: 3 of None
catalogue: 4 of None
stopped: true, 4 warmed
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_warm")), expected);
}

#[test]
fn batch_says_where_each_item_came_from() {
    let expected = "\
one: Some(\"So What\")
many:
  query for [2, 3, 99]
  1: So What (hit)
  2: Freddie Freeloader (loaded)
  3: Blue in Green (loaded)
  99: absent (loaded)
  hit rate 25 %, in time: true
again, without 2:
  query for [2]
  3: Blue in Green (hit)
  2: Freddie Freeloader (loaded)
  99: absent (hit)
  hit rate 67 %, in time: true
two who overlap:
  query for [4]
  track 4 is loaded 1 time, the other waits for it or finds it
requests: 10, loads: 5
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_batch")), expected);
}
