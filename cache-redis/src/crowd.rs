//! Reads that are asked for side by side go together: one `MGET` for many `GET`s.
//!
//! A read goes by itself while few are under way. Beyond that it is written down, and a task on the connection's runtime
//! sends what has been written down by the time that it runs. It is a task and none of the callers, so that nobody's read
//! depends on another caller being polled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use redis::{Cmd, ErrorKind, RedisError, RedisResult, Value};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::link::Way;
use crate::request::Request;

/// So many reads at once go by themselves: a caller or two have nothing to gain.
const FEW: usize = 4;

/// How many go together: the first of them has its answer when the last has, however long their records are, and what one
/// command takes keeps every other client waiting.
const AT_ONCE: usize = 16;

/// The reads of one connection.
#[derive(Default)]
pub(crate) struct Crowd {
    /// Relaxed: it decides which way a read goes, and each is as good.
    under_way: AtomicUsize,
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    key: String,
    answer: oneshot::Sender<RedisResult<Value>>,
}

/// A read under way, until this is dropped.
pub(crate) struct Reading<'a> {
    crowd: &'a Arc<Crowd>,
    /// How many were under way before.
    others: usize,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.crowd.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Crowd {
    pub(crate) fn begin(self: &Arc<Self>) -> Reading<'_> {
        Reading { crowd: self, others: self.under_way.fetch_add(1, Ordering::Relaxed) }
    }

    fn first(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock();
        let end = waiting.len().min(AT_ONCE);
        waiting.drain(..end).collect()
    }
}

/// The way of those that wait first. Dropped before that, as its runtime goes down, it lets them know.
struct Errand {
    crowd: Arc<Crowd>,
    sent: bool,
}

impl Drop for Errand {
    fn drop(&mut self) {
        if !self.sent {
            drop(self.crowd.first());
        }
    }
}

impl Errand {
    async fn run(mut self, way: Way) {
        // Those that are about to be polled come along.
        tokio::task::yield_now().await;
        let first = self.crowd.first();
        // Those that come from now on have another.
        self.sent = true;
        // Who has gone wants no answer.
        let asked: Vec<Waiting> = first.into_iter().filter(|waiting| !waiting.answer.is_closed()).collect();
        if asked.is_empty() {
            return;
        }
        let len = asked.iter().map(|waiting| waiting.key.len()).sum::<usize>();
        let mut command = Cmd::with_capacity(asked.len() + 1, "MGET".len() + len);
        command.arg("MGET");
        for waiting in &asked {
            command.arg(&waiting.key);
        }
        let answers = match way.ask(Request::Command(&command)).await {
            Ok(Value::Array(answers)) if answers.len() == asked.len() => answers,
            answer => {
                let error =
                    answer.err().unwrap_or_else(|| failure(ErrorKind::UnexpectedReturnType, "it is no such list"));
                for waiting in asked {
                    let _ = waiting.answer.send(Err(error.clone()));
                }
                return;
            }
        };
        for (waiting, answer) in asked.into_iter().zip(answers) {
            let _ = waiting.answer.send(Ok(answer));
        }
    }
}

impl Reading<'_> {
    /// Whether it goes together with others.
    pub(crate) fn is_in_company(&self) -> bool {
        self.others >= FEW
    }

    /// What stands under a key; nothing where that is no string.
    pub(crate) async fn together(&self, key: String, way: Way, runtime: &Handle) -> RedisResult<Value> {
        let (answer, answered) = oneshot::channel();
        let before = {
            let mut waiting = self.crowd.waiting.lock();
            waiting.push(Waiting { key, answer });
            waiting.len() - 1
        };
        // Each task takes so many: one is on its way for all but the first.
        if before.is_multiple_of(AT_ONCE) {
            runtime.spawn(Errand { crowd: self.crowd.clone(), sent: false }.run(way));
        }
        answered.await.unwrap_or_else(|_| Err(failure(ErrorKind::Client, "the connection's runtime is gone")))
    }
}

fn failure(kind: ErrorKind, why: &'static str) -> RedisError {
    (kind, why).into()
}
