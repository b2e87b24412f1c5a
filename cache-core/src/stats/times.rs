//! How long things took: a histogram in parts, so that threads that load side by side seldom wait for each other. Who hits
//! writes nothing here.

use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;

use super::striped::place;

/// A part takes some kilobytes once it is written to: fewer of them than a counter has stripes.
const PARTS: usize = 4;

#[repr(align(64))]
#[derive(Default)]
struct Part(Mutex<Option<Box<Spread>>>);

#[derive(Default)]
pub(crate) struct Times([Part; PARTS]);

/// Spans, as a histogram and as their sum.
pub(crate) struct Spread {
    nanos: Histogram<u32>,
    total: Duration,
}

impl Default for Spread {
    fn default() -> Self {
        // Two digits are within a percent; one to five are what `new` takes, so this cannot fail.
        let nanos = Histogram::new(2).unwrap_or_else(|_| unreachable!("two significant digits are allowed"));
        Self { nanos, total: Duration::ZERO }
    }
}

impl Times {
    pub(crate) fn record(&self, took: Duration) {
        let mut part = self.0[place() % PARTS].0.lock();
        let spread = part.get_or_insert_default();
        spread.total = spread.total.saturating_add(took);
        // Grows to hold any value; `saturating_record` would not.
        let _ = spread.nanos.record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// All that was recorded.
    pub(crate) fn sum(&self) -> Spread {
        let mut sum = Spread::default();
        for part in &self.0 {
            if let Some(spread) = &*part.0.lock() {
                sum.add(spread);
            }
        }
        sum
    }
}

impl Spread {
    pub(crate) fn add(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        // Grows to hold any value, so this cannot fail.
        let _ = self.nanos.add(&other.nanos);
    }

    pub(crate) fn count(&self) -> u64 {
        self.nanos.len()
    }

    /// Zero where there is none.
    pub(crate) fn mean(&self) -> Duration {
        match self.count() {
            0 => Duration::ZERO,
            count => self.total.div_f64(count as f64),
        }
    }

    pub(crate) fn at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.nanos.value_at_quantile(quantile))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_a_percent_at_every_scale() {
        for scale in
            [Duration::from_nanos(700), Duration::from_micros(40), Duration::from_millis(3), Duration::from_secs(9)]
        {
            let times = Times::default();
            for step in 1..=100 {
                times.record(scale * step);
            }
            let sum = times.sum();
            for (quantile, step) in [(0.50, 50.0), (0.95, 95.0), (0.99, 99.0)] {
                let ratio = sum.at(quantile).as_secs_f64() / (scale.as_secs_f64() * step);
                assert!((0.99..=1.01).contains(&ratio), "{:?} at {scale:?}", sum.at(quantile));
            }
            assert_eq!((sum.count(), sum.mean()), (100, (scale * 101) / 2));
        }
    }

    #[test]
    fn no_span_is_lost_whichever_thread_records_it() {
        let times = Times::default();
        std::thread::scope(|scope| {
            for thread in 1..=2 * PARTS as u64 {
                let times = &times;
                scope.spawn(move || {
                    for _ in 0..1_000 {
                        times.record(Duration::from_micros(thread));
                    }
                });
            }
        });
        let sum = times.sum();
        assert_eq!((sum.count(), sum.total), (8_000, Duration::from_millis(36)));
    }
}
