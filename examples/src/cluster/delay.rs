//! How long an invalidation takes to reach another instance's memory.

use std::time::{Duration, Instant};

use cache_core::{Cache, key};
use serde::Serialize;

use super::LONGEST;
use super::reads::micros;

/// What many invalidations took, from the writer's call on.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Delay {
    /// How many.
    pub invalidations: usize,
    /// Of these, those that the reader's memory never heard of.
    pub unheard: usize,
    /// Until the writer's call returned, for half of them.
    pub writer_p50_us: f64,
    /// Until the reader's memory had it no more, for half of them.
    pub p50_us: f64,
    /// For 99 of 100.
    pub p99_us: f64,
    /// For all.
    pub slowest_us: f64,
}

/// Has the reader read one name after the other into its memory and the writer invalidate it, and looks at the reader's
/// memory until it is gone.
pub async fn measure(writer: &Cache, reader: &Cache, invalidations: usize) -> Delay {
    let (mut heard, mut returned) = (Vec::with_capacity(invalidations), Vec::with_capacity(invalidations));
    for number in 0..invalidations {
        let name = key!("delay:{}", number);
        reader.get_or_set(&*name, Duration::from_secs(60), async || number).await;
        let begun = Instant::now();
        let gone = async {
            while reader.local().contains(&*name) {
                if begun.elapsed() > LONGEST {
                    return None;
                }
                tokio::task::yield_now().await;
            }
            Some(begun.elapsed())
        };
        let write = async {
            writer.invalidate(&*name).await;
            begun.elapsed()
        };
        let (gone, write) = tokio::join!(gone, write);
        heard.extend(gone);
        returned.push(write);
    }
    heard.sort_unstable();
    returned.sort_unstable();
    Delay {
        invalidations,
        unheard: invalidations - heard.len(),
        writer_p50_us: at(&returned, 0.5),
        p50_us: at(&heard, 0.5),
        p99_us: at(&heard, 0.99),
        slowest_us: at(&heard, 1.0),
    }
}

/// So large a share of the sorted spans is no longer; 0 where there is none.
fn at(sorted: &[Duration], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map_or(0.0, |span| micros(*span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_least_that_so_many_do_not_exceed() {
        let spans: Vec<Duration> = (1..=200).map(Duration::from_micros).collect();
        let whole = |share| at(&spans, share).round();
        assert_eq!((whole(0.5), whole(0.99), whole(1.0)), (100.0, 198.0, 200.0));
        assert_eq!(at(&[], 0.5), 0.0);
    }
}
