//! A witness inside bodies: how often they ran, and how many at a time.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::Gate;

/// Counts the bodies that it is handed to.
#[derive(Debug, Default)]
pub struct Probe {
    runs: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
    /// For the bodies to wait at.
    pub gate: Gate,
}

impl Probe {
    /// A body begins; it ends when the guard is dropped.
    pub fn enter(&self) -> Running<'_> {
        let run = self.runs.fetch_add(1, SeqCst) + 1;
        let running = self.running.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(running, SeqCst);
        Running { probe: self, run }
    }

    /// How many bodies have begun.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs.load(SeqCst)
    }

    /// How many are running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.load(SeqCst)
    }

    /// How many ran at once, at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.most.load(SeqCst)
    }
}

/// One body, while it runs.
#[derive(Debug)]
pub struct Running<'a> {
    probe: &'a Probe,
    /// Which one it is, from 1.
    pub run: usize,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.probe.running.fetch_sub(1, SeqCst);
    }
}
