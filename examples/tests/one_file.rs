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
