//! How long a value is fresh.

use std::time::Duration;

/// A time to live.
///
/// ```
/// use cache_core::Ttl;
/// use std::time::Duration;
///
/// assert_eq!(Ttl::from(Duration::from_secs(300)), Ttl::After(Duration::from_secs(300)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ttl {
    /// The cache's default.
    #[default]
    Default,
    /// Fresh while its age is under this. Of zero, nothing is stored.
    After(Duration),
    /// Fresh until it is removed or evicted.
    Never,
}

impl From<Duration> for Ttl {
    fn from(span: Duration) -> Self {
        Self::After(span)
    }
}
