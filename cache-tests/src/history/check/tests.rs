use std::time::Duration;

use super::super::{Put, Reach, Removal};
use super::*;

const KEY: Key = Key { group: 0, number: 0 };

/// A call with a body of its own: invoked, began, ended, returned.
fn load(id: u64, [invoked, began, ended, returned]: [Stamp; 4]) -> (Call, Load) {
    let answer = Answer::Value(Value { key: KEY, id });
    let call = Call {
        id,
        key: KEY,
        invoked,
        returned,
        answer,
        sync: false,
        nested: false,
        refresh: false,
        graceful: false,
        at: Default::default(),
    };
    (call, Load { id, call: id, key: KEY, began, ended, how: Ended::Value, ttl: Duration::MAX / 2 })
}

fn hit(id: u64, value: u64, invoked: Stamp) -> Call {
    Call { id, answer: Answer::Value(Value { key: KEY, id: value }), ..load(id, [invoked, 0, 0, invoked + 1]).0 }
}

fn history(loads: Vec<(Call, Load)>) -> History {
    let (calls, loads) = loads.into_iter().unzip();
    History { calls, loads, ..History::default() }
}

fn verdict(history: &History) -> &'static str {
    let known = ["fenced off", "outran a refresh", "ran at once", "something else", "nobody made", "did not panic"];
    match check(history) {
        Ok(()) => "fine",
        Err(what) => known.into_iter().find(|known| what.contains(known)).unwrap_or("unknown"),
    }
}

#[test]
fn a_value_may_not_come_back_after_its_removal() {
    let removal = |invoked, returned| Removal { reach: Reach::Group(0), invoked, returned };
    let mut history = history(vec![load(1, [1, 2, 10, 12])]);
    history.calls.push(hit(2, 1, 20));
    assert_eq!(verdict(&history), "fine");
    history.removals = vec![removal(5, 8)];
    assert_eq!(verdict(&history), "fenced off");
    history.removals = vec![removal(5, 30), removal(0, 1), Removal { reach: Reach::Group(1), ..removal(5, 8) }];
    assert_eq!(verdict(&history), "fine");
}

#[test]
fn nor_after_a_put_or_a_refresh() {
    let mut put = history(vec![load(1, [1, 2, 10, 12])]);
    put.calls.push(hit(2, 1, 20));
    put.puts.push(Put { id: 3, key: KEY, invoked: 4, returned: 5 });
    assert_eq!(verdict(&put), "fenced off");
    let mut refresh = history(vec![load(1, [1, 2, 10, 12]), load(2, [3, 4, 14, 16])]);
    refresh.calls[1].refresh = true;
    assert_eq!(verdict(&refresh), "fine");
    refresh.calls.push(hit(3, 1, 11));
    assert_eq!(verdict(&refresh), "outran a refresh");
    refresh.calls[2] = hit(3, 1, 20);
    assert_eq!(verdict(&refresh), "fenced off");
}

#[test]
fn a_load_beside_its_caller_gives_it_something_else_and_no_grace_outlives_a_removal() {
    let mut history = history(vec![load(1, [1, 2, 3, 4]), load(2, [5, 9, 10, 6])]);
    history.calls[1].answer = history.calls[0].answer;
    assert_eq!(verdict(&history), "something else");
    history.calls[1].graceful = true;
    assert_eq!(verdict(&history), "fine");
    history.removals = vec![Removal { reach: Reach::All, invoked: 4, returned: 4 }];
    assert_eq!(verdict(&history), "fenced off");
}

#[test]
fn bodies_overlap_for_a_reason_only() {
    let mut history = history(vec![load(1, [1, 2, 10, 12]), load(2, [3, 4, 8, 9])]);
    assert_eq!(verdict(&history), "ran at once");
    history.removals = vec![Removal { reach: Reach::All, invoked: 2, returned: 3 }];
    assert_eq!(verdict(&history), "fine");
    history.removals.clear();
    history.calls[1].sync = true;
    assert_eq!(verdict(&history), "fine");
    history.calls[0].sync = true;
    assert_eq!(verdict(&history), "ran at once");
}

#[test]
fn a_thread_does_not_wait_for_a_task_that_has_yet_to_run_a_body_beside_its_caller() {
    let before = load(1, [1, 2, 3, 4]);
    let mut history = history(vec![before, load(2, [5, 9, 10, 6]), load(3, [7, 8, 11, 12])]);
    history.calls[1].answer = history.calls[0].answer;
    history.calls[1].graceful = true;
    assert_eq!(verdict(&history), "ran at once");
    history.calls[2].sync = true;
    assert_eq!(verdict(&history), "fine");
    // It runs already.
    (history.calls[2].invoked, history.loads[2].began) = (10, 10);
    history.loads[1].ended = 11;
    assert_eq!(verdict(&history), "ran at once");
}

#[test]
fn answers_are_what_was_made_for_them() {
    let mut other = history(vec![load(1, [1, 2, 3, 4])]);
    other.calls[0].answer = Answer::Value(Value { key: KEY, id: 9 });
    assert_eq!(verdict(&other), "nobody made");
    let mut another = history(vec![load(1, [1, 2, 3, 4]), load(2, [5, 6, 7, 8])]);
    another.calls[1].answer = another.calls[0].answer;
    assert_eq!(verdict(&another), "something else");
    let mut panic = history(vec![load(1, [1, 2, 3, 4])]);
    panic.calls.push(Call { answer: Answer::Panicked, ..hit(2, 1, 5) });
    assert_eq!(verdict(&panic), "did not panic");
}
