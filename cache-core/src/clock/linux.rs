//! The machine's clock on Linux: two readings of one clock.

use rustix::time::{ClockId, Timespec, clock_gettime};

use super::Ticks;

#[inline]
fn ticks(time: Timespec) -> Ticks {
    // Seconds since the machine was started, and below a thousand million nanoseconds: neither is negative.
    (time.tv_sec.cast_unsigned() << 32) + (time.tv_nsec.cast_unsigned() << 32) / 1_000_000_000
}

#[inline]
pub(super) fn coarse() -> Ticks {
    ticks(clock_gettime(ClockId::MonotonicCoarse))
}

pub(super) fn precise() -> Ticks {
    ticks(clock_gettime(ClockId::Monotonic))
}
