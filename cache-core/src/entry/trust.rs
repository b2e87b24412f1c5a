//! For how long memory's copies of shared keys are good without a word from other instances.

use std::sync::Arc;

use crate::clock::Ticks;
use crate::sync::{AtomicU64, Ordering};

/// What the copies of one cache go by. Other instances change what they share, and tell it. A copy is trusted where it is
/// known that nothing was told in vain: up to a while after this instance has last heard everything, if it has heard all
/// since the copy's load began; and for as long after that beginning.
#[derive(Debug)]
pub(crate) struct Trust {
    /// From then on everything was heard.
    since: AtomicU64,
    until: AtomicU64,
    patience: Ticks,
}

/// A copy's part of it.
#[derive(Debug, Clone)]
pub(crate) struct Copied {
    /// When its load began.
    began: Ticks,
    trust: Arc<Trust>,
}

impl Trust {
    #[cfg(feature = "shared")]
    pub(crate) fn new(patience: Ticks) -> Self {
        Self { since: AtomicU64::new(0), until: AtomicU64::new(0), patience }
    }

    /// Of what is told from that moment on, all will be heard.
    #[cfg(feature = "shared")]
    pub(crate) fn begin(&self, since: Ticks) {
        self.since.fetch_max(since, Ordering::Release);
    }

    /// Everything that was told before that moment has been heard, and memory has it no more.
    #[cfg(feature = "shared")]
    pub(crate) fn heard_all(&self, before: Ticks) {
        // Release: who finds its copy trusted again finds memory without what was told, and since when all was heard.
        self.until.fetch_max(before.saturating_add(self.patience), Ordering::Release);
    }

    /// Whether nothing was heard for longer than copies are trusted.
    #[cfg(feature = "shared")]
    pub(crate) fn is_over(&self, now: Ticks) -> bool {
        now >= self.until.load(Ordering::Acquire)
    }

    /// For a copy whose load began then.
    pub(crate) fn copy(self: &Arc<Self>, began: Ticks) -> Copied {
        Copied { began, trust: self.clone() }
    }
}

impl Copied {
    /// Until when it is trusted, as far as is known now.
    pub(crate) fn until(&self) -> Ticks {
        let (trust, by_itself) = (&*self.trust, self.began.saturating_add(self.trust.patience));
        // In this order: what was heard in one go belongs to the beginning that was noted before it.
        let heard = trust.until.load(Ordering::Acquire);
        if self.began >= trust.since.load(Ordering::Acquire) { heard.max(by_itself) } else { by_itself }
    }
}
