//! A fence of two unequal halves: the light one costs nothing, the heavy one runs it on every processor that runs this
//! process. Where the system cannot do that, both are ordinary fences.

use std::sync::atomic::{Ordering, fence};

#[cfg(all(any(target_os = "linux", target_os = "android"), not(cache_model)))]
mod unequal {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, Ordering, compiler_fence};

    use rustix::thread::{MembarrierCommand, membarrier};

    /// Set, if ever, before the first map is made, and so before there is anything to be read or freed.
    static POSSIBLE: AtomicBool = AtomicBool::new(false);

    static REGISTERED: LazyLock<()> = LazyLock::new(|| {
        POSSIBLE.store(membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok(), Ordering::Relaxed);
    });

    pub(super) fn prepare() {
        LazyLock::force(&REGISTERED);
    }

    #[inline]
    pub(super) fn light() -> bool {
        let possible = POSSIBLE.load(Ordering::Relaxed);
        if possible {
            compiler_fence(Ordering::SeqCst);
        }
        possible
    }

    pub(super) fn heavy() {
        if POSSIBLE.load(Ordering::Relaxed) {
            // It does not fail for a process that is registered; should it, nothing may be freed on the strength of it.
            assert!(membarrier(MembarrierCommand::PrivateExpedited).is_ok(), "the system has taken its barrier back");
        }
    }
}

#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(cache_model))))]
mod unequal {
    pub(super) fn prepare() {}

    #[inline]
    pub(super) fn light() -> bool {
        false
    }

    pub(super) fn heavy() {}
}

/// Call it before the first of the others.
pub(super) fn prepare() {
    unequal::prepare();
}

#[inline]
pub(super) fn light() {
    if !unequal::light() {
        fence(Ordering::SeqCst);
    }
}

pub(super) fn heavy() {
    fence(Ordering::SeqCst);
    unequal::heavy();
}
