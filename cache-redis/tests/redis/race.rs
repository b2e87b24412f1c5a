//! Loads and changes at random, on connections of their own, at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Instant;

use cache_core::{Change, Fetched, SharedTier};
use cache_redis::RedisTier;
use tokio::sync::RwLock;

use crate::contract::SPACE;
use crate::nodes::{Migration, Nodes, slot};
use crate::server::{LONGEST, Server, Setting};

const NAMES: [&str; 6] = ["a:1", "a:2", "ab:1", "b:1", "b:2:x", "c"];
const LOADERS: u64 = 6;
const WRITERS: u64 = 3;
const ROUNDS: u64 = 400;
/// What the names are stored with.
const TAGS: [&str; 2] = ["even", "third"];
/// In a cluster, where a removal of many names takes longer.
const FEWER: u64 = 120;
/// Beside which the writers and loaders go on.
const MOVES: u64 = 20;

/// What the cache stands before: a version of each name, which changes make higher.
#[derive(Default)]
struct Source {
    versions: [AtomicU64; NAMES.len()],
    /// No value from before that version may be read: an invalidation of it has returned.
    floors: [AtomicU64; NAMES.len()],
    /// Writers that set a value are alone among the writers: two of them at once have no order to be held to.
    setting: RwLock<()>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn version(record: &[u8]) -> u64 {
    u64::from_le_bytes(record.try_into().unwrap())
}

fn tags(at: usize) -> Vec<String> {
    let carried = [at.is_multiple_of(2), at.is_multiple_of(3)];
    TAGS.iter().zip(carried).filter(|(_, carried)| *carried).map(|(tag, _)| (*tag).to_owned()).collect()
}

/// Reads a name, and loads it where it is missing.
async fn load(tier: &RedisTier, source: &Source, at: usize, random: &mut Random) -> bool {
    let floor = source.floors[at].load(SeqCst);
    match tier.get(SPACE, NAMES[at]).await.unwrap() {
        Fetched::Found(record) | Fetched::Tagged(record, _) => {
            let version = version(&record);
            assert!(version >= floor, "{} has version {version}, {floor} was invalidated", NAMES[at]);
            false
        }
        Fetched::Missing(stamp) => {
            let loaded = source.versions[at].load(SeqCst);
            for _ in 0..random.below(4) {
                tokio::task::yield_now().await;
            }
            tier.put(SPACE, NAMES[at], &loaded.to_le_bytes(), None, stamp, &tags(at)).await.unwrap()
        }
    }
}

/// Makes a change, again where it could not be made, as whoever owes it does.
async fn apply(tier: &RedisTier, change: Change) {
    let change = [change];
    let start = Instant::now();
    while let Err(error) = tier.apply(SPACE, &change).await {
        assert!(start.elapsed() < LONGEST, "{change:?} is never made: {error}");
    }
}

/// Changes the source, then tells the tier.
async fn write(tier: &RedisTier, source: &Source, random: &mut Random) {
    let at = random.below(NAMES.len());
    let change = match random.below(14) {
        0..5 => Change::remove(NAMES[at]),
        5 | 6 => Change::remove_prefix(["a", "b", "b:2"][random.below(3)]).unwrap(),
        7 => Change::remove_pattern(["a*", "*:1", "c"][random.below(3)]).unwrap(),
        8 => Change::remove_all(),
        9 | 10 => Change::remove_tag(TAGS[random.below(2)]),
        _ => {
            let _alone = source.setting.write().await;
            let new = source.versions[at].fetch_add(1, SeqCst) + 1;
            let set =
                Change::Set { name: NAMES[at].to_owned(), record: new.to_le_bytes().into(), ttl: None, tags: tags(at) };
            apply(tier, set).await;
            source.floors[at].fetch_max(new, SeqCst);
            return;
        }
    };
    let _with_others = source.setting.read().await;
    let tagged = |at: usize| change.tag().is_some_and(|tag| tags(at).iter().any(|other| other == tag));
    let reached = |at: &usize| change.reaches(NAMES[*at]) || tagged(*at);
    let bump = |at: usize| (at, source.versions[at].fetch_add(1, SeqCst) + 1);
    let changed: Vec<_> = (0..NAMES.len()).filter(reached).map(bump).collect();
    apply(tier, change.clone()).await;
    for (at, new) in changed {
        source.floors[at].fetch_max(new, SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_from_before_an_invalidation_is_read_after_it() {
    race(&Server::start(), ROUNDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_from_before_an_invalidation_is_read_after_it_in_a_cluster() {
    race(&<Nodes as Setting>::start().await, FEWER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_from_before_an_invalidation_is_read_while_slots_move() {
    let nodes = Arc::new(<Nodes as Setting>::start().await);
    let (done, moves) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let tier = nodes.tier().await;
    for name in NAMES {
        let set = Change::Set { name: name.to_owned(), record: vec![0; 8], ttl: None, tags: Vec::new() };
        tier.apply(SPACE, &[set]).await.unwrap();
    }
    let slots: Vec<u16> = NAMES.iter().map(|name| slot(&nodes.key(name), &nodes.servers[0])).collect();
    let moving = std::thread::spawn({
        let (nodes, done, moves) = (nodes.clone(), done.clone(), moves.clone());
        move || {
            for slot in slots.iter().cycle() {
                let (from, to) = nodes.owner(*slot);
                let migration = Migration { slot: *slot, from: &nodes.servers[from], to: &nodes.servers[to] };
                migration.begin();
                while migration.move_some(1) {}
                migration.end();
                moves.fetch_add(1, SeqCst);
                if done.load(SeqCst) {
                    return;
                }
            }
        }
    });
    race_until(&*nodes, FEWER, move || moves.load(SeqCst) > MOVES).await;
    done.store(true, SeqCst);
    moving.join().unwrap();
}

async fn race(server: &impl Setting, rounds: u64) {
    race_until(server, rounds, || true).await;
}

/// So many rounds, and more until that is enough.
async fn race_until(server: &impl Setting, rounds: u64, enough: impl Fn() -> bool + Clone + Send + 'static) {
    let start = Instant::now();
    let source = Arc::new(Source::default());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 1..=LOADERS + WRITERS {
        let (tier, source, enough) = (server.tier().await, source.clone(), enough.clone());
        tasks.spawn(async move {
            let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut stored = 0;
            for round in 0.. {
                if round >= rounds && enough() {
                    break;
                }
                assert!(start.elapsed() < LONGEST, "not enough has happened after {round} rounds");
                if number <= LOADERS {
                    let at = random.below(NAMES.len());
                    stored += usize::from(load(&tier, &source, at, &mut random).await);
                } else {
                    write(&tier, &source, &mut random).await;
                }
            }
            stored
        });
    }
    let stored: usize = tasks.join_all().await.into_iter().sum();
    assert!(stored > 50, "only {stored} loads were stored: nothing raced");
    let (tier, mut random) = (server.tier().await, Random(1));
    for at in 0..NAMES.len() {
        load(&tier, &source, at, &mut random).await;
    }
}
