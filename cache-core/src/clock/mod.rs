//! Time: monotonic, injectable, and cheap to read on a hit.
//!
//! An instant is a count of 2⁻³² s ticks. The real clock has two readings of one scale: a coarse one, which lags by at
//! most [`COARSE_LAG`], and a precise one. A hit compares the coarse reading plus its lag, and asks the precise clock
//! only where that is not enough to tell.

#[cfg_attr(any(target_os = "linux", target_os = "android"), path = "linux.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "elsewhere.rs")]
mod machine;
mod manual;
mod sleep;
mod timer;

use std::time::Duration;

pub use manual::ManualClock;
pub(crate) use timer::{Alarm, Timers};

/// A point in time, in ticks.
pub(crate) type Ticks = u64;

/// The end of what never ends.
pub(crate) const NEVER: Ticks = u64::MAX;

/// How far the coarse reading may lag: 10 ms is a tick at 100 Hz, 16 ms one on Windows.
const COARSE_LAG: Ticks = ticks_of_millis(20);

const fn ticks_of_millis(millis: u64) -> Ticks {
    (millis << 32) / 1_000
}

/// A span in ticks, at most 68 years.
pub(crate) fn ticks(span: Duration) -> Ticks {
    let seconds = span.as_secs().min(1 << 31);
    (seconds << 32) + ((u64::from(span.subsec_nanos()) << 32) / 1_000_000_000)
}

/// A count of ticks as a span.
pub(crate) fn span(ticks: Ticks) -> Duration {
    let nanos = ((ticks & u64::from(u32::MAX)) * 1_000_000_000) >> 32;
    Duration::new(ticks >> 32, nanos as u32)
}

/// The moment `span` after another; [`NEVER`] where that is beyond all reckoning.
pub(crate) fn after(moment: Ticks, span: Duration) -> Ticks {
    moment.saturating_add(ticks(span)).min(NEVER - 1)
}

/// Where time comes from: the machine, or a [`ManualClock`] that a test moves.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's monotonic clock.
    #[default]
    Real,
    /// A clock that stands still until it is moved.
    Manual(ManualClock),
}

impl From<ManualClock> for Clock {
    fn from(clock: ManualClock) -> Self {
        Self::Manual(clock)
    }
}

impl From<&ManualClock> for Clock {
    fn from(clock: &ManualClock) -> Self {
        Self::Manual(clock.clone())
    }
}

impl Clock {
    /// Whether `deadline` is still ahead. Never true too late.
    #[inline]
    pub(crate) fn is_before(&self, deadline: Ticks) -> bool {
        match self {
            Self::Real => machine::coarse().saturating_add(COARSE_LAG) < deadline || machine::precise() < deadline,
            Self::Manual(clock) => clock.now() < deadline,
        }
    }

    /// The precise reading.
    pub(crate) fn now(&self) -> Ticks {
        match self {
            Self::Real => machine::precise(),
            Self::Manual(clock) => clock.now(),
        }
    }

    /// The moment `span` from now.
    pub(crate) fn after(&self, span: Duration) -> Ticks {
        after(self.now(), span)
    }

    /// The wall clock, in milliseconds of the Unix epoch: for what other processes read.
    #[cfg(feature = "shared")]
    pub(crate) fn unix_millis(&self) -> u64 {
        use std::time::SystemTime;
        let since = match self {
            Self::Real => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
            // All manual clocks begin on one day, so that what one test writes another reads.
            Self::Manual(clock) => Duration::from_secs(1_700_000_000) + clock.elapsed(),
        };
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn timers(&self) -> &Timers {
        match self {
            Self::Real => Timers::real(),
            Self::Manual(clock) => clock.timers(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_survive_the_conversion_to_a_nanosecond() {
        for span_in in
            [Duration::ZERO, Duration::from_millis(1), Duration::from_secs(300), Duration::new(7, 999_999_999)]
        {
            let back = span(ticks(span_in));
            assert!(span_in - back <= Duration::from_nanos(1), "{span_in:?} became {back:?}");
        }
        assert!(ticks(Duration::MAX) < NEVER);
    }

    #[test]
    fn a_past_deadline_is_never_ahead() {
        let clock = Clock::Real;
        for _ in 0..10_000 {
            let now = clock.now();
            assert!(!clock.is_before(now));
        }
        assert!(clock.is_before(clock.after(Duration::from_secs(1))));
        assert!(clock.is_before(NEVER));
    }
}
