//! One call for many items: each item is loaded once, whoever asks for it, and its entry is that of the function of one.

mod failures;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use cache_core::{BatchOutcomes, Source, cached};
use cache_tests::{Probe, Random, in_memory, in_time, scope, until};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, cache_core::CacheKey)]
struct TrackId(u64);

/// A table of tracks: those under 1,000 are there.
#[derive(Debug, Default)]
struct Table {
    probe: Probe,
    reads: Mutex<HashMap<u64, usize>>,
    broken: AtomicUsize,
}

impl Table {
    async fn read(&self, ids: &[TrackId]) -> Result<HashMap<TrackId, String>, String> {
        let _running = self.probe.enter();
        for id in ids {
            *self.reads.lock().unwrap().entry(id.0).or_default() += 1;
        }
        self.probe.gate.passed().await;
        if self.broken.load(SeqCst) > 0 {
            self.broken.fetch_sub(1, SeqCst);
            return Err(format!("broken for {}", ids.len()));
        }
        Ok(ids.iter().filter(|id| id.0 < 1_000).map(|id| (*id, title(id.0))).collect())
    }

    fn open() -> Arc<Self> {
        let table = Arc::<Self>::default();
        table.probe.gate.open();
        table
    }

    fn reads(&self, id: u64) -> usize {
        self.reads.lock().unwrap().get(&id).copied().unwrap_or_default()
    }
}

fn title(id: u64) -> String {
    format!("track {id}")
}

fn ids<const N: usize>(of: [u64; N]) -> Vec<TrackId> {
    of.map(TrackId).to_vec()
}

#[cached(ttl = "5m", key_prefix = "track", skip(table))]
async fn get_track(table: &Table, id: TrackId) -> Result<Option<String>, String> {
    Ok(table.read(&[id]).await?.remove(&id))
}

