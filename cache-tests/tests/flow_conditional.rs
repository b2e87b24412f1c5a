//! Functions that are given what they gave before, against a source with versions: on a clock that the test moves.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::{Previous, Refreshed, cached};
use cache_tests::{Probe, in_time, until};

const SECOND: Duration = Duration::from_secs(1);

/// Compared by nobody: whether it has changed is the source's to say.
#[derive(Debug, Clone)]
struct Page {
    version: u64,
    text: Arc<str>,
}

/// What a load was given: a version and its age in seconds.
type Offered = Option<(u64, u64)>;

#[derive(Debug, Default)]
struct Site {
    version: AtomicU64,
    down: AtomicBool,
    whole: AtomicUsize,
    offered: Mutex<Vec<Offered>>,
}

impl Site {
    fn shared() -> Arc<Self> {
        let site = Arc::new(Self::default());
        site.version.store(1, SeqCst);
        site
    }

    fn ask(&self, previous: Option<Previous<Page>>) -> Result<Refreshed<Page>, String> {
        let offered = previous.as_ref().map(|previous| (previous.value().version, previous.age().as_secs()));
        self.offered.lock().unwrap().push(offered);
        if self.down.load(SeqCst) {
            return Err("down".to_owned());
        }
        let version = self.version.load(SeqCst);
        if previous.is_some_and(|previous| previous.value().version == version) {
            return Ok(Refreshed::NotModified);
        }
        self.whole.fetch_add(1, SeqCst);
        Ok(Refreshed::New(Page { version, text: format!("text {version}").into() }))
    }

    fn whole(&self) -> usize {
        self.whole.load(SeqCst)
    }

    fn offered(&self) -> Vec<Offered> {
        std::mem::take(&mut *self.offered.lock().unwrap())
    }
}

#[cached(ttl = 10, stale_if_error = "1m", key_prefix = "page", skip(site))]
async fn page(site: &Site, id: u64, previous: Option<Previous<Page>>) -> Result<Refreshed<Page>, String> {
    let _ = id;
    site.ask(previous)
}

async fn text(site: &Site, id: u64) -> String {
    page(site, id).await.map_or_else(|error| error, |page| page.text.to_string())
}

#[tokio::test]
async fn a_value_that_is_still_good_is_fresh_again_and_one_that_is_not_is_replaced() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    scope
        .run(async {
            assert_eq!(text(&site, 1).await, "text 1");
            scope.clock().advance(12 * SECOND);
            let before = page::peek(1).await;
            assert!(before.is_none(), "past its time it is not shown: {before:?}");
            assert_eq!(text(&site, 1).await, "text 1");
            assert_eq!((site.whole(), site.offered()), (1, vec![None, Some((1, 12))]));
            // A whole TTL again.
            scope.clock().advance(9 * SECOND);
            assert_eq!(text(&site, 1).await, "text 1");
            assert_eq!(site.offered(), vec![]);
            site.version.store(2, SeqCst);
            scope.clock().advance(SECOND);
            assert_eq!(text(&site, 1).await, "text 2");
            // The age is that of what was stored last, which was 10 s ago.
            assert_eq!((site.whole(), site.offered()), (2, vec![Some((1, 10))]));
            assert_eq!(page::key(1), "page:1", "it is no part of the key");
            let stats = page::stats();
            assert_eq!((stats.loads, stats.hits, stats.misses), (3, 1, 3));
            assert_eq!((stats.refreshes, stats.refreshes_unchanged), (2, 1), "though callers waited for them");
        })
        .await;
}

#[tokio::test]
async fn nothing_that_was_removed_is_offered() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    scope
        .run(async {
            text(&site, 1).await;
            page::invalidate(1).await;
            text(&site, 1).await;
            scope.clock().advance(71 * SECOND);
            text(&site, 1).await;
            assert_eq!(site.offered(), vec![None, None, None], "invalidated, and past its grace");
            scope.cache().expire(page::key(1)).await;
            text(&site, 1).await;
            assert_eq!(site.offered(), vec![Some((1, 0))], "expired is not removed");
            assert_eq!(site.whole(), 3);
        })
        .await;
}

