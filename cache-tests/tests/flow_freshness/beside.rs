//! Loads beside their callers: how many, who waits for them, and whose arguments they have.

use cache_core::cached;
use cache_tests::{in_time, scope_with, until};

use super::source::{Shared, Source, Trouble};
use super::{SECOND, scope, swr};

#[tokio::test]
async fn where_no_more_may_run_in_the_background_the_caller_refreshes() {
    let (scope, source) = (scope_with(|builder| builder.background_loads(0)), Source::open());
    scope
        .run(async {
            source.set(1);
            swr(&source, 1).await.unwrap();
            scope.clock().advance(10 * SECOND);
            source.set(2);
            assert_eq!(swr(&source, 1).await, Ok(2));
        })
        .await;
}

#[tokio::test]
async fn closing_waits_for_what_runs_in_the_background() {
    let (scope, source) = (scope(), Source::open());
    scope
        .run(async {
            swr(&source, 1).await.unwrap();
            scope.clock().advance(10 * SECOND);
            source.probe.gate.shut();
            swr(&source, 1).await.unwrap();
            in_time(until(|| source.probe.running() == 1)).await;
            let closing = tokio::spawn({
                let cache = scope.cache().clone();
                async move { cache.close().await }
            });
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            assert!(!closing.is_finished());
            source.probe.gate.open();
            in_time(closing).await.unwrap();
            assert_eq!(source.probe.running(), 0);
        })
        .await;
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "thread", skip(source))]
fn on_a_thread(source: &Shared, name: &str) -> usize {
    let _ = name;
    source.probe.enter().run
}

#[test]
fn sync_functions_refresh_on_a_thread() {
    let (scope, source) = (scope(), Source::open());
    let _entered = scope.enter();
    assert_eq!(on_a_thread(&source, "a"), 1);
    scope.clock().advance(10 * SECOND);
    assert_eq!(on_a_thread(&source, "a"), 1);
    cache_tests::until_blocking(|| on_a_thread(&source, "a") == 2);
    assert_eq!(source.runs(), 2);
}

struct Owner {
    source: Shared,
    rounds: u64,
}

impl Clone for Owner {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), rounds: self.rounds }
    }
}

#[cached]
impl Owner {
    #[cached(ttl = 10, stale_while_revalidate = "5s", key(self.rounds, name, tags), skip(note))]
    async fn read(&self, name: &str, tags: &[u8], note: Option<&str>) -> Result<u64, Trouble> {
        let _ = (name, tags, note);
        self.source.read().await
    }
}

#[tokio::test]
async fn methods_own_what_they_borrow() {
    let (scope, source) = (scope(), Source::open());
    let owner = Owner { source: source.clone(), rounds: 3 };
    scope
        .run(async {
            assert_eq!(owner.read("a", &[1, 2], Some("x")).await, Ok(0));
            source.set(1);
            scope.clock().advance(10 * SECOND);
            assert_eq!(owner.read("a", &[1, 2], None).await, Ok(0));
            source.ran(2).await;
            assert_eq!(owner.read("a", &[1, 2], None).await, Ok(1));
        })
        .await;
}
