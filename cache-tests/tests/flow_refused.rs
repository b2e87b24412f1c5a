//! Values that are not stored, and what happens between two steps of a removal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_core::{Cache, Weigh, cached, invalidates};
use cache_tests::{scope, scope_with};

const MINUTE: Duration = Duration::from_secs(60);

/// Calls back into its cache when it goes.
#[derive(Clone)]
struct CallsBack {
    cache: Cache,
    _room: [u8; 4_096],
}

impl Drop for CallsBack {
    fn drop(&mut self) {
        self.cache.local().set("dropped", true, MINUTE);
    }
}

#[test]
fn a_value_that_is_too_large_is_dropped_with_nothing_locked() {
    let cache = Cache::builder().max_bytes(4_096).build().unwrap();
    let value = CallsBack { cache: cache.clone(), _room: [0; 4_096] };
    assert!(!cache.local().set("large", value, MINUTE).memory);
    assert_eq!(cache.local().get::<bool>("dropped"), Some(true));
    assert_eq!(cache.stats().oversized, 1);
}

#[derive(Clone, PartialEq, Debug)]
struct Endless(u8);

impl Weigh for Endless {
    fn heap_bytes(&self) -> usize {
        usize::MAX
    }
}

#[cached]
fn endless(n: u8) -> Endless {
    Endless(n)
}

#[test]
fn a_weight_beyond_all_bounds_is_refused_and_answered() {
    let scope = scope_with(|builder| builder.max_bytes(usize::MAX - 1));
    let _entered = scope.enter();
    assert_eq!(endless(1), Endless(1));
    assert_eq!(endless::peek(1), None);
    assert_eq!(endless::stats().entries, 0);
}

/// The one row of a database.
static ROW: AtomicU64 = AtomicU64::new(0);

/// A list that asks for itself again as soon as it is removed: a reader that comes at the worst of times.
#[derive(Clone)]
struct List {
    row: u64,
    reader: Option<Arc<Reader>>,
}

struct Reader;

impl Drop for Reader {
    fn drop(&mut self) {
        list(false);
    }
}

#[cached]
fn row() -> u64 {
    ROW.load(SeqCst)
}

#[cached(key("all"), skip(first))]
fn list(first: bool) -> List {
    List { row: row(), reader: first.then(|| Arc::new(Reader)) }
}

#[invalidates(list(), row())]
fn write(value: u64) {
    ROW.store(value, SeqCst);
}

#[test]
fn what_is_read_between_two_targets_does_not_stay() {
    let scope = scope();
    let _entered = scope.enter();
    assert!(list(true).reader.is_some());
    write(1);
    assert_eq!(row(), 1);
    assert_eq!(list(false).row, 1, "not made of the row as it was");
}

#[test]
fn scopes_may_end_in_any_order() {
    let (first, second) = (scope(), scope());
    let entered_first = first.enter();
    let entered_second = second.enter();
    drop(entered_first);
    row();
    assert_eq!(second.cache().stats().misses, 1);
    drop(entered_second);
    assert_eq!(first.cache().stats().misses, 0);
}
