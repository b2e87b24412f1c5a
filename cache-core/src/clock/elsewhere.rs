//! The machine's clock where there is no coarse reading of the one that [`Instant`] reads: two clocks, set side by side.

use std::sync::LazyLock;
use std::time::Instant;

use super::Ticks;

/// One moment on both.
static BASE: LazyLock<(Ticks, Instant)> = LazyLock::new(|| (coarse(), Instant::now()));

#[inline]
pub(super) fn coarse() -> Ticks {
    // The other reading also writes a static, which every core would write.
    coarsetime::Instant::now_without_cache_update().as_ticks()
}

pub(super) fn precise() -> Ticks {
    let (base, instant) = *BASE;
    base.saturating_add(super::ticks(instant.elapsed()))
}