#[cached(ttl = "5m", key_prefix = "track", batch = ids, skip(table))]
async fn get_tracks(table: &Table, ids: &[TrackId]) -> Result<HashMap<TrackId, String>, String> {
    table.read(ids).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_batches_that_overlap_load_each_item_once() {
    let (scope, table) = (scope(), Arc::<Table>::default());
    let mut random = Random::new(7);
    let mut tasks = Vec::new();
    let mut asked = HashSet::new();
    for _ in 0..50 {
        let mut of = Vec::new();
        while of.len() < 20 {
            let id = TrackId(random.below(100));
            if !of.contains(&id) {
                of.push(id);
            }
        }
        asked.extend(of.clone());
        let table = table.clone();
        tasks.push(tokio::spawn(scope.run(async move { (get_tracks(&table, &of).await.unwrap(), of) })));
    }
    let source = Table::open();
    in_time(async {
        // A miss is counted when its load begins, or where another one's is waited for after one's own.
        until(|| scope.cache().stats().misses == 50 * 20).await;
        table.probe.gate.open();
        for task in tasks {
            let (answer, of) = task.await.unwrap();
            assert_eq!(answer, get_tracks::uncached(&source, &of).await.unwrap());
        }
    })
    .await;
    let loads = table.reads.lock().unwrap().clone();
    assert_eq!(loads.len(), asked.len());
    assert!(loads.values().all(|loads| *loads == 1), "{loads:?}");
    let stats = get_tracks_stats(&scope);
    assert_eq!((stats.requests, stats.loads), (1_000, asked.len() as u64));
}

fn get_tracks_stats(scope: &cache_core::testing::Scope) -> cache_core::Stats {
    let _entered = scope.enter();
    get_tracks::stats()
}

#[tokio::test]
async fn an_item_is_loaded_once_however_often_it_is_listed_and_an_empty_list_loads_nothing() {
    let (scope, table) = (scope(), Table::open());
    in_time(scope.run(async {
        assert_eq!(get_tracks(&table, &[]).await, Ok(HashMap::new()));
        assert_eq!(table.probe.runs(), 0);
        let answer = get_tracks(&table, &ids([1, 2, 1, 1])).await.unwrap();
        assert_eq!(answer, HashMap::from([(TrackId(1), title(1)), (TrackId(2), title(2))]));
        assert_eq!((table.reads(1), table.reads(2), table.probe.runs()), (1, 1, 1));
        get_tracks(&table, &ids([1, 2, 3])).await.unwrap();
        assert_eq!((table.reads(1), table.reads(3), table.probe.runs()), (1, 1, 2), "the body gets what is missing");
    }))
    .await;
}

#[tokio::test]
async fn the_function_of_one_and_the_batch_have_the_same_entries() {
    let (scope, table) = (scope(), Table::open());
    in_time(scope.run(async {
        get_tracks(&table, &ids([1, 2])).await.unwrap();
        assert_eq!(get_track(&table, TrackId(1)).await, Ok(Some(title(1))));
        assert_eq!(table.probe.runs(), 1, "what the batch has stored is the other's hit");
        get_track(&table, TrackId(3)).await.unwrap();
        get_tracks(&table, &ids([1, 2, 3])).await.unwrap();
        assert_eq!(table.probe.runs(), 2, "and the other way round");
        assert_eq!(get_track::key(TrackId(1)), get_tracks::key(TrackId(1)));
        get_track::invalidate(TrackId(1)).await;
        get_tracks::invalidate(TrackId(2)).await;
        assert_eq!(get_tracks::peek(TrackId(1)).await, None);
        assert_eq!(get_track::peek(TrackId(2)).await, None);
        assert_eq!(get_tracks::peek(TrackId(3)).await, Some(Ok(Some(title(3)))));
        get_tracks(&table, &ids([1, 2, 3])).await.unwrap();
        assert_eq!((table.reads(1), table.reads(2), table.reads(3)), (2, 2, 1));
        get_tracks::put(TrackId(4), "put".to_owned()).await;
        assert_eq!(get_track(&table, TrackId(4)).await, Ok(Some("put".to_owned())));
        scope.cache().check().unwrap();
        assert!(scope.cache().functions().iter().any(|function| function.template == "track:{ids}"));
    }))
    .await;
}

#[tokio::test]
async fn batches_that_cross_do_not_wait_for_each_other() {
    let (scope, table) = (scope(), Table::default());
    in_time(scope.run(async {
        let (one, other) = (ids([1, 2, 3]), ids([3, 4, 1]));
        let single = get_track(&table, TrackId(4));
        let (one, other, single, ()) =
            tokio::join!(get_tracks(&table, &one), get_tracks(&table, &other), single, async {
                until(|| scope.cache().stats().misses == 7).await;
                table.probe.gate.open();
            });
        assert_eq!(one.unwrap()[&TrackId(3)], title(3));
        assert_eq!(other.unwrap().len(), 3);
        assert_eq!(single, Ok(Some(title(4))));
        assert!((1..=4).all(|id| table.reads(id) == 1), "{table:?}");
    }))
    .await;
}

#[tokio::test]
async fn a_batch_waits_for_the_function_of_one() {
    let (scope, table) = (scope(), Table::default());
    in_time(scope.run(async {
        let of = ids([1, 2]);
        let (single, batch, ()) = tokio::join!(get_track(&table, TrackId(1)), get_tracks(&table, &of), async {
            until(|| scope.cache().stats().misses == 3).await;
            table.probe.gate.open();
        });
        assert_eq!(single, Ok(Some(title(1))));
        assert_eq!(batch.unwrap().len(), 2);
        assert_eq!((table.reads(1), table.reads(2)), (1, 1));
    }))
    .await;
}

#[cached(ttl = "5m", key_prefix = "known", ttl_none = "1m", batch = ids, skip(table))]
async fn known(table: &Table, ids: &[TrackId]) -> Result<HashMap<TrackId, String>, String> {
    table.read(ids).await
}

#[tokio::test]
async fn an_absence_is_stored_where_the_function_says_so() {
    let (scope, table) = (scope(), Table::open());
    in_time(scope.run(async {
        for _ in 0..2 {
            assert_eq!(known(&table, &ids([1, 2_000])).await.unwrap().len(), 1);
            assert_eq!(get_tracks(&table, &ids([1, 3_000])).await.unwrap().len(), 1);
        }
        assert_eq!((table.reads(2_000), table.reads(3_000)), (1, 2));
        assert_eq!(known::peek(TrackId(2_000)).await, Some(Ok(None)));
        assert_eq!(get_tracks::peek(TrackId(3_000)).await, None);
        let outcomes = known::outcomes(&table, &ids([2_000])).await.unwrap();
        let absent = outcomes.iter().next().unwrap();
        assert_eq!((absent.is_absent(), absent.source), (true, Source::Hit));
    }))
    .await;
}

#[tokio::test]
async fn outcomes_say_where_each_item_came_from() {
    let (scope, table) = (scope(), Table::default());
    in_time(scope.run(async {
        table.probe.gate.open();
        get_track(&table, TrackId(1)).await.unwrap();
        table.probe.gate.shut();
        let of = ids([4, 1, 2, 2_000, 1]);
        let clock = scope.clock();
        let (outcomes, _, ()) = tokio::join!(
            async {
                until(|| table.probe.running() == 1).await;
                get_tracks::outcomes(&table, &of).await
            },
            get_track(&table, TrackId(2)),
            async {
                until(|| scope.cache().stats().misses == 5).await;
                clock.advance(std::time::Duration::from_millis(250));
                table.probe.gate.open();
            }
        );
        let outcomes: BatchOutcomes<TrackId, String> = outcomes.unwrap();
        let said: Vec<_> = outcomes.iter().map(|item| (item.key.0, item.value.is_some(), item.source)).collect();
        let expected = [
            (4, true, Source::Loaded),
            (1, true, Source::Hit),
            (2, true, Source::Coalesced),
            (2_000, false, Source::Loaded),
        ];
        assert_eq!(said, expected);
        assert!((outcomes.hit_rate() - 0.25).abs() < 1e-9);
        assert_eq!((outcomes.len(), outcomes.count(Source::Loaded)), (4, 2));
        assert!(outcomes.total_time() >= std::time::Duration::from_millis(249), "{outcomes:?}");
    }))
    .await;
}

#[tokio::test]
async fn a_refresh_loads_every_item_anew() {
    let (scope, table) = (scope(), Table::open());
    in_time(scope.run(async {
        get_tracks(&table, &ids([1, 2])).await.unwrap();
        assert_eq!(get_tracks::refresh(&table, &ids([1, 2])).await.unwrap().len(), 2);
        assert_eq!((table.reads(1), table.probe.runs(), get_tracks::stats().refreshes), (2, 2, 2));
        table.broken.store(1, SeqCst);
        assert!(get_tracks::refresh(&table, &ids([1])).await.is_err());
        assert_eq!(get_tracks::peek(TrackId(1)).await, Some(Ok(Some(title(1)))), "what was stored stays");
    }))
    .await;
}

/// Of tenants.
#[cached(ttl = "5m", key_prefix = "owned", batch = ids, skip(table))]
async fn owned(table: &Table, tenant: String, ids: Vec<TrackId>) -> BTreeMap<TrackId, String> {
    table.read(&ids).await.unwrap().into_iter().map(|(id, title)| (id, format!("{tenant}: {title}"))).collect()
}

#[tokio::test]
async fn other_arguments_are_in_the_key_too() {
    let (scope, table) = (scope(), Table::open());
    in_time(scope.run(async {
        let a = owned(&table, "a".to_owned(), ids([2, 1, 2_000])).await;
        assert_eq!(a.into_values().collect::<Vec<_>>(), ["a: track 1", "a: track 2"]);
        let b = owned(&table, "b".to_owned(), ids([1])).await;
        assert_eq!(b[&TrackId(1)], "b: track 1");
        assert_eq!(owned::key("a".to_owned(), TrackId(1)), "owned:a:1");
        assert_eq!(owned::peek("b".to_owned(), TrackId(1)).await, Some(Some("b: track 1".to_owned())));
    }))
    .await;
}

#[tokio::test]
async fn fills_memory_by_item() {
    if !in_memory() {
        return;
    }
    let (scope, table) = (scope(), Table::open());
    in_time(scope.run(async {
        get_tracks(&table, &ids([1, 2, 3])).await.unwrap();
        let mut keys = scope.cache().keys();
        keys.sort();
        assert_eq!(keys, ["track:1", "track:2", "track:3"]);
    }))
    .await;
}