#[tokio::test]
async fn a_refresh_is_offered_what_is_fresh_and_says_when_it_found_no_change() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    scope
        .run(async {
            text(&site, 1).await;
            scope.clock().advance(3 * SECOND);
            let page = page::refresh(&site, 1).await.unwrap();
            assert_eq!((&*page.text, site.offered()), ("text 1", vec![None, Some((1, 3))]));
            site.version.store(2, SeqCst);
            assert_eq!(&*page::refresh(&site, 1).await.unwrap().text, "text 2");
            let stats = page::stats();
            assert_eq!((stats.refreshes, stats.refreshes_unchanged), (2, 1));
            // The body itself, with what its caller says.
            let unchanged = page::uncached(&site, 1, Some(previous_of(&site, 1).await)).await;
            assert!(matches!(unchanged, Ok(Refreshed::NotModified)));
        })
        .await;
}

async fn previous_of(site: &Site, id: u64) -> Previous<Page> {
    let slot = Mutex::new(None);
    let _ = keeps(site, &slot, id).await;
    let _ = keeps::refresh(site, &slot, id).await;
    slot.into_inner().unwrap().expect("a refresh is offered what is stored")
}

#[cached(ttl = 10, stale_if_error = "1m", skip(site, slot))]
async fn keeps(
    site: &Site,
    slot: &Mutex<Option<Previous<Page>>>,
    id: u64,
    previous: Option<Previous<Page>>,
) -> Result<Refreshed<Page>, String> {
    let _ = id;
    slot.lock().unwrap().clone_from(&previous);
    site.ask(previous)
}

#[tokio::test]
async fn an_error_is_bridged_as_ever_and_the_value_is_offered_again() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    scope
        .run(async {
            text(&site, 1).await;
            site.down.store(true, SeqCst);
            scope.clock().advance(10 * SECOND);
            assert_eq!(text(&site, 1).await, "text 1");
            site.down.store(false, SeqCst);
            scope.clock().advance(SECOND);
            assert_eq!(text(&site, 1).await, "text 1");
            assert_eq!((site.whole(), site.offered()), (1, vec![None, Some((1, 10)), Some((1, 11))]));
        })
        .await;
}

#[cached(ttl = 10, stale_while_revalidate = "1m", adaptive_ttl = "10s..1h", skip(site), key_prefix = "beside")]
async fn beside(site: Arc<Site>, id: u64, previous: Option<Previous<u64>>) -> Option<Refreshed<u64>> {
    let _ = id;
    let offered = previous.map(|previous| (*previous.value(), previous.age().as_secs()));
    site.offered.lock().unwrap().push(offered);
    match site.version.load(SeqCst) {
        0 => None,
        version if offered.is_some_and(|(before, _)| before == version) => Some(Refreshed::NotModified),
        version => Some(Refreshed::New(version)),
    }
}

#[tokio::test]
async fn beside_the_caller_too_with_a_ttl_that_follows() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    scope
        .run(async {
            assert_eq!(beside(site.clone(), 1).await, Some(1));
            beside(site.clone(), 1).await;
            scope.clock().advance(10 * SECOND);
            assert_eq!(beside(site.clone(), 1).await, Some(1));
            in_time(until(|| beside::stats().refreshes_unchanged == 1)).await;
            assert_eq!(site.offered(), vec![None, Some((1, 10))]);
            // Twice as long: nothing had changed, and it was read.
            while !scope.cache().contains(beside::key(1)).await {
                tokio::task::yield_now().await;
            }
            scope.clock().advance(19 * SECOND);
            assert_eq!(beside(site.clone(), 1).await, Some(1));
            assert_eq!(site.offered(), vec![]);
            // An absence removes it, and there is nothing to offer any more.
            site.version.store(0, SeqCst);
            scope.clock().advance(SECOND);
            assert_eq!(beside(site.clone(), 1).await, Some(1));
            in_time(until(|| beside::stats().loads == 3 && beside::stats().entries == 0)).await;
            assert_eq!(beside(site.clone(), 1).await, None);
            assert_eq!(site.offered(), vec![Some((1, 20)), None]);
        })
        .await;
}

#[cached(ttl = 10, stale_if_error = "1m", validate = |page| page.version != 3, skip(site), key_prefix = "valid")]
fn valid(site: &Site, previous: Option<Previous<Page>>, id: u64) -> Result<Refreshed<Page>, String> {
    let _ = id;
    site.ask(previous)
}

#[test]
fn sync_functions_alike_and_what_validate_rejects_is_not_offered() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    let _entered = scope.enter();
    let version = |id| valid(&site, id).map(|page| page.version);
    assert_eq!(version(1), Ok(1));
    scope.clock().advance(10 * SECOND);
    assert_eq!(version(1), Ok(1));
    site.version.store(3, SeqCst);
    assert_eq!(valid::refresh(&site, 1).map(|page| page.version), Ok(3));
    assert_eq!(version(1), Ok(3));
    assert_eq!(site.offered(), vec![None, Some((1, 10)), Some((1, 0)), None]);
}

