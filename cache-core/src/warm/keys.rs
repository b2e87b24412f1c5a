//! Where a strategy's keys come from, and what is done with each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

/// What a call came to: the text of its error.
pub(super) type Doing<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;
type Source<'a, K> = Pin<Box<dyn Stream<Item = K> + Send + 'a>>;
pub(super) type Call<'a, K> = Arc<dyn Fn(K) -> Doing<'a> + Send + Sync + 'a>;

/// The keys of a strategy: what can be iterated over, or a stream. `M` says which and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no keys to warm",
    label = "neither `IntoIterator` nor a `Stream`",
    note = "give a `Vec`, an iterator, or a `futures_core::Stream`, whose items are the keys"
)]
pub trait WarmKeys<'a, M> {
    /// One of them.
    type Key;

    /// All of them, one after the other.
    #[doc(hidden)]
    fn into_keys(self) -> Pin<Box<dyn Stream<Item = Self::Key> + Send + 'a>>;
}

/// Keys that can be iterated over.
#[derive(Debug)]
pub struct Iterated;

/// Keys that come as a stream.
#[derive(Debug)]
pub struct Streamed;

impl<'a, I: IntoIterator<IntoIter: Send + 'a>> WarmKeys<'a, Iterated> for I {
    type Key = I::Item;

    fn into_keys(self) -> Source<'a, I::Item> {
        Box::pin(Ready(self.into_iter()))
    }
}

#[diagnostic::do_not_recommend]
impl<'a, S: Stream + Send + 'a> WarmKeys<'a, Streamed> for S {
    type Key = S::Item;

    fn into_keys(self) -> Source<'a, S::Item> {
        Box::pin(self)
    }
}

/// An iterator as a stream.
struct Ready<I>(I);

// Nothing is pinned: the iterator is used by `&mut`.
impl<I> Unpin for Ready<I> {}

impl<I: Iterator> Stream for Ready<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// What there is to do, whatever the type of the keys.
pub(super) trait Calls<'a>: Send {
    /// The next call, which has not begun. An error is a panic of the keys' own code.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Doing<'a>, String>>>;

    /// How many are left, where that is known.
    fn remaining(&self) -> Option<u64>;
}

/// Keys, and the call of each.
pub(super) struct Keyed<'a, K> {
    pub(super) keys: Source<'a, K>,
    pub(super) call: Call<'a, K>,
    /// The keys have panicked: they are not asked any more.
    pub(super) broken: bool,
}

impl<'a, K: Send + 'a> Calls<'a> for Keyed<'a, K> {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Doing<'a>, String>>> {
        if self.broken {
            return Poll::Ready(None);
        }
        match catch_unwind(AssertUnwindSafe(|| self.keys.as_mut().poll_next(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(None)) => Poll::Ready(None),
            Ok(Poll::Ready(Some(key))) => {
                let call = self.call.clone();
                // The closure runs with the future: within its observation, and where its panic is caught.
                Poll::Ready(Some(Ok(Box::pin(async move { call(key).await }))))
            }
            Err(panic) => {
                self.broken = true;
                Poll::Ready(Some(Err(format!("the keys {}", panicked(&*panic)))))
            }
        }
    }

    fn remaining(&self) -> Option<u64> {
        if self.broken {
            return Some(0);
        }
        match self.keys.size_hint() {
            (least, Some(most)) if least == most => u64::try_from(most).ok(),
            _ => None,
        }
    }
}

/// A panic in words.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.map_or("panicked".to_owned(), |text| format!("panicked: {text}"))
}
