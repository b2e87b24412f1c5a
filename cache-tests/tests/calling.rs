//! The future that a plain function's call is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use cache_core::cached;
use cache_tests::scope;

/// A session that is given by value and is no copy; it counts the bodies that had one.
#[derive(Clone, Default)]
struct Db(Arc<AtomicUsize>);

#[cached]
async fn greeting(db: Db, name: String, times: u8) -> String {
    db.0.fetch_add(1, Ordering::Relaxed);
    name.repeat(times.into())
}

#[tokio::test]
async fn arguments_by_value_reach_the_key_and_then_the_body() {
    let db = Db::default();
    let call = |name: &str, times| greeting(db.clone(), name.to_owned(), times);
    scope()
        .run(async {
            for (name, times, said) in [("a", 2, "aa"), ("a", 2, "aa"), ("a", 3, "aaa"), ("b", 2, "bb")] {
                assert_eq!(call(name, times).await, said);
            }
            assert_eq!(db.0.load(Ordering::Relaxed), 3);
            assert_eq!(greeting::refresh(db.clone(), "a".to_owned(), 2).await, "aa");
            assert_eq!(db.0.load(Ordering::Relaxed), 4);
            assert_eq!(greeting::stats().refreshes, 1);
        })
        .await;
    assert_eq!(Arc::strong_count(&db.0), 1, "a call that is over keeps no session");
}

#[tokio::test]
async fn a_call_asks_the_cache_of_its_first_poll_and_does_nothing_before() {
    let db = Db::default();
    let call = greeting(db.clone(), "a".to_owned(), 1);
    let refresh = greeting::refresh(db.clone(), "a".to_owned(), 1);
    let unpolled = greeting(db.clone(), "b".to_owned(), 1);
    let scope = scope();
    scope
        .run(async {
            assert_eq!(greeting::stats().misses, 0);
            assert_eq!(call.await, "a");
            assert_eq!(refresh.await, "a");
            let stats = greeting::stats();
            assert_eq!((stats.misses, stats.refreshes, stats.loads), (1, 1, 2));
        })
        .await;
    drop(unpolled);
    assert_eq!(db.0.load(Ordering::Relaxed), 2);
}

#[test]
fn a_call_that_has_answered_is_over() {
    let mut context = Context::from_waker(Waker::noop());
    let scope = scope();
    let _entered = scope.enter();
    for _miss_then_hit in 0..2 {
        let mut call = pin!(greeting(Db::default(), "a".to_owned(), 1));
        assert_eq!(call.as_mut().poll(&mut context), Poll::Ready("a".to_owned()));
        let again = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context)));
        assert!(again.is_err());
    }
}
