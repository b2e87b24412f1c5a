//! What an operation did, and where.

/// Where the shared tier stands after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Shared {
    /// There is none, or the entry is not for it.
    #[default]
    None,
    /// Done there.
    Applied,
    /// It is away; the change waits for it.
    Queued,
}

/// What an invalidation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Removed {
    /// Entries removed from memory; what had expired is counted only where an event rule asked for that alone.
    pub entries: usize,
    /// And in the shared tier.
    pub shared: Shared,
}

/// What became of a value that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stored {
    /// It is in memory: false if the cache is disabled, the TTL zero, or the value larger than a shard.
    pub memory: bool,
    /// And in the shared tier.
    pub shared: Shared,
}

impl Stored {
    pub(crate) fn nowhere() -> Self {
        Self::default()
    }

    pub(crate) fn in_memory() -> Self {
        Self { memory: true, shared: Shared::None }
    }
}
