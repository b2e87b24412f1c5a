//! Exchange rates from a bank that goes down and comes back: what callers are answered with meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::ManualClock;
use cache_core::{Cache, cached, init_cache, observe};

#[derive(Default)]
struct Bank {
    rate: AtomicU32,
    down: AtomicBool,
    asked: AtomicU32,
}

/// Right for a minute. For half a minute more nobody waits for a new one, and while the bank is down the last one is better
/// than none.
#[cached(ttl = "1m", stale_while_revalidate = "30s", stale_if_error = "1h", retry_after = "10s", skip(bank))]
async fn rate(bank: &Arc<Bank>, currency: &str) -> Result<u32, String> {
    bank.asked.fetch_add(1, SeqCst);
    if bank.down.load(SeqCst) { Err(format!("no rate of {currency}")) } else { Ok(bank.rate.load(SeqCst)) }
}

struct Day {
    clock: ManualClock,
    bank: Arc<Bank>,
}

impl Day {
    /// Lines of the timeline: the answer, and whether the bank was asked before it or beside it.
    async fn call_at(&self, times: &[u64]) {
        for seconds in times {
            self.clock.advance(Duration::from_secs(*seconds) - self.clock.elapsed());
            let asked = self.bank.asked.load(SeqCst);
            let (answer, calls) = observe(rate(&self.bank, "eur")).await;
            let (call, age) = (&calls[0], calls[0].age.map_or(0, |age| age.as_secs()));
            // The load beside its caller comes to its end before the next line.
            while rate::stats().loads < rate::stats().misses + rate::stats().refreshes {
                tokio::task::yield_now().await;
            }
            let asked = match (self.bank.asked.load(SeqCst) - asked, call.forward) {
                (0, _) => "",
                (_, Some(_)) => "; the bank was asked first",
                (_, None) => "; the bank is asked meanwhile",
            };
            println!("{seconds:>5} s  {answer:?}, {}, {age} s old{asked}", call.outcome);
        }
    }

    fn bank(&self, rate: u32, down: bool) {
        self.bank.rate.store(rate, SeqCst);
        self.bank.down.store(down, SeqCst);
        println!("         the bank {}", if down { "is down".to_owned() } else { format!("says {rate}") });
    }
}

// One thread: the load beside a caller runs where this one yields.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let day = Day { clock: ManualClock::new(), bank: Arc::default() };
    let cache = Cache::builder().clock(&day.clock).build()?;
    init_cache(cache.clone())?;

    println!("a minute fresh, half a minute more while the next is asked for, an hour more while the bank is down:");
    day.bank(100, false);
    day.call_at(&[0, 59]).await;
    day.bank(101, false);
    day.call_at(&[70, 71]).await; // the old one at once, the new one from then on
    day.bank(101, true);
    day.call_at(&[135, 140, 146, 200, 205, 3_000]).await; // not asked again within 10 s, and waited for from 160 s on
    day.bank(103, false);
    day.call_at(&[3_011, 3_012]).await;
    println!("         expired: {}", cache.expire(rate::key("eur")).await);
    day.bank(104, false);
    day.call_at(&[3_013, 3_014]).await;
    day.bank(104, true);
    day.call_at(&[3_100]).await;
    println!("         invalidated: {}", rate::invalidate("eur").await.entries);
    day.call_at(&[3_101]).await; // what was invalidated is wrong, and has no grace
    println!("{} of {} calls were answered past the time", rate::stats().stale_served, rate::stats().requests);
    Ok(())
}
