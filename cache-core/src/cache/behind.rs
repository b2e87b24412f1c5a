//! How a cache's shared tier is set up in code.

use std::sync::Arc;
use std::time::Duration;

use super::CacheBuilder;
use crate::store::Store;
use crate::tier::{Encoding, Remote};

impl CacheBuilder {
    /// The tier behind this cache's memory that other processes share.
    pub fn shared(mut self, tier: impl crate::SharedTier) -> Self {
        self.shared = Some(Arc::new(tier));
        self
    }

    /// How much longer a call may take because of the shared tier, all of its reads and writes together; and how long a
    /// change waits to be made there before it is said to be queued. Default: 250 ms.
    pub fn shared_timeout(mut self, timeout: Duration) -> Self {
        self.shared_timeout = timeout;
        self
    }

    /// For how long memory's copies of shared keys are trusted while other instances are not heard, because the shared tier is
    /// away or this instance is cut off from it. After that they are loaded anew, and each lives no longer than this. It bounds
    /// for how long an instance may serve what another has changed. Default: 2 s. `Duration::MAX` trusts them for their whole
    /// time to live.
    ///
    /// Of no effect where the tier has no [backplane](crate::SharedTier::backplane).
    pub fn backplane_patience(mut self, patience: Duration) -> Self {
        self.backplane_patience = patience;
        self
    }

    /// True: where several instances miss a key of [`get_or_set`](crate::Cache::get_or_set) or
    /// [`get_or_try_set`](crate::Cache::get_or_try_set) together, one of them loads, and the others wait for what it stores in
    /// the shared tier. Decorated functions say `cluster_flight = true` themselves. Default: false, one load per instance.
    pub fn cluster_flight(mut self, once: bool) -> Self {
        self.cluster_flight = once;
        self
    }

    /// How values are written in the shared tier whose function does not say by `codec`, and those of the cache's own methods.
    /// Default: [`Encoding::Json`].
    pub fn codec(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Values of more bytes than so many are compressed in the shared tier, by LZ4, where that makes them smaller. Every
    /// reader needs the feature `compression` too: to the others such a record is a miss. Default: none is.
    ///
    /// # Performance
    /// Some hundred megabytes per second on the way in, some thousand on the way out: worth it where the network is slower
    /// than that, or the store's memory is short. Values of less than a few hundred bytes seldom become smaller.
    ///
    /// ```
    /// use cache_core::testing::MemoryTier;
    /// use cache_core::{Cache, Ttl};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let tier = MemoryTier::new();
    /// let cache = Cache::builder().shared(tier.clone()).compress_above(1_024).build()?;
    /// cache.set("page", "<p>again</p>".repeat(1_000), Ttl::Default).await;
    /// assert!(tier.bytes() < 1_000);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "compression")]
    pub fn compress_above(mut self, bytes: usize) -> Self {
        self.writing.compress_above = Some(bytes);
        self
    }

    /// How many bytes a value may have in the shared tier, before it is compressed. A longer one is answered and kept in
    /// memory, and not written there; a record that says that it is longer is a miss, and no room is made for it.
    /// [`TierStats::oversized`](crate::TierStats::oversized) counts both. Default: 16 MiB.
    pub fn max_record_bytes(mut self, bytes: usize) -> Self {
        self.writing.most = bytes;
        self
    }

    pub(super) fn remote(&mut self, store: &Store) -> Option<Remote> {
        let tier = self.shared.take()?;
        let (namespace, clock) = (self.namespace.clone(), store.clock.clone());
        let (timeout, patience) = (self.shared_timeout, self.backplane_patience);
        Some(Remote::new(tier, namespace, clock, timeout, patience, self.writing, store.events.clone()))
    }
}
