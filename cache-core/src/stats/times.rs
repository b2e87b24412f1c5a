//! How long loads took: counts by span, each within a percent of what it stands for.
//!
//! Spans of one power of two are counted in 64 equal parts. A power that nothing falls into takes no room.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use once_cell::race::OnceBox;

/// Parts of a power of two, as a power of two: the middle of one is off by less than a percent.
const PARTS: u32 = 6;
/// One for spans that are shorter than there are parts, then one for each power of two.
const POWERS: usize = (u64::BITS - PARTS) as usize + 1;

type Power<T> = [T; 1 << PARTS];

/// Counted by many threads.
pub(super) struct Times([OnceBox<Power<AtomicU64>>; POWERS]);

impl Default for Times {
    fn default() -> Self {
        Self([const { OnceBox::new() }; POWERS])
    }
}

/// Where a span is counted.
fn place(nanos: u64) -> (usize, usize) {
    let power = (u64::BITS - PARTS).saturating_sub(nanos.leading_zeros());
    // Beyond the shortest, the first bit is one and need not be told apart.
    let part = nanos >> power.saturating_sub(1) & ((1 << PARTS) - 1);
    (power as usize, part as usize)
}

/// The span in the middle of those that are counted there.
fn middle(power: usize, part: usize) -> u64 {
    match power {
        0 => part as u64,
        _ => (((1 << PARTS) + part as u64) << (power - 1)) + ((1 << (power - 1)) / 2),
    }
}

impl Times {
    pub(super) fn record(&self, nanos: u64) {
        let (power, part) = place(nanos);
        // Every place is within: the last power is that of the longest span.
        if let Some(power) = self.0.get(power) {
            let power = power.get_or_init(|| Box::new([const { AtomicU64::new(0) }; 1 << PARTS]));
            power[part].fetch_add(1, Relaxed);
        }
    }
}

/// Counts of several functions, added up.
#[derive(Default)]
pub(super) struct Sums {
    /// By the middle of what is counted together.
    counts: std::collections::BTreeMap<u64, u64>,
}

impl Sums {
    pub(super) fn add(&mut self, times: &Times) {
        for (power, parts) in times.0.iter().enumerate() {
            for (part, count) in parts.get().into_iter().flatten().enumerate() {
                let count = count.load(Relaxed);
                if count > 0 {
                    *self.counts.entry(middle(power, part)).or_default() += count;
                }
            }
        }
    }

    /// The span that so many of a hundred do not exceed; zero where there are none.
    pub(super) fn percentile(&self, percent: u64) -> u64 {
        let all: u64 = self.counts.values().sum();
        let mut rest = (u128::from(all) * u128::from(percent)).div_ceil(100) as u64;
        for (nanos, count) in &self.counts {
            if rest <= *count {
                return *nanos;
            }
            rest -= count;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_is_counted_within_a_percent() {
        let spans =
            (0..64).flat_map(|power| [-3_i64, -1, 0, 1, 5].map(|off| (1_u64 << power).wrapping_add_signed(off)));
        for nanos in spans.chain((0..1_000).map(|step| step * 997)).chain([u64::MAX]) {
            let (power, part) = place(nanos);
            assert!(power < POWERS, "{nanos}");
            let off = middle(power, part).abs_diff(nanos) as f64;
            assert!(off <= nanos as f64 / 100.0, "{nanos} is counted as {}", middle(power, part));
        }
    }

    #[test]
    fn a_percentile_is_one_of_those_counted() {
        let times = Times::default();
        let mut sums = Sums::default();
        assert_eq!(sums.percentile(50), 0);
        for nanos in [10, 20, 30, 40] {
            times.record(nanos);
        }
        sums.add(&times);
        sums.add(&times);
        assert_eq!([0, 25, 26, 50, 99, 100].map(|percent| sums.percentile(percent)), [10, 10, 20, 20, 40, 40]);
    }
}
