//! What a report on a cache's health is held against.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// What [`Cache::health`](crate::Cache::health) holds a cache's figures against.
///
/// ```
/// use cache_core::{Cache, HealthThresholds};
/// use std::time::Duration;
///
/// let mut thresholds = HealthThresholds::default();
/// thresholds.hit_rate = 0.7;
/// thresholds.load_time = Duration::from_millis(50);
/// let cache = Cache::builder().health_thresholds(thresholds).build()?;
/// assert_eq!(cache.health().requests, 0);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HealthThresholds {
    /// Healthy is a cache with a hit rate over this. Default: 0.6.
    pub healthy_hit_rate: f64,
    /// And with loads that take less than this on average. Default: 100 ms.
    pub healthy_load_time: Duration,
    /// A hit rate under this is warned about. Default: 0.5.
    pub hit_rate: f64,
    /// A mean load time over this is. Default: 200 ms.
    pub load_time: Duration,
    /// A cache that is fuller than this is. Default: 0.9.
    pub utilization: f64,
    /// A function of whose stored values a larger share than this fails `validate` is. Default: 0.05.
    pub rejected: f64,
    /// A shared tier of whose operations a larger share than this fails is. Default: 0.01.
    pub errors: f64,
    /// How large a share of a function's refreshes has to find no change for a longer TTL to be recommended. Default: 0.8.
    pub unchanged: f64,
    /// By how much twice the room has to raise memory's hit rate to be recommended. Default: 0.05.
    pub room_gain: f64,
    /// A figure that stands on fewer requests, loads or refreshes than this says nothing. Default: 100.
    pub min_sample: u64,
}

impl Default for HealthThresholds {
    fn default() -> Self {
        Self {
            healthy_hit_rate: 0.6,
            healthy_load_time: Duration::from_millis(100),
            hit_rate: 0.5,
            load_time: Duration::from_millis(200),
            utilization: 0.9,
            rejected: 0.05,
            errors: 0.01,
            unchanged: 0.8,
            room_gain: 0.05,
            min_sample: 100,
        }
    }
}

impl HealthThresholds {
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (name, share) in [
            ("healthy_hit_rate", self.healthy_hit_rate),
            ("hit_rate", self.hit_rate),
            ("utilization", self.utilization),
            ("rejected", self.rejected),
            ("errors", self.errors),
            ("unchanged", self.unchanged),
            ("room_gain", self.room_gain),
        ] {
            if !(0.0..=1.0).contains(&share) {
                let what = format!("the threshold `{name}` is a share from 0 to 1, and not {share}");
                return Err(Error::new(ErrorKind::InvalidConfig, what));
            }
        }
        Ok(())
    }
}
