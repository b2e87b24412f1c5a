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

#[test]
fn stale_serves_what_was_right_until_it_is_invalidated() {
    let expected = "\
a minute fresh, half a minute more while the next is asked for, an hour more while the bank is down:
         the bank says 100
    0 s  Ok(100), miss, 0 s old; the bank was asked first
   59 s  Ok(100), hit, 59 s old
         the bank says 101
   70 s  Ok(100), stale, 70 s old; the bank is asked meanwhile
   71 s  Ok(101), hit, 1 s old
         the bank is down
  135 s  Ok(101), stale, 65 s old; the bank is asked meanwhile
  140 s  Ok(101), stale, 70 s old
  146 s  Ok(101), stale, 76 s old; the bank is asked meanwhile
  200 s  Ok(101), stale, 130 s old; the bank was asked first
  205 s  Ok(101), stale, 135 s old
 3000 s  Ok(101), stale, 2930 s old; the bank was asked first
         the bank says 103
 3011 s  Ok(103), miss, 0 s old; the bank was asked first
 3012 s  Ok(103), hit, 1 s old
         expired: true
         the bank says 104
 3013 s  Ok(103), stale, 2 s old; the bank is asked meanwhile
 3014 s  Ok(104), hit, 1 s old
         the bank is down
 3100 s  Ok(104), stale, 87 s old; the bank is asked meanwhile
         invalidated: 1
 3101 s  Err(\"no rate of eur\"), miss, 0 s old; the bank was asked first
9 of 16 calls were answered past the time
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_stale")), expected);
}

#[test]
fn timeouts_answers_in_time_and_keeps_what_the_load_gives() {
    let expected = "\
nothing is there:
  after 2s: `forecast` took longer than its timeout of 2s
the load went on:
  after 0ns: forecast 1 of Rome
past its time:
  after 200ms: forecast 1 of Rome
that load went on, too:
  after 0ns: forecast 2 of Rome
1 timed out, 1 past its time, 2 loads
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_timeouts")), expected);
}

#[test]
fn refreshing_makes_anew_beside_its_callers_spreads_the_ends_and_adapts() {
    let expected = "\
refresh_ahead = 0.8, of a minute:
  edition 1, page 1: miss, loads so far: 1
  edition 1, page 1: hit, loads so far: 1
  edition 1, page 1: hit, loads so far: 2
  edition 2, page 1: hit, loads so far: 2
  edition 2, page 1: hit, loads so far: 2
jitter = 0.3, of 100 s:
  1000 entries of one moment
  none ends before 70 s: true, none after 100 s: true
  the first and the last are more than 20 s apart: true
adaptive_ttl = \"5s..40s\", from 10 s on:
  the first: 10 s
  the same: 20 s
  the same: 40 s
  the same: 40 s
  changed: 20 s
  changed: 10 s
  changed: 5 s
  changed: 5 s
  8 loads
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_refreshing")), expected);
}

#[test]
fn conditional_sends_a_body_per_version_and_not_per_question() {
    let expected = "\
version 1; questions: 1, bodies: 1, bytes: 10000
version 1; questions: 2, bodies: 1, bytes: 10000
version 1; questions: 3, bodies: 1, bytes: 10000
version 2; questions: 4, bodies: 2, bytes: 20000
version 2; questions: 5, bodies: 2, bytes: 20000
505 calls, 500 hits, 5 loads
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_conditional")), expected);
}

#[test]
fn tags_reach_entries_of_any_name() {
    let expected = "\
asked for; there are 8:
  made_by:acme made_by:zeta prices:kitchen prices:light product:kettle product:lamp product:pot product:torch
the kitchen is reduced; there are 5:
  made_by:acme made_by:zeta prices:light product:lamp product:torch
acme has another name, 3 entries went; there are 3:
  made_by:zeta prices:light product:torch
asked for; there are 8:
  made_by:acme made_by:zeta prices:kitchen prices:light product:kettle product:lamp product:pot product:torch
[(\"kettle\", 35), (\"pot\", 20)]
4 of 17 calls were hits
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_tags")), expected);
}

#[test]
fn spans_tell_of_loads_and_of_nobodys_data() {
    let expected = "\
a miss:
DEBUG load{function=\"get_artist\" prefix=\"artist\" background=false outcome=\"value\" took_ms=250.0}: cache: close
a hit, which is no load:
a page with loads inside of its own:
DEBUG load{function=\"page\" prefix=\"page\" background=false}:\
load{function=\"get_artist\" prefix=\"artist\" background=false outcome=\"value\" took_ms=250.0}: cache: close
DEBUG load{function=\"page\" prefix=\"page\" background=false}:\
load{function=\"get_artist\" prefix=\"artist\" background=false outcome=\"absent\" took_ms=250.0}: cache: close
DEBUG load{function=\"page\" prefix=\"page\" background=false outcome=\"value\" took_ms=500.0}: cache: close
an error:
DEBUG load{function=\"get_artist\" prefix=\"artist\" background=false outcome=\"error\" took_ms=250.0}: cache: close
Err(\"no connection\")
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_spans")), expected);
}

#[test]
fn upkeep_reclaims_and_resizes_while_the_cache_runs() {
    let expected = "\
500 visits: 500 fresh, 0 expired; 0 expirations, 0 evictions
half a minute later: 300 fresh, 200 expired; 0 expirations, 0 evictions
cleanup_expired: 200 entries
after it: 300 fresh, 0 expired; 200 expirations, 0 evictions
guests came back, and went: 300 fresh, 200 expired; 200 expirations, 0 evictions
cleanup_every(60 s): 300 fresh, 0 expired; 400 expirations, 0 evictions
without it: 300 fresh, 200 expired; 400 expirations, 0 evictions
resize to 150 entries: 150 fresh, 0 expired; 600 expirations, 150 evictions
resize to half of its bytes: it fits: true, it holds some of them still: true
there is room again: 300 fresh
a cache of no entries or no bytes holds nothing: to end its work, call `close()`
";
    assert_eq!(printed(env!("CARGO_BIN_EXE_upkeep")), expected);
}
