//! The call of a function that is known by its return type alone, as the future that its wrapper gives.
//!
//! It is compiled per function, so it is made of little: all that is the same of functions that return the same is behind
//! [`Missed`].

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::body::{Body, Running};
use super::loading::{Around, Missed};
use super::returned::Returned;
use super::told::Told;
use crate::key::Kept;

/// A call that has not begun.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub trait Call: Future {
    /// The call, as one that is answered with what is stored, where there is something.
    #[must_use]
    fn looking_up(self) -> Self;
}

/// A call, begun by its first poll.
pub struct Calling<C, K, B, R, F> {
    function: PhantomData<fn() -> C>,
    // Until the first poll.
    make: Option<B>,
    // An `F`. Before what is around it: the body is gone before another's begins.
    running: Running<R>,
    body: PhantomData<F>,
    parts: Parts<K, R>,
}

/// A call that runs the body and stores what it gives, whatever is stored: `segments` are those of its key, and `make` makes of
/// them the body.
///
/// # Cancel safety
/// As of `load`. Nothing happens before the first poll.
#[inline]
pub const fn calling<C, R, K, B, F>(segments: K, make: B) -> Calling<C, K, B, R, F>
where
    R: 'static,
    C: Told<R>,
    K: Kept,
    B: FnOnce(K) -> F,
    F: Future<Output = R>,
{
    let parts = Parts { segments: Some(segments), refreshes: true, begun: None };
    Calling { function: PhantomData, make: Some(make), running: Running::NONE, body: PhantomData, parts }
}

impl<C, K, B, R, F> fmt::Debug for Calling<C, K, B, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calling").finish_non_exhaustive()
    }
}

// What is pinned is on the heap.
impl<C, K, B, R, F> Unpin for Calling<C, K, B, R, F> {}

impl<C, K, B, R, F> Future for Calling<C, K, B, R, F>
where
    R: 'static,
    C: Told<R>,
    K: Kept,
    B: FnOnce(K) -> F,
    F: Future<Output = R>,
{
    type Output = R;

    #[allow(unsafe_code)]
    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let Self { make, running, parts, .. } = self.get_mut();
        if let Some(make) = make.take() {
            match parts.set_out(C::returned()) {
                Ok(full) => return Poll::Ready(full),
                // SAFETY: `body` is its `PhantomData`, and in this file nothing is done with it but this and `body()`.
                Err(segments) => unsafe { running.begin(make(segments)) },
            }
        }
        parts.poll(running.body(), context)
    }
}

impl<C, K, B, R, F> Call for Calling<C, K, B, R, F>
where
    Self: Future,
{
    #[inline]
    fn looking_up(mut self) -> Self {
        self.parts.refreshes = false;
        self
    }
}

/// What is the same in all calls whose functions return an `R` and have keys of the same types.
struct Parts<K, R> {
    // Until the first poll.
    segments: Option<K>,
    refreshes: bool,
    // From the first poll on, where that does not answer. On the heap, so that a hit leaves no more than that there is none.
    begun: Option<Box<Begun<R>>>,
}

impl<K: Kept, R> Parts<K, R> {
    /// The answer, or else the segments of which the body is made that the call goes on with.
    #[inline]
    fn set_out(&mut self, returned: Returned<R>) -> Result<R, K> {
        // By reference: they were written a moment ago, part by part, and a copy that reads several parts at once would have to
        // wait for all of those writes.
        let Some(segments) = &self.segments else { over() };
        let missed = match returned.find_kept(segments, self.refreshes) {
            Ok(full) => return Ok(full),
            Err(missed) => missed,
        };
        self.begun = Some(Begun::new(missed));
        let Some(segments) = self.segments.take() else { over() };
        Err(segments)
    }

    #[inline]
    fn poll(&mut self, body: Body<'_, R>, context: &mut Context<'_>) -> Poll<R> {
        match &mut self.begun {
            Some(begun) => begun.missed.poll(body, &mut begun.full, context),
            None => over(),
        }
    }
}

/// A call that was not answered at once.
struct Begun<R> {
    missed: Missed<R>,
    full: Option<Box<R>>,
}

impl<R> Begun<R> {
    fn new(missed: Missed<R>) -> Box<Self> {
        Box::new(Self { missed, full: None })
    }
}

#[cold]
fn over() -> ! {
    panic!("a call is polled after its end")
}
