//! The options around the TTL, all at once, against a naive model: what each caller sees, and how often the source is
//! asked, in every order of calls, failures, waits and invalidations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{Cache, cached};
use cache_tests::{Probe, scope};
use proptest::prelude::*;

const TTL: u64 = 10_000;
const TTL_NONE: u64 = 4_000;
const WHILE: u64 = 5_000;
const IF_ERROR: u64 = 30_000;
const RETRY: u64 = 3_000;

/// What the source answers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    Value,
    Nothing,
    Down,
}

#[derive(Debug, Clone)]
enum Step {
    Call(u64),
    Wait(u64),
    Source(Says),
    Invalidate(u64),
    Expire(u64),
    Tag,
    Put(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..2_u64;
    prop_oneof![
        6 => key.clone().prop_map(Step::Call),
        2 => (0..2_500_u64).prop_map(Step::Wait),
        2 => prop_oneof![Just(RETRY), Just(TTL), Just(TTL * 8 / 10), Just(TTL_NONE), Just(WHILE), Just(IF_ERROR), 0..40_000_u64]
            .prop_map(Step::Wait),
        2 => prop_oneof![Just(Says::Value), Just(Says::Nothing), Just(Says::Down)].prop_map(Step::Source),
        1 => key.clone().prop_map(Step::Invalidate),
        1 => key.clone().prop_map(Step::Expire),
        1 => Just(Step::Tag),
        1 => key.prop_map(Step::Put),
    ]
}

#[derive(Debug, Default)]
struct Source {
    probe: Probe,
    /// 0: a value, 1: nothing, 2: down.
    says: AtomicU64,
    made: AtomicU64,
}

type Answer = Result<Option<u64>, &'static str>;

#[cached(
    ttl = 10,
    ttl_none = "4s",
    stale_while_revalidate = "5s",
    stale_if_error = "30s",
    retry_after = "3s",
    refresh_ahead = 0.8,
    tags = ["all"],
    key_prefix = "everything",
    skip(source)
)]
async fn everything(source: &Arc<Source>, key: u64) -> Answer {
    let _ = key;
    let _running = source.probe.enter();
    match source.says.load(SeqCst) {
        0 => Ok(Some(source.made.fetch_add(1, SeqCst))),
        1 => Ok(None),
        _ => Err("down"),
    }
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    value: Option<u64>,
    fresh_until: u64,
    due: u64,
    next_try: u64,
}

/// What ought to happen, the plain way.
#[derive(Debug)]
struct Model {
    now: u64,
    says: Says,
    made: u64,
    runs: usize,
    kept: [Option<Kept>; 2],
}

impl Model {
    fn keep(&mut self, key: u64, value: Option<u64>) {
        let ttl = if value.is_some() { TTL } else { TTL_NONE };
        let kept = Kept { value, fresh_until: self.now + ttl, due: self.now + ttl * 8 / 10, next_try: 0 };
        self.kept[key as usize] = Some(kept);
    }

    fn load(&mut self, key: u64) -> Answer {
        self.runs += 1;
        let value = match self.says {
            Says::Down => {
                if let Some(kept) = &mut self.kept[key as usize] {
                    kept.next_try = self.now + RETRY;
                }
                return Err("down");
            }
            Says::Nothing => None,
            Says::Value => {
                self.made += 1;
                Some(self.made - 1)
            }
        };
        self.keep(key, value);
        Ok(value)
    }

    fn call(&mut self, key: u64) -> Answer {
        let Some(kept) = self.kept[key as usize] else { return self.load(key) };
        let (now, may_try) = (self.now, self.now >= kept.next_try);
        let over = now.saturating_sub(kept.fresh_until);
        if now < kept.fresh_until {
            if now >= kept.due && may_try {
                let _ = self.load(key);
            }
            return Ok(kept.value);
        }
        if over < WHILE {
            if may_try {
                let _ = self.load(key);
            }
            return Ok(kept.value);
        }
        if over < IF_ERROR {
            return if may_try { self.load(key).or(Ok(kept.value)) } else { Ok(kept.value) };
        }
        self.kept[key as usize] = None;
        self.load(key)
    }

    /// Its freshness ends; what had none already is not touched.
    fn expire(&mut self, key: u64) {
        if let Some(kept) = &mut self.kept[key as usize] {
            kept.fresh_until = kept.fresh_until.min(self.now);
        }
    }
}

async fn settle(source: &Source) {
    // One thread: a load that was spawned ends within a few turns.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(source.probe.running(), 0);
}

async fn play(cache: &Cache, clock: &cache_core::testing::ManualClock, steps: &[Step]) {
    let source = Arc::new(Source::default());
    let mut model = Model { now: 0, says: Says::Value, made: 0, runs: 0, kept: [None; 2] };
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Call(key) => {
                let answer = everything(&source, *key).await;
                settle(&source).await;
                assert_eq!(answer, model.call(*key), "step {at} of {steps:?}");
                assert_eq!(source.probe.runs(), model.runs, "bodies, step {at} of {steps:?}");
            }
            Step::Wait(millis) => {
                clock.advance(Duration::from_millis(*millis));
                model.now += millis;
            }
            Step::Source(says) => {
                model.says = *says;
                source.says.store(*says as u64, SeqCst);
            }
            Step::Invalidate(key) => {
                everything::invalidate(*key).await;
                model.kept[*key as usize] = None;
            }
            Step::Expire(key) => {
                cache.expire(everything::key(*key)).await;
                model.expire(*key);
            }
            Step::Tag => {
                cache.invalidate_tag("all").await;
                model.kept = [None; 2];
            }
            Step::Put(key) => {
                everything::put(*key, 1_000 + at as u64).await;
                model.keep(*key, Some(1_000 + at as u64));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn callers_see_what_the_options_say(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let scope = scope();
        runtime.block_on(scope.run(play(scope.cache(), scope.clock(), &steps)));
    }
}
