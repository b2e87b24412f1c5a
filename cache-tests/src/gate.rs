//! A gate that holds bodies back until the test opens it.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::until_blocking;

/// Shut until it is opened, for tasks and threads.
#[derive(Debug, Default)]
pub struct Gate {
    open: AtomicBool,
    opened: Notify,
}

impl Gate {
    /// Lets everybody through, from now on.
    pub fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
        self.opened.notify_waiters();
    }

    /// Holds back whoever comes from now on.
    pub fn shut(&self) {
        self.open.store(false, Ordering::SeqCst);
    }

    /// Waits until it is open.
    pub async fn passed(&self) {
        loop {
            let opened = self.opened.notified();
            if self.open.load(Ordering::SeqCst) {
                return;
            }
            opened.await;
        }
    }

    /// Waits until it is open, on this thread.
    pub fn passed_blocking(&self) {
        until_blocking(|| self.open.load(Ordering::SeqCst));
    }
}
