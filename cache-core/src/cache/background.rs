//! Loads that no caller runs: bounded in number, and waited for when the cache is closed.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::thread;

use parking_lot::Mutex;

use super::scoped;
use crate::flight::wake;
use crate::sync::block_on;

/// The loads in the background of one cache.
#[derive(Debug)]
pub(crate) struct Background {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    closing: Vec<Waker>,
}

/// The leave to run one. It counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Background>);

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.running -= 1;
        let closing = if state.running == 0 { std::mem::take(&mut state.closing) } else { Vec::new() };
        drop(state);
        wake(closing);
    }
}

impl Background {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, state: Mutex::default() })
    }

    /// None while as many run as may.
    pub(crate) fn permit(self: &Arc<Self>) -> Option<Permit> {
        let mut state = self.state.lock();
        if state.running >= self.most {
            return None;
        }
        state.running += 1;
        Some(Permit(self.clone()))
    }

    /// Waits until none is running.
    pub(crate) async fn idle(&self) {
        poll_fn(|context| {
            let mut state = self.state.lock();
            if state.running == 0 {
                return Poll::Ready(());
            }
            state.closing.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Permit {
    /// Runs a future beside its caller: on the tokio runtime that it is called in, else on a thread. The private cache of a
    /// test goes along. Where there can be no thread the future is dropped.
    pub(crate) fn spawn(self, future: impl Future<Output = ()> + Send + 'static) {
        let future = within_scope(async move {
            future.await;
            drop(self);
        });
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(future)),
            Err(_) => on_a_thread(move || block_on(future)),
        }
    }

    /// Runs a closure on a thread beside its caller.
    pub(crate) fn spawn_blocking(self, work: impl FnOnce() + Send + 'static) {
        let scope = scoped::exist().then(scoped::current).flatten();
        on_a_thread(move || {
            let entered = scope.map(scoped::push);
            // The thread ends either way; a panic is the body's.
            let worked = catch_unwind(AssertUnwindSafe(work));
            if let Some(entered) = entered {
                drop(scoped::remove(entered));
            }
            drop(self);
            if worked.is_err() {
                tracing::error!(target: "cache", "a load in the background panicked");
            }
        });
    }
}

fn on_a_thread(work: impl FnOnce() + Send + 'static) {
    let spawned = thread::Builder::new().name("cache-load".into()).spawn(work);
    if let Err(error) = spawned {
        tracing::error!(target: "cache", %error, "no thread for a load in the background");
    }
}

/// Polls a future with the caller's private cache as the process-wide one, where it has one.
fn within_scope<F: Future<Output = ()>>(future: F) -> impl Future<Output = ()> {
    let scope = scoped::exist().then(scoped::current).flatten();
    async move {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _entered = scope.clone().map(Entered::new);
            future.as_mut().poll(context)
        })
        .await;
    }
}

struct Entered(u64);

impl Entered {
    fn new(cache: super::Cache) -> Self {
        Self(scoped::push(cache))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        drop(scoped::remove(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_run_than_may_and_idle_waits_for_the_last() {
        let background = Background::new(2);
        let (first, second) = (background.permit().unwrap(), background.permit().unwrap());
        assert!(background.permit().is_none());
        drop(first);
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let third = background.permit().unwrap();
        third.spawn_blocking(move || {
            let _ = gate.recv();
        });
        second.spawn(async {});
        let waiting = thread::spawn({
            let background = background.clone();
            move || block_on(background.idle())
        });
        assert!(!waiting.is_finished(), "one is held at the gate");
        drop(open);
        waiting.join().unwrap();
        assert!(background.permit().is_some());
    }
}
