//! Counts that are not written back yet, and whose turn it is to do so.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use parking_lot::Mutex;

use crate::clock::Ticks;

pub(super) struct Pending(Mutex<State>);

struct State {
    /// Added since the last write-back began.
    counts: HashMap<String, i64>,
    /// Being written back.
    writing: HashMap<String, i64>,
    /// How many additions `counts` are.
    times: u64,
    /// When the last write-back began.
    since: Ticks,
    /// Somebody has the turn.
    taken: bool,
    /// Their cache is closed.
    ended: bool,
    /// Of the last write-back, if it failed.
    error: Option<String>,
    /// Those who wait for the turn, or for the end.
    waiting: Vec<Waker>,
}

/// What an addition finds.
pub(super) struct Added {
    pub(super) times: u64,
    pub(super) since: Ticks,
    pub(super) ended: bool,
}

impl Pending {
    pub(super) fn new(now: Ticks, ended: bool) -> Self {
        Self(Mutex::new(State {
            counts: HashMap::new(),
            writing: HashMap::new(),
            times: 0,
            since: now,
            taken: false,
            ended,
            error: None,
            waiting: Vec::new(),
        }))
    }

    pub(super) fn add(&self, key: String, by: i64) -> Added {
        let mut state = self.0.lock();
        add(&mut state.counts, key, by);
        state.times = state.times.saturating_add(1);
        Added { times: state.times, since: state.since, ended: state.ended }
    }

    pub(super) fn get(&self, key: &str) -> i64 {
        let state = self.0.lock();
        let of = |counts: &HashMap<String, i64>| counts.get(key).copied().unwrap_or_default();
        of(&state.counts).saturating_add(of(&state.writing))
    }

    /// How many keys wait, those that are being written among them.
    pub(super) fn keys(&self) -> usize {
        let state = self.0.lock();
        state.counts.len() + state.writing.len()
    }

    pub(super) fn since(&self) -> Ticks {
        self.0.lock().since
    }

    pub(super) fn trouble(&self) -> Option<String> {
        self.0.lock().error.clone()
    }

    pub(super) fn end(&self) {
        let mut state = self.0.lock();
        state.ended = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits for what `ready` says, which is asked again after each change.
    async fn until<R>(&self, mut ready: impl FnMut(&mut State) -> Option<R>) -> R {
        poll_fn(|context| {
            // Cloned with nothing locked, as it is dropped: wakers may do anything.
            let waker = context.waker().clone();
            let mut state = self.0.lock();
            match ready(&mut state) {
                Some(output) => {
                    drop(state);
                    Poll::Ready(output)
                }
                None => {
                    if !state.waiting.iter().any(|other| other.will_wake(&waker)) {
                        state.waiting.push(waker);
                    }
                    Poll::Pending
                }
            }
        })
        .await
    }

    pub(super) async fn ended(&self) {
        self.until(|state| state.ended.then_some(())).await;
    }

    pub(super) async fn turn(&self) -> Turn<'_> {
        self.until(|state| (!std::mem::replace(&mut state.taken, true)).then_some(())).await;
        Turn(self)
    }

    pub(super) fn try_turn(&self) -> Option<Turn<'_>> {
        let taken = std::mem::replace(&mut self.0.lock().taken, true);
        // Not `then_some`: a turn that is made is given back.
        (!taken).then(|| Turn(self))
    }
}

fn add(counts: &mut HashMap<String, i64>, key: String, by: i64) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(by);
}

/// The turn to write back. Dropped before it is done, it leaves what it took to the next.
pub(super) struct Turn<'a>(&'a Pending);

impl Turn<'_> {
    /// Takes what there is, in the order of the keys, to be written back.
    pub(super) fn begin(&self, now: Ticks) -> Vec<(String, i64)> {
        let mut state = self.0.0.lock();
        let mut counts = std::mem::take(&mut state.counts);
        counts.retain(|_, count| *count != 0);
        let mut deltas: Vec<_> = counts.iter().map(|(key, count)| (key.clone(), *count)).collect();
        state.writing = counts;
        state.times = 0;
        state.since = now;
        drop(state);
        deltas.sort_unstable();
        deltas
    }

    /// All of it is written.
    pub(super) fn done(self) {
        let mut state = self.0.0.lock();
        state.error = None;
        state.writing.clear();
    }

    pub(super) fn failed(self, error: String) {
        self.0.0.lock().error = Some(error);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        let unwritten = std::mem::take(&mut state.writing);
        for (key, count) in unwritten {
            add(&mut state.counts, key, count);
        }
        state.taken = false;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}
