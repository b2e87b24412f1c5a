//! `#[invalidates]`: what a write removes, and when.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use cache_core::testing::Scope;
use cache_core::{cached, invalidates};
use cache_tests::{Gate, Probe, in_memory, in_time, scope, until};

#[derive(Default)]
struct Table {
    rows: Mutex<HashMap<u64, u64>>,
    reads: Probe,
    commits: Probe,
    after_commit: Gate,
}

impl Table {
    fn read(&self, id: u64) -> u64 {
        self.rows.lock().unwrap().get(&id).copied().unwrap_or_default()
    }
}

#[cached(ttl = "5m", key_prefix = "row", skip(table))]
async fn row(table: &Table, id: u64) -> u64 {
    let _running = table.reads.enter();
    let value = table.read(id);
    tokio::task::yield_now().await;
    value
}

#[cached(ttl = "5m", key_prefix = "page", skip(table))]
async fn page(table: &Table, id: u64, number: u32, filter: Option<&str>) -> u64 {
    let _ = (number, filter);
    table.read(id)
}

#[invalidates(row(id), page(id, ..))]
async fn write(table: &Table, id: u64, value: u64) -> Result<(), String> {
    if value == 0 {
        return Err("zero is refused".to_owned());
    }
    table.rows.lock().unwrap().insert(id, value);
    drop(table.commits.enter());
    table.after_commit.passed().await;
    assert!(value != 13, "unlucky");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_writer_was_dropped_past_its_commit_no_reader_sees_the_old_value() {
    let (scope, table) = (scope(), Arc::new(Table::default()));
    for value in 1..=300 {
        let reader = || {
            let table = table.clone();
            tokio::spawn(scope.run(async move { row(&table, 7).await }))
        };
        let writer = tokio::spawn({
            let table = table.clone();
            scope.run(async move { write(&table, 7, value * 20).await })
        });
        let before = [reader(), reader(), reader()];
        in_time(async {
            until(|| table.commits.runs() as u64 == value).await;
            writer.abort();
            assert!(writer.await.unwrap_err().is_cancelled());
            for _ in 0..3 {
                assert_eq!(reader().await.unwrap(), value * 20);
            }
            for reader in before {
                let _ = reader.await.unwrap();
            }
            assert_eq!(reader().await.unwrap(), value * 20, "no older load was stored late");
        })
        .await;
    }
}

#[tokio::test]
async fn a_successful_write_removes_what_it_names_and_nothing_else() {
    if !in_memory() {
        return;
    }
    let (scope, table) = (scope(), Table::default());
    table.after_commit.open();
    scope
        .run(async {
            for id in [7, 8] {
                row(&table, id).await;
                page(&table, id, 0, None).await;
                page(&table, id, 1, Some("new")).await;
            }
            write(&table, 7, 70).await.unwrap();
            let mut keys = scope.cache().keys();
            keys.sort_unstable();
            assert_eq!(keys, ["page:8:0:~", "page:8:1:new", "row:8"]);
            assert_eq!((row(&table, 7).await, page(&table, 7, 0, None).await), (70, 70));
        })
        .await;
}

#[tokio::test]
async fn a_failed_write_removes_nothing() {
    if !in_memory() {
        return;
    }
    let (scope, table) = (scope(), Table::default());
    scope
        .run(async {
            row(&table, 7).await;
            assert!(write(&table, 7, 0).await.is_err());
            assert_eq!(row::peek(7).await, Some(0));
        })
        .await;
}

#[tokio::test]
async fn a_write_that_panics_may_have_happened() {
    let (scope, table) = (scope(), Table::default());
    table.after_commit.open();
    let _entered = scope.enter();
    row(&table, 7).await;
    let write = AssertUnwindSafe(write(&table, 7, 13));
    assert!(futures_util::FutureExt::catch_unwind(write).await.is_err());
    assert_eq!(row(&table, 7).await, 13);
}

#[tokio::test]
async fn a_write_that_was_never_polled_did_not_happen() {
    let (scope, table) = (scope(), Table::default());
    scope
        .run(async {
            row(&table, 7).await;
            drop(write(&table, 7, 1));
            assert_eq!(row::peek(7).await, Some(0));
        })
        .await;
}

#[cached(ttl = "5m", key_prefix = "owner")]
async fn owner(id: u64) -> String {
    format!("owner {id}")
}

#[derive(Debug)]
struct Created {
    id: u64,
}

#[invalidates(owner(result.id), key = "count:{kind}", pattern = "list:{kind}:*")]
async fn create(kind: &str, gate: &Gate) -> Result<Created, String> {
    let id = kind.len() as u64;
    gate.passed().await;
    Ok(Created { id })
}

async fn fill(scope: &Scope) {
    let cache = scope.cache();
    for key in ["count:art", "count:a*", "list:art:1", "list:art:2", "list:a*:1", "list:arts:1"] {
        cache.set(key, 0, cache_core::Ttl::Never).await;
    }
    owner(3).await;
    owner(4).await;
}

fn keys(scope: &Scope) -> Vec<String> {
    let mut keys = scope.cache().keys();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn result_key_and_pattern_reach_what_they_say() {
    if !in_memory() {
        return;
    }
    let (scope, gate) = (scope(), Gate::default());
    gate.open();
    scope
        .run(async {
            fill(&scope).await;
            create("art", &gate).await.unwrap();
            assert_eq!(keys(&scope), ["count:a*", "list:a*:1", "list:arts:1", "owner:4"]);
        })
        .await;
}

#[tokio::test]
async fn a_hostile_argument_of_a_pattern_is_no_pattern() {
    if !in_memory() {
        return;
    }
    let (scope, gate) = (scope(), Gate::default());
    gate.open();
    scope
        .run(async {
            fill(&scope).await;
            create("a*", &gate).await.unwrap();
            assert_eq!(keys(&scope).len(), 8, "the names above were written unescaped: nobody else's are reached");
        })
        .await;
}

#[tokio::test]
async fn without_a_result_its_segment_is_any() {
    if !in_memory() {
        return;
    }
    let (scope, gate) = (scope(), Gate::default());
    scope
        .run(async {
            fill(&scope).await;
            tokio::select! {
                biased;
                _ = create("art", &gate) => unreachable!("the gate is shut"),
                () = async {} => {}
            }
            assert_eq!(keys(&scope), ["count:a*", "list:a*:1", "list:arts:1"]);
        })
        .await;
}

#[cached(ttl = "5m", key_prefix = "setting")]
fn setting(id: u64) -> u64 {
    id
}

#[invalidates(setting(id))]
fn set(id: u64, fail: bool) -> Option<()> {
    assert!(id != 13, "unlucky");
    (!fail).then_some(())
}

#[test]
fn sync_writes_alike() {
    let scope = scope();
    let _entered = scope.enter();
    setting(1);
    assert_eq!(set(1, true), None);
    assert_eq!(setting::peek(1), Some(1));
    assert_eq!(set(1, false), Some(()));
    assert_eq!(setting::peek(1), None);
    setting(13);
    assert!(catch_unwind(|| set(13, false)).is_err());
    assert_eq!(setting::peek(13), None);
}
