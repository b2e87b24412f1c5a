//! Some futures on one task, each polled only when it was woken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

type Part<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Futures under way.
pub(super) struct Together<'a, T> {
    parts: Vec<(Part<'a, T>, Arc<Woken>)>,
    task: Arc<Task>,
}

/// The task that polls them. Its lock is a leaf.
#[derive(Default)]
struct Task(Mutex<Option<Waker>>);

struct Woken {
    is: AtomicBool,
    task: Arc<Task>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        // Release: who polls because of it sees what was done before.
        self.is.store(true, Ordering::Release);
        let waker = self.task.0.lock().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<'a, T> Together<'a, T> {
    pub(super) fn new() -> Self {
        Self { parts: Vec::new(), task: Arc::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn push(&mut self, part: Part<'a, T>) {
        let woken = Arc::new(Woken { is: AtomicBool::new(true), task: self.task.clone() });
        self.parts.push((part, woken));
    }

    /// Drops what is under way; says how many that were.
    pub(super) fn give_up(&mut self) -> usize {
        let parts = std::mem::take(&mut self.parts);
        parts.len()
    }

    /// What one of them gave. None where there is none.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        if self.parts.is_empty() {
            return Poll::Ready(None);
        }
        let old = self.task.0.lock().replace(context.waker().clone());
        // A waker may hold the last reference to a task: dropped with nothing locked.
        drop(old);
        for at in 0..self.parts.len() {
            let (part, woken) = &mut self.parts[at];
            if !woken.is.swap(false, Ordering::Acquire) {
                continue;
            }
            let waker = Waker::from(woken.clone());
            if let Poll::Ready(output) = part.as_mut().poll(&mut Context::from_waker(&waker)) {
                drop(self.parts.swap_remove(at));
                return Poll::Ready(Some(output));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn only_what_was_woken_is_polled_and_each_gives_its_output_once() {
        let polls: Vec<_> = (0..3).map(|_| Arc::new((AtomicUsize::new(0), Mutex::new(None::<Waker>)))).collect();
        let mut together = Together::new();
        for (index, seen) in polls.iter().enumerate() {
            let seen = seen.clone();
            together.push(Box::pin(poll_fn(move |context| {
                *seen.1.lock() = Some(context.waker().clone());
                if seen.0.fetch_add(1, Ordering::SeqCst) == 0 { Poll::Pending } else { Poll::Ready(index) }
            })));
        }
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(together.poll_next(&mut context), Poll::Pending);
        assert_eq!(together.poll_next(&mut context), Poll::Pending);
        let counts = || polls.iter().map(|seen| seen.0.load(Ordering::SeqCst)).collect::<Vec<_>>();
        assert_eq!(counts(), [1, 1, 1]);
        let wake = |index: usize| polls[index].1.lock().take().unwrap().wake();
        wake(1);
        assert_eq!(together.poll_next(&mut context), Poll::Ready(Some(1)));
        assert_eq!(counts(), [1, 2, 1]);
        wake(2);
        wake(0);
        let mut last = [together.poll_next(&mut context), together.poll_next(&mut context)];
        last.sort_by_key(|poll| format!("{poll:?}"));
        assert_eq!(last, [Poll::Ready(Some(0)), Poll::Ready(Some(2))]);
        assert_eq!(together.poll_next(&mut context), Poll::Ready(None));
    }
}
