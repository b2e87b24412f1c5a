//! What is loaded, and how that goes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use cache_core::TimedOut;
use cache_tests::{Probe, in_time, until};

/// A source whose answer a test sets. Bodies wait at the probe's gate.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) probe: Probe,
    value: AtomicU64,
    down: AtomicBool,
}

impl Source {
    pub(crate) fn open() -> std::sync::Arc<Self> {
        let source = std::sync::Arc::new(Self::default());
        source.probe.gate.open();
        source
    }

    pub(crate) async fn read(&self) -> Result<u64, Trouble> {
        let _running = self.probe.enter();
        self.probe.gate.passed().await;
        if self.down.load(SeqCst) { Err(Trouble::Down) } else { Ok(self.value.load(SeqCst)) }
    }

    pub(crate) fn set(&self, value: u64) {
        self.value.store(value, SeqCst);
    }

    pub(crate) fn fail(&self, down: bool) {
        self.down.store(down, SeqCst);
    }

    pub(crate) fn runs(&self) -> usize {
        self.probe.runs()
    }

    /// Waits until so many bodies have begun and none is running.
    pub(crate) async fn ran(&self, runs: usize) {
        in_time(until(|| self.probe.runs() >= runs && self.probe.running() == 0)).await;
        // The load ends after its body.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.probe.runs(), runs);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
    Down,
    Slow(TimedOut),
}

impl From<TimedOut> for Trouble {
    fn from(why: TimedOut) -> Self {
        Self::Slow(why)
    }
}

pub(crate) type Shared = std::sync::Arc<Source>;
