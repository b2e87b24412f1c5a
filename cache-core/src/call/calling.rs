//! The call of a function that is known by its return type alone, as the future that its wrapper gives.
//!
//! It is compiled per function, so it is made of little: all that is the same of functions that return the same is behind
//! [`Missed`].

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::loading::{Around, Body, Missed};
use super::returned::Returned;
use crate::key::Kept;

/// A call that has not begun.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub trait Call: Future {
    /// The call, as one that is answered with what is stored, where there is something.
    #[must_use]
    fn looking_up(self) -> Self;
}

/// A call, begun by its first poll.
pub struct Calling<S, K, B, R, F> {
    returned: S,
    // Until the first poll.
    segments: Option<K>,
    make: Option<B>,
    refreshes: bool,
    // From the first poll on, where that does not answer. Dropped in this order: the body is gone before another's begins.
    body: Option<Pin<Box<F>>>,
    // On the heap, so that a hit leaves no more than that there is none.
    begun: Option<Box<Begun<R>>>,
}

/// A call that runs the body and stores what it gives, whatever is stored: `returned` is what the function returns, `segments`
/// are those of its key, and `make` makes of them the body.
///
/// # Cancel safety
/// As of `load`. Nothing happens before the first poll.
#[inline]
pub const fn calling<R, S, K, B, F>(returned: S, segments: K, make: B) -> Calling<S, K, B, R, F>
where
    R: 'static,
    S: Fn() -> Returned<R>,
    K: Kept,
    B: FnOnce(K) -> F,
    F: Future<Output = R>,
{
    Calling { returned, segments: Some(segments), make: Some(make), refreshes: true, body: None, begun: None }
}

impl<S, K, B, R, F> fmt::Debug for Calling<S, K, B, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calling").finish_non_exhaustive()
    }
}

// What is pinned is on the heap.
impl<S, K, B, R, F> Unpin for Calling<S, K, B, R, F> {}

impl<S, K, B, R, F> Future for Calling<S, K, B, R, F>
where
    R: 'static,
    S: Fn() -> Returned<R>,
    K: Kept,
    B: FnOnce(K) -> F,
    F: Future<Output = R>,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let Self { returned, segments, make, refreshes, body, begun } = self.get_mut();
        let begun = match begun {
            Some(begun) => begun,
            None => {
                let Some(segments) = segments.take() else { over() };
                match returned().find_kept(&segments, *refreshes) {
                    Ok(full) => return Poll::Ready(full),
                    Err(missed) => {
                        let Some(make) = make.take() else { over() };
                        *body = Some(Box::pin(make(segments)));
                        begun.insert(Begun::new(missed))
                    }
                }
            }
        };
        begun.poll(body, context)
    }
}

impl<S, K, B, R, F> Call for Calling<S, K, B, R, F>
where
    R: 'static,
    S: Fn() -> Returned<R>,
    K: Kept,
    B: FnOnce(K) -> F,
    F: Future<Output = R>,
{
    #[inline]
    fn looking_up(mut self) -> Self {
        self.refreshes = false;
        self
    }
}

/// A call that was not answered at once: what is the same of all functions that return an `R`.
struct Begun<R> {
    missed: Missed<R>,
    full: Option<Box<R>>,
}

impl<R> Begun<R> {
    fn new(missed: Missed<R>) -> Box<Self> {
        Box::new(Self { missed, full: None })
    }

    fn poll(&mut self, body: &mut dyn Body<R>, context: &mut Context<'_>) -> Poll<R> {
        self.missed.poll(body, &mut self.full, context)
    }
}

#[cold]
fn over() -> ! {
    panic!("a call is polled after its end")
}
