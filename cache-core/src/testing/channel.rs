//! What the instances on a tier in memory tell each other.

use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::tier::{Backplane, Message, News, TierFuture};

/// So many messages wait for a listener at most.
const ROOM: usize = 1_024;

/// To all who listen.
#[derive(Default)]
pub(super) struct Channel(Mutex<Vec<(String, Weak<Mutex<Heard>>)>>);

/// What waits for a listener.
struct Heard {
    messages: Vec<Message>,
    /// More was told than there is room for, or it has just begun to listen.
    missed: bool,
    waker: Option<Waker>,
}

impl Channel {
    pub(super) fn tell(&self, namespace: &str, message: &Message) {
        let mut wakers = Vec::new();
        self.0.lock().retain(|(space, listener)| {
            let Some(listener) = listener.upgrade() else { return false };
            if space == namespace {
                let mut heard = listener.lock();
                if heard.messages.len() < ROOM {
                    heard.messages.push(message.clone());
                } else {
                    heard.missed = true;
                }
                wakers.extend(heard.waker.take());
            }
            true
        });
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn listen(&self, namespace: &str, clock: Clock) -> impl Backplane + use<> {
        let heard = Arc::new(Mutex::new(Heard { messages: Vec::new(), missed: true, waker: None }));
        self.0.lock().push((namespace.to_owned(), Arc::downgrade(&heard)));
        Ear { heard, clock }
    }
}

struct Ear {
    heard: Arc<Mutex<Heard>>,
    clock: Clock,
}

impl Backplane for Ear {
    fn next(&mut self, wait: Duration) -> TierFuture<'_, News> {
        // From now on, not from when it is polled.
        let until = self.clock.after(wait);
        Box::pin(async move {
            let news = poll_fn(|context| {
                let mut heard = self.heard.lock();
                if std::mem::take(&mut heard.missed) {
                    heard.messages.clear();
                    return Poll::Ready(News::Missed);
                }
                if heard.messages.is_empty() {
                    let before = heard.waker.replace(context.waker().clone());
                    drop(heard);
                    drop(before);
                    return Poll::Pending;
                }
                Poll::Ready(News::Heard(std::mem::take(&mut heard.messages)))
            });
            Ok(self.clock.timeout(until, news).await.unwrap_or_else(|| News::Heard(Vec::new())))
        })
    }
}
