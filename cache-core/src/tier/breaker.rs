//! The circuit breaker: a tier that keeps failing is left alone for a while.

use std::time::Duration;

use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// So many failures in a row open it.
const FAILURES: u64 = 5;
const FIRST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Closed while the tier answers. Open, nobody but the keeper asks it anything: its questions are the probes of the
/// half-open state, and the first that is answered closes the breaker.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: AtomicU64,
    open: AtomicBool,
}

impl Breaker {
    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    /// True if that opened it.
    pub(super) fn failed(&self) -> bool {
        let failures = self.failures.fetch_add(1, Ordering::SeqCst) + 1;
        failures >= FAILURES && !self.open.swap(true, Ordering::SeqCst)
    }

    /// A success on a caller's way. It closes nothing: that is for the keeper to do, once nothing is owed.
    pub(super) fn answered(&self) {
        if self.failures.load(Ordering::Relaxed) > 0 && !self.is_open() {
            self.failures.store(0, Ordering::SeqCst);
        }
    }

    /// True if it was open.
    pub(super) fn close(&self) -> bool {
        self.failures.store(0, Ordering::SeqCst);
        self.open.swap(false, Ordering::SeqCst)
    }
}

/// How long the tier is left alone after so many probes in vain.
pub(super) fn rest(probes: u32) -> Duration {
    FIRST_REST.saturating_mul(1 << probes.min(16)).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_starts_anew() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES - 1 {
            assert!(!breaker.failed());
        }
        breaker.answered();
        for _ in 0..FAILURES - 1 {
            assert!(!breaker.failed());
        }
        assert!(!breaker.is_open());
        assert!(breaker.failed());
        assert!(breaker.is_open());
        breaker.answered();
        assert!(breaker.is_open(), "an answer that was under way is not a probe");
        assert!(breaker.close());
        assert!(!breaker.is_open());
    }

    #[test]
    fn rests_grow_to_half_a_minute() {
        assert_eq!(rest(0), Duration::from_millis(100));
        assert_eq!(rest(1), Duration::from_millis(200));
        assert_eq!(rest(60), Duration::from_secs(30));
    }
}
