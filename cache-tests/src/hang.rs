//! Bounds on waiting, so that a hang fails a test instead of stalling it.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Far more than any test needs, on a machine that has other things to do.
const LONGEST: Duration = Duration::from_secs(120);

/// The future's output.
///
/// # Panics
/// If it hangs.
pub async fn in_time<F: Future>(future: F) -> F::Output {
    match tokio::time::timeout(LONGEST, future).await {
        Ok(output) => output,
        Err(_) => panic!("hung for {LONGEST:?}"),
    }
}

/// The closure's output, computed on a thread of its own. A thread that hangs is left behind.
///
/// # Panics
/// If it hangs, and as the closure does.
pub fn in_time_blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = channel();
    let thread = std::thread::spawn(move || {
        let output = work();
        let _ = sender.send(());
        output
    });
    match receiver.recv_timeout(LONGEST) {
        Err(RecvTimeoutError::Timeout) => panic!("hung for {LONGEST:?}"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
    }
}

/// Lets other tasks go on until the condition holds.
pub async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

/// Lets other threads go on until the condition holds.
///
/// # Panics
/// If it never does.
pub fn until_blocking(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LONGEST, "hung for {LONGEST:?}");
        std::thread::yield_now();
    }
}
