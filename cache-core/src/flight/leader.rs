//! The leader's side of a flight: running the body, and whether somebody still looks after it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::Flight;
use super::graph::Running;
use crate::clock::Ticks;
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};

/// Who runs the body: a task, which may be left unpolled, or a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Led {
    Task,
    Thread,
}

/// Whether the leader's task is being looked after: stands between the body and its task as a waker.
///
/// Plain loads and stores are enough. The alarm alone reads both, from another thread, and it may read them as they were
/// a moment ago whatever the order is: a poll can begin right after it has looked. What it acts on has to have been so
/// for as long as the patience lasts, and who sees the end of a poll (`polling`, released) sees what the poll had seen. A
/// wake that belongs to a body's poll comes after that poll's beginning, since the body hands its waker out in there; so
/// `woken` is not taken back by it.
#[derive(Default)]
pub(super) struct Leader {
    /// When the task was woken without having been polled since; zero where it was not.
    woken: AtomicU64,
    polling: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Leader {
    pub(super) fn woken_at(&self) -> Option<Ticks> {
        let woken = self.woken.load(Ordering::Acquire);
        (woken != 0 && !self.polling.load(Ordering::Acquire)).then_some(woken)
    }

    fn begin_poll(&self, task: &Waker) {
        self.polling.store(true, Ordering::Release);
        let task = task.clone();
        let old = self.task.lock().replace(task);
        // A waker may hold the last reference to a task, and that may hold anything: dropped with nothing locked.
        drop(old);
        // Now: who woke the task that was is answered by the poll to come.
        self.woken.store(0, Ordering::Release);
    }

    fn end_poll(&self, now: impl FnOnce() -> Ticks) {
        // A body that woke itself while it ran is due from now on.
        if self.woken.load(Ordering::Acquire) != 0 {
            self.woken.store(now(), Ordering::Release);
        }
        self.polling.store(false, Ordering::Release);
    }
}

impl Wake for Flight {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let _ = self.leader.woken.compare_exchange(0, self.clock.now(), Ordering::AcqRel, Ordering::Acquire);
        let task = self.leader.task.lock().clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

/// One poll on behalf of everyone who waits, under way.
struct Polled<'a> {
    waker: Waker,
    _running: Running,
    _end: End<'a>,
}

struct End<'a>(&'a Flight);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.leader.end_poll(|| self.0.clock.now());
    }
}

/// A part of a load, polled on behalf of everyone who waits for it; without a flight it is nobody else's.
pub(crate) struct Attended<'a, F> {
    pub(crate) flight: Option<&'a Arc<Flight>>,
    /// Entered while it is polled.
    pub(crate) span: Option<&'a tracing::Span>,
    pub(crate) part: Pin<&'a mut F>,
}

impl<F: Future> Future for Attended<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let polled = self.flight.map(|flight| flight.begin_poll(context.waker()));
        let waker = polled.as_ref().map_or(context.waker(), |polled| &polled.waker);
        let _entered = self.span.map(tracing::Span::enter);
        self.part.as_mut().poll(&mut Context::from_waker(waker))
    }
}

impl Flight {
    // Apart from the poll itself, which is compiled once per function.
    fn begin_poll(self: &Arc<Self>, task: &Waker) -> Polled<'_> {
        self.leader.begin_poll(task);
        let end = End(self);
        Polled { _running: Running::begin(self.id), waker: Waker::from(self.clone()), _end: end }
    }

    /// Runs a body that blocks.
    pub(crate) fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let _running = Running::begin(self.id);
        body()
    }
}