#[derive(Clone)]
struct Repository(Arc<Site>);

#[cached]
impl Repository {
    #[cached(ttl = 10, stale_if_error = "1m", timeout = "5s", key_prefix = "repository", skip(self))]
    async fn page(&self, id: u64, previous: Option<Previous<Page>>) -> Result<Refreshed<Page>, Trouble> {
        let _ = id;
        self.0.ask(previous).map_err(|_| Trouble)
    }

    #[cached(ttl = 10, stale_while_revalidate = "1m", key_prefix = "list", skip(self))]
    fn list<T: Clone + Send + Sync + Default + 'static>(
        &self,
        previous: Option<Previous<Vec<T>>>,
        id: u64,
    ) -> Refreshed<Vec<T>> {
        let _ = id;
        self.0.whole.fetch_add(1, SeqCst);
        previous.map_or_else(|| Refreshed::New(vec![T::default()]), |_| Refreshed::NotModified)
    }
}

#[tokio::test]
async fn methods_alike_and_loads_that_may_outlast_their_callers() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    let repository = Repository(site.clone());
    scope
        .run(async {
            let version = async || repository.page(1).await.map(|page| page.version);
            assert_eq!(version().await, Ok(1));
            scope.clock().advance(10 * SECOND);
            assert_eq!(version().await, Ok(1));
            let handle = Repository::page_cache();
            assert_eq!(handle.refresh(&repository, 1).await.map(|page| page.version), Ok(1));
            assert_eq!(site.offered(), vec![None, Some((1, 10)), Some((1, 0))]);
            // Past the cache there is none.
            assert_eq!(handle.uncached(&repository, 1).await.map(|page| page.version), Ok(1));
            assert_eq!(site.offered(), vec![None]);
        })
        .await;
}

#[test]
fn a_generic_method_that_blocks_too() {
    let (scope, site) = (cache_tests::scope(), Site::shared());
    let _entered = scope.enter();
    let repository = Repository(site.clone());
    assert_eq!(repository.list::<u8>(1), vec![0]);
    scope.clock().advance(70 * SECOND);
    assert_eq!((repository.list::<u8>(1), site.whole()), (vec![0], 2), "past its grace");
}

#[derive(Debug, Clone, PartialEq)]
struct Trouble;

impl From<cache_core::TimedOut> for Trouble {
    fn from(_: cache_core::TimedOut) -> Self {
        Self
    }
}

#[cached(ttl = 10, refresh_ahead = 0.5, key_prefix = "rash")]
async fn rash(id: u64, previous: Option<Previous<u64>>) -> Refreshed<u64> {
    let _ = (id, previous);
    Refreshed::NotModified
}

#[tokio::test]
async fn nothing_to_go_back_to_is_a_panic_that_says_so() {
    let scope = cache_tests::scope();
    let panic = tokio::spawn(scope.run(rash(1))).await.unwrap_err().into_panic();
    let message = panic.downcast_ref::<String>().unwrap();
    assert_eq!(
        message,
        "`rash` answered `Refreshed::NotModified`, and there was no previous value: answer it only where `previous` is `Some`"
    );
}

#[cached(ttl = 10, stale_if_error = "1m", key_prefix = "gated", skip(probe))]
async fn gated(probe: &Probe, id: u64, previous: Option<Previous<u64>>) -> Refreshed<u64> {
    let run = probe.runs() as u64;
    let _running = probe.enter();
    probe.gate.passed().await;
    let _ = id;
    previous.map_or(Refreshed::New(run), |_| Refreshed::NotModified)
}

#[tokio::test]
async fn what_is_removed_while_its_source_is_asked_does_not_come_back() {
    let (scope, probe) = (cache_tests::scope(), Probe::default());
    probe.gate.open();
    scope
        .run(async {
            assert_eq!(gated(&probe, 1).await, 0);
            scope.clock().advance(10 * SECOND);
            probe.gate.shut();
            let asking = async {
                assert_eq!(gated(&probe, 1).await, 0, "its load began before the removal");
            };
            let removing = async {
                in_time(until(|| probe.running() == 1)).await;
                gated::invalidate(1).await;
                probe.gate.open();
            };
            tokio::join!(asking, removing);
            assert_eq!(gated::peek(1).await, None);
            assert_eq!(gated(&probe, 1).await, 2, "a load that was given nothing");
        })
        .await;
}
