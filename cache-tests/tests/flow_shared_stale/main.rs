//! What is past its time, through the shared tier: each caller sees what it would see on memory alone. Two instances of a
//! service, on one tier and on clocks that the test moves.

mod ahead;
mod ends;
mod failing;
mod records;
mod served;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::testing::{ManualClock, MemoryTier, Scope};
use cache_core::{CacheBuilder, TimedOut};
use cache_tests::{Probe, in_time, until};

const SECOND: Duration = Duration::from_secs(1);

/// Two instances of a service.
struct Service {
    tier: MemoryTier,
    here: Scope,
    there: Scope,
    source: Arc<Source>,
}

/// With values in memory too, or in the tier alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Both,
    Shared,
}

impl Service {
    fn new(kept: Kept) -> Self {
        Self::with(kept, |builder| builder)
    }

    fn with(kept: Kept, configure: impl Fn(CacheBuilder) -> CacheBuilder) -> Self {
        let clock = ManualClock::new();
        let tier = MemoryTier::with_clock(&clock);
        let instance = || Scope::with(|builder| configure(builder.shared(tier.clone()).__memory(kept == Kept::Both)));
        let (here, there) = (instance(), instance());
        let service = Self { tier, here, there, source: Arc::default() };
        service.source.probe.gate.open();
        // The clock of the tier goes with those of the instances.
        *service.source.clocks.lock().unwrap() =
            vec![clock, service.here.clock().clone(), service.there.clock().clone()];
        service
    }

    fn advance(&self, by: Duration) {
        for clock in &*self.source.clocks.lock().unwrap() {
            clock.advance(by);
        }
    }

    /// Waits until so many bodies have begun and none is running.
    async fn ran(&self, runs: usize) {
        let probe = &self.source.probe;
        in_time(until(|| probe.runs() >= runs && probe.running() == 0)).await;
        // The load ends after its body.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert_eq!(probe.runs(), runs);
    }
}

/// What is loaded, and how that goes.
#[derive(Debug, Default)]
struct Source {
    probe: Probe,
    value: AtomicU64,
    down: AtomicBool,
    clocks: Mutex<Vec<ManualClock>>,
}

impl Source {
    async fn read(&self) -> Result<u64, Trouble> {
        let _running = self.probe.enter();
        self.probe.gate.passed().await;
        if self.down.load(SeqCst) { Err(Trouble::Down) } else { Ok(self.value.load(SeqCst)) }
    }

    fn set(&self, value: u64) {
        self.value.store(value, SeqCst);
    }

    fn fail(&self, down: bool) {
        self.down.store(down, SeqCst);
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Trouble {
    Down,
    Slow(TimedOut),
}

impl From<TimedOut> for Trouble {
    fn from(why: TimedOut) -> Self {
        Self::Slow(why)
    }
}

type Shared = Arc<Source>;
