//! A span of `tracing` around each load, and none around anything else.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::Scope;
use cache_core::{TimedOut, cached};
use cache_tests::{Probe, Spans, in_time, until};
use tracing::{Instrument, Level};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, PartialEq)]
struct Failed;

impl From<TimedOut> for Failed {
    fn from(_: TimedOut) -> Self {
        Self
    }
}

#[cached(ttl = 60, key = "tenant:{tenant}:user:{id}", tier = "local")]
async fn get_user(tenant: &str, id: u64) -> Result<Option<String>, Failed> {
    match id {
        0 => Ok(None),
        13 => Err(Failed),
        666 => panic!("a body that panics"),
        id => Ok(Some(format!("secret {id} of {tenant}"))),
    }
}

#[cached(ttl = 60, key_prefix = "slow", timeout = "5s", skip(probe))]
async fn slow(probe: &Arc<Probe>, id: u64) -> Result<u64, Failed> {
    let _running = probe.enter();
    probe.gate.passed().await;
    tracing::debug_span!(target: "cache", "inner").in_scope(|| Ok(id))
}

#[cached(ttl = 10, stale_while_revalidate = "5s", key_prefix = "renewed")]
async fn renewed(id: u64) -> u64 {
    id
}

#[cached(ttl = 60)]
fn square(n: u64) -> u64 {
    n * n
}

#[tokio::test]
async fn a_load_is_a_span_with_how_it_ended_and_nothing_of_its_arguments() {
    let (scope, spans) = (Scope::new(), Spans::new(Level::DEBUG));
    let _traced = tracing::subscriber::set_default(spans.clone());
    in_time(scope.run(async {
        for id in [1, 1, 0, 13] {
            let _ = get_user("acme", id).await;
        }
        assert!(tokio::spawn(scope.run(get_user("acme", 666))).await.unwrap_err().is_panic());
        assert_eq!(square(3), 9);
        scope.cache().get_or_set("mine:7", SECOND, async || 7).await;
        scope.cache().get_or_set("bare", SECOND, async || 7).await;
    }))
    .await;
    assert_eq!(spans.each("outcome"), ["value", "absent", "error", "panicked", "value", "value", "value"]);
    assert_eq!(spans.each("prefix"), ["tenant", "tenant", "tenant", "tenant", "square", "", ""]);
    assert_eq!(spans.each("function")[..5], ["get_user", "get_user", "get_user", "get_user", "square"]);
    for span in spans.all() {
        assert_eq!((&*span["name"], &*span["level"]), ("load", "DEBUG"));
        assert_eq!((&*span["background"], &*span["entered"]), ("false", "true"));
        let text = format!("{span:?}");
        for hidden in ["acme", "secret", "666", "mine"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    }
}

#[tokio::test]
async fn a_span_lasts_as_long_as_its_body_on_the_cache_s_clock_and_ends_where_that_is_dropped() {
    let (scope, spans, probe) = (Scope::new(), Spans::new(Level::DEBUG), Arc::new(Probe::default()));
    let _traced = tracing::subscriber::set_default(spans.clone());
    in_time(scope.run(async {
        let cache = scope.cache();
        let gated = || cache.get_or_set("gated:1", SECOND, async || probe.gate.passed().await);
        tokio::select! {
            biased;
            () = gated() => unreachable!("the gate is shut"),
            () = tokio::task::yield_now() => {}
        }
        let opened = async {
            scope.clock().advance(Duration::from_millis(250));
            probe.gate.open();
        };
        tokio::join!(gated(), opened);
    }))
    .await;
    assert_eq!(spans.each("outcome"), ["dropped", "value"]);
    assert_eq!(spans.each("took_ms"), ["0.0", "250.0"]);
}

#[tokio::test]
async fn loads_beside_their_callers_say_so_and_one_that_is_waited_for_stays_in_its_caller_s_span() {
    let (scope, spans, probe) = (Scope::new(), Spans::new(Level::DEBUG), Arc::new(Probe::default()));
    let _traced = tracing::subscriber::set_default(spans.clone());
    in_time(scope.run(async {
        probe.gate.open();
        let request = tracing::info_span!(target: "cache", "request");
        assert_eq!(slow(&probe, 1).instrument(request).await, Ok(1));
        renewed(1).await;
        scope.clock().advance(11 * SECOND);
        renewed(1).await;
        until(|| renewed::stats().loads == 2).await;
    }))
    .await;
    assert_eq!(spans.each("name"), ["request", "load", "inner", "load", "load"]);
    assert_eq!(spans.each("parent"), ["", "1", "2", "", ""]);
    assert_eq!(spans.each("background"), ["", "true", "", "false", "true"]);
    assert_eq!(spans.each("outcome"), ["", "value", "", "value", "value"]);
}

#[tokio::test]
async fn who_collects_from_info_on_sees_no_span() {
    let (scope, spans) = (Scope::new(), Spans::new(Level::INFO));
    let _traced = tracing::subscriber::set_default(spans.clone());
    in_time(scope.run(async { get_user("acme", 1).await })).await.unwrap();
    assert_eq!(spans.all(), []);
}

#[cached(ttl = 60, key_prefix = "many", tier = "local", batch = ids)]
async fn many(ids: &[u64]) -> Result<std::collections::HashMap<u64, u64>, Failed> {
    if ids.contains(&13) { Err(Failed) } else { Ok(ids.iter().map(|id| (*id, id * 2)).collect()) }
}

#[tokio::test]
async fn a_run_of_a_batchs_body_is_one_span_with_how_many_items_it_loads() {
    let (scope, spans) = (Scope::new(), Spans::new(Level::DEBUG));
    let _traced = tracing::subscriber::set_default(spans.clone());
    in_time(scope.run(async {
        many(&[1, 2]).await.unwrap();
        many(&[1, 2]).await.unwrap();
        many(&[2, 3, 4, 5]).await.unwrap();
        many(&[1, 13]).await.unwrap_err();
    }))
    .await;
    assert_eq!(spans.each("items"), ["2", "3", "1"]);
    assert_eq!(spans.each("outcome"), ["value", "value", "error"]);
    assert_eq!(spans.each("entered"), ["true"; 3]);
    assert_eq!(spans.each("prefix"), ["many"; 3]);
}
