//! A cache whose way to the server harms what goes over it, and is healed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use cache_core::{Cache, CacheEvent, Events, Shared, Ttl};
use cache_redis::RedisTier;
use serde::{Deserialize, Serialize};

use crate::proxy::{Harm, Proxy, Random};
use crate::server::{LONGEST, Server, hears, until};

const NAMES: usize = 8;
const PATIENCE: Duration = Duration::from_millis(400);
const TIMEOUT: Duration = Duration::from_millis(100);
/// For a machine that has other work. Far less than what a tier may wait for one answer, which is what a call must not take.
const MARGIN: Duration = Duration::from_millis(1_500);

/// A value that says whose it is, and is no value if a bit of it is another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Plain", try_from = "Plain")]
struct Marked {
    name: String,
    version: u64,
}

type Plain = (String, u64, u64);

fn sum(name: &str, version: u64) -> u64 {
    let bytes = name.bytes().chain(version.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

impl From<Marked> for Plain {
    fn from(Marked { name, version }: Marked) -> Self {
        let sum = sum(&name, version);
        (name, version, sum)
    }
}

impl TryFrom<Plain> for Marked {
    type Error = &'static str;

    fn try_from((name, version, says): Plain) -> Result<Self, Self::Error> {
        if sum(&name, version) == says { Ok(Self { name, version }) } else { Err("the sum is another") }
    }
}

/// What the caches stand before.
#[derive(Default)]
struct Source {
    versions: [AtomicU64; NAMES],
    /// Nothing older may be answered by whoever invalidated it.
    floors: [AtomicU64; NAMES],
    /// Whether replies may be taken for another request's.
    mixed_up: AtomicBool,
}

struct Setting {
    server: Server,
    proxy: Proxy,
    /// Behind the proxy.
    through: Cache,
    events: Events,
    /// Beside it.
    beside: Cache,
    source: Arc<Source>,
}

fn name(at: usize) -> String {
    format!("item:{at}")
}

impl Setting {
    async fn new(seed: u64) -> Self {
        let server = Server::start();
        let proxy = Proxy::before(server.port, seed).await;
        let cache = |tier, timeout| {
            let builder = Cache::builder().shared_timeout(timeout).backplane_patience(PATIENCE);
            builder.shared(tier).build().unwrap()
        };
        let through = cache(RedisTier::connect(proxy.url()).await.unwrap(), TIMEOUT);
        let beside = cache(server.tier().await, LONGEST);
        let events = through.events_within(100_000);
        hears(&through).await;
        hears(&beside).await;
        Self { server, proxy, through, events, beside, source: Arc::default() }
    }

    /// Calls of every kind from several tasks, none of which may be late or wrong.
    async fn calls(&self, seed: u64, rounds: usize) {
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..4 {
            let (cache, source) = (self.through.clone(), self.source.clone());
            let mut random = Random::new(seed << 8 | task);
            tasks.spawn(async move {
                for _ in 0..rounds {
                    one_call(&cache, &source, &mut random).await;
                }
            });
        }
        tasks.join_all().await;
    }

    /// Waits for an event.
    async fn told(&mut self, event: fn(&CacheEvent) -> bool) {
        let events = &mut self.events;
        until("it is told of", async || {
            while let Some(next) = events.try_recv() {
                if event(&next) {
                    return true;
                }
            }
            false
        })
        .await;
    }
}

async fn load(cache: &Cache, source: &Source, at: usize) -> Marked {
    cache
        .get_or_set(name(at), Ttl::Default, async || Marked {
            name: name(at),
            version: source.versions[at].load(SeqCst),
        })
        .await
}

async fn read(cache: &Cache, source: &Source, at: usize) {
    let floor = source.floors[at].load(SeqCst);
    let value = load(cache, source, at).await;
    if value.name != name(at) {
        assert!(source.mixed_up.load(SeqCst), "{} has another's value: {value:?}", name(at));
        return;
    }
    assert!(value.version >= floor, "{} has version {}, {floor} was invalidated", value.name, value.version);
}

/// Changes the source, and has a cache know.
async fn change(cache: &Cache, source: &Source, at: usize) -> Shared {
    let new = source.versions[at].fetch_add(1, SeqCst) + 1;
    let shared = cache.invalidate(name(at)).await.shared;
    source.floors[at].fetch_max(new, SeqCst);
    shared
}

async fn one_call(cache: &Cache, source: &Source, random: &mut Random) {
    let (at, kind, start) = (random.below(NAMES), random.below(16), Instant::now());
    match kind {
        0 => drop(change(cache, source, at).await),
        1 => drop(cache.increment("sum", 1).await),
        2 => drop(cache.set_if_absent(format!("lock:{at}"), 1_u32, Ttl::Default).await),
        3 => {
            let names: Vec<String> = (0..NAMES).map(name).collect();
            for (value, name) in cache.get_many::<Marked>(names.clone()).await.into_iter().zip(names) {
                let own = value.is_none_or(|value| value.name == name);
                assert!(own || source.mixed_up.load(SeqCst), "another's value for {name}");
            }
        }
        4..9 => {
            // So that the server is asked.
            cache.local().invalidate(name(at));
            read(cache, source, at).await;
        }
        _ => read(cache, source, at).await,
    }
    let took = start.elapsed();
    assert!(took <= TIMEOUT + MARGIN, "call {kind} took {took:?}");
}

/// Harm that comes now and then, harm that does not end, and none again.
async fn harmed(seed: u64, sometimes: Harm, always: Harm) {
    let mut setting = Setting::new(seed).await;
    let (through, beside, source) = (setting.through.clone(), setting.beside.clone(), setting.source.clone());
    setting.calls(seed, 50).await;
    assert_eq!(setting.proxy.harmed(), 0);
    let garbled = matches!(always, Harm::Garbled(_));
    source.mixed_up.store(garbled, SeqCst);

    setting.proxy.harm(sometimes);
    setting.calls(seed + 1, 50).await;
    setting.proxy.harm(always);
    let start = Instant::now();
    for round in 2.. {
        setting.calls(seed + round, 2).await;
        let stats = through.shared_stats().unwrap();
        // A busy machine may have opened it before there was any harm.
        if stats.open && stats.errors > 0 && setting.proxy.harmed() > 0 {
            break;
        }
        assert!(start.elapsed() < LONGEST, "the breaker never opens");
    }
    // One half is changed behind the proxy, which owes it; the other beside it, where the server is told.
    for at in 0..NAMES / 2 {
        let made = change(&through, &source, at).await;
        assert!(made == Shared::Queued || garbled, "{made:?}");
    }
    for at in NAMES / 2..NAMES {
        source.versions[at].fetch_add(1, SeqCst);
        assert_eq!(beside.invalidate(name(at)).await.shared, Shared::Applied);
    }
    setting.calls(seed + 100, 20).await;

    if garbled {
        // After a length that was garbled, replies on that connection may be another request's until it ends; and what was
        // heard and read may have been something else.
        setting.proxy.break_all().await;
        through.local().clear();
        source.mixed_up.store(false, SeqCst);
    }
    setting.proxy.harm(Harm::Nothing);
    let healed = async || through.shared_stats().is_some_and(|stats| !stats.open && stats.owed == 0 && !stats.cut_off);
    until("the breaker closes, and nothing is owed", healed).await;
    setting.told(|event| matches!(event, CacheEvent::TierDown)).await;
    setting.told(|event| matches!(event, CacheEvent::TierUp)).await;
    recovered(&setting).await;
}

/// Nothing from before an invalidation has survived, and both hear each other.
async fn recovered(setting: &Setting) {
    let Setting { through, beside, source, server, .. } = setting;
    for (at, version) in source.versions.iter().enumerate() {
        source.floors[at].store(version.load(SeqCst), SeqCst);
    }
    let fresh = server.cache().await;
    for (one, other) in [(through, beside), (beside, through)] {
        load(other, source, 0).await;
        change(one, source, 0).await;
        until("it hears the other again", async || !other.local().contains(name(0))).await;
    }
    // What was told before that has been heard too.
    for cache in [&fresh, beside, through] {
        for at in 0..NAMES {
            read(cache, source, at).await;
        }
    }
    for at in 0..NAMES {
        through.local().invalidate(name(at));
        read(through, source, at).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_are_late() {
    harmed(1, Harm::Late(TIMEOUT / 2), Harm::Late(TIMEOUT * 3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_are_cut() {
    for seed in 0..3 {
        harmed(seed, Harm::Cut(8), Harm::Cut(1)).await;
    }
}

/// Promised of these: no call fails or is late, and bytes that are not a value are none. Not promised: what a reply says without a
/// check of its own, so a count, whether a lock was free, or which name another instance has changed. Nor is it after a garbled
/// length that a reply is the one to the request, until the connection ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_are_garbled() {
    for seed in 0..5 {
        harmed(seed, Harm::Garbled(8), Harm::Garbled(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_lost_without_a_word() {
    harmed(1, Harm::Late(TIMEOUT / 4), Harm::Lost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_held_and_comes_late() {
    harmed(1, Harm::Cut(16), Harm::Held).await;
}

/// A sum that is answered has been added once, whatever became of the connection. Garbled digits are no errors, so this
/// cannot be promised of those.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_is_added_once_though_its_reply_is_cut() {
    let setting = Setting::new(7).await;
    setting.proxy.harm(Harm::Cut(8));
    let (mut last, mut sums, tries) = (0, 0, 60);
    for tried in 1..=tries {
        let start = Instant::now();
        if let Ok(sum) = setting.through.increment("sum", 1).await {
            assert!(last < sum && sum <= tried, "{sum} after {last}, of {tried}");
            (last, sums) = (sum, sums + 1);
        }
        assert!(start.elapsed() <= TIMEOUT + MARGIN);
        let stats = || setting.through.shared_stats().unwrap();
        until("it may be asked again", async || !stats().open).await;
    }
    assert!(0 < sums && sums < tries, "{sums} of {tries}: no reply was cut, or all were");
    let there = setting.beside.increment("sum", 0).await.unwrap();
    assert!((sums..=tries).contains(&there) && there >= last, "{there} is not between {sums} and {tries}");
}
