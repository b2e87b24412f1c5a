//! From those who tell to those who listen: a bounded queue for each.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::{CacheEvent, Notes};

/// Where a cache's events are told. The lock is a leaf but for the queues', which are taken under it.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    /// Read at every site, apart from the rest. std's, not the model's: in no model does anybody listen.
    listeners: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queues: Vec<Arc<Queue>>,
    /// Told of the end alone.
    endings: Vec<Arc<Queue>>,
    closed: bool,
}

/// One subscriber's events.
#[derive(Debug)]
pub(super) struct Queue {
    capacity: usize,
    state: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<CacheEvent>,
    lost: u64,
    closed: bool,
    waker: Option<Waker>,
}

impl Bus {
    /// Whether anybody listens. Relaxed: who begins to listen is told what happens after, on whichever thread can know.
    #[inline]
    pub(crate) fn is_listening(&self) -> bool {
        self.listeners.load(Ordering::Relaxed) > 0
    }

    /// For an operation under locks; told by [`tell_all`](Self::tell_all).
    #[inline]
    pub(crate) fn notes(&self) -> Notes {
        Notes::new(self.is_listening())
    }

    /// Tells what was noted. Call it with nothing locked: it wakes who waits.
    #[inline]
    pub(crate) fn tell_all(&self, notes: Notes) {
        if !notes.events.is_empty() {
            self.send(&notes.events);
        }
    }

    /// Tells one event, made only if somebody listens. Call it with nothing locked.
    #[inline]
    pub(crate) fn tell(&self, event: impl FnOnce() -> CacheEvent) {
        if self.is_listening() {
            self.send(&[event()]);
        }
    }

    #[cold]
    fn send(&self, events: &[CacheEvent]) {
        let mut wakers: SmallVec<[Waker; 4]> = SmallVec::new();
        {
            let state = self.state.lock();
            wakers.extend(state.queues.iter().filter_map(|queue| queue.push(events)));
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn subscribe(&self, capacity: usize) -> Arc<Queue> {
        let queue = Queue::new(capacity);
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            queue.close();
        } else {
            state.queues.push(queue.clone());
            self.listeners.fetch_add(1, Ordering::Relaxed);
        }
        queue
    }

    pub(super) fn unsubscribe(&self, queue: &Arc<Queue>) {
        let mut state = self.state.lock();
        if let Some(at) = state.queues.iter().position(|other| Arc::ptr_eq(other, queue)) {
            // Not the last reference: its waker is not dropped here.
            state.queues.swap_remove(at);
            self.listeners.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// To be woken when the cache is closed or gone.
    pub(crate) fn ending(self: &Arc<Self>) -> Ending {
        let queue = Queue::new(0);
        let mut state = self.state.lock();
        if state.closed {
            drop(state);
            queue.close();
        } else {
            state.endings.push(queue.clone());
        }
        Ending { queue, bus: Arc::downgrade(self) }
    }

    /// Nothing more happens.
    pub(crate) fn close(&self) {
        let (queues, endings) = {
            let mut state = self.state.lock();
            state.closed = true;
            (std::mem::take(&mut state.queues), std::mem::take(&mut state.endings))
        };
        self.listeners.fetch_sub(queues.len(), Ordering::Relaxed);
        queues.iter().chain(&endings).for_each(|queue| queue.close());
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self { capacity, state: Mutex::default() })
    }

    /// Adds events in place of the oldest; gives who waits for them.
    fn push(&self, events: &[CacheEvent]) -> Option<Waker> {
        let mut state = self.state.lock();
        for event in events {
            if state.events.len() >= self.capacity {
                state.events.pop_front();
                state.lost += 1;
            }
            state.events.push_back(event.clone());
        }
        state.waker.take()
    }

    fn close(&self) {
        let waker = {
            let mut state = self.state.lock();
            state.closed = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next event; `None` once there will be none.
    pub(super) fn take(&self) -> Poll<Option<CacheEvent>> {
        self.state.lock().take()
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<Option<CacheEvent>> {
        // A waker is user code: cloned before the lock, and the one that it replaces is dropped after.
        let mut waker = Some(context.waker().clone());
        let mut state = self.state.lock();
        let next = state.take();
        if next.is_pending() {
            std::mem::swap(&mut state.waker, &mut waker);
        }
        drop(state);
        drop(waker);
        next
    }
}

impl Waiting {
    fn take(&mut self) -> Poll<Option<CacheEvent>> {
        if self.lost > 0 {
            return Poll::Ready(Some(CacheEvent::Lost { events: std::mem::take(&mut self.lost) }));
        }
        match self.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if self.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// The end of a cache, waited for.
#[derive(Debug)]
pub(crate) struct Ending {
    queue: Arc<Queue>,
    bus: std::sync::Weak<Bus>,
}

impl Ending {
    /// Ready once the cache is closed or gone.
    pub(crate) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        self.queue.poll(context).map(drop)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some(bus) = self.bus.upgrade() else { return };
        bus.state.lock().endings.retain(|other| !Arc::ptr_eq(other, &self.queue));
    }
}
