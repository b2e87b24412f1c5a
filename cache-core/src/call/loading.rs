//! The future around a body. It knows the body by reference alone: all that is done before and after it is compiled once
//! per type, and what is compiled once per function is little more than the body itself.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::flight::Attended;

/// What stands around a body.
pub trait Around<R> {
    /// Goes on: before the body, with it, and after it.
    /// What the body gave is kept in `full` while there is something to do that its caller waits for.
    fn poll(
        self: Pin<&mut Self>,
        body: Pin<&mut dyn Body<Output = R>>,
        full: &mut Option<R>,
        context: &mut Context<'_>,
    ) -> Poll<R>;
}

/// A body that can be given up before its future's time, so that it is gone when its load ends.
pub trait Body: Future {
    /// Drops what is left of it.
    fn clear(self: Pin<&mut Self>);
}

pin_project! {
    /// A call that was not answered at once.
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Loading<A, R, F> {
        // Dropped before what is around it: it is gone before another leader's begins.
        #[pin]
        body: Owned<F>,
        #[pin]
        around: A,
        full: Option<R>,
    }
}

impl<A, R, F> fmt::Debug for Loading<A, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").finish_non_exhaustive()
    }
}

/// The answer of a call, by its way around the body.
///
/// The body is a future that has done nothing yet: it begins with its first poll, when this caller leads the load.
/// On the heap, so that the future of a call that hits stays as small as its arguments.
///
/// # Cancel safety
/// Dropping the future while it waits leaves the load to the others; dropping it while it runs the body hands the load
/// over to one of those that wait.
pub fn load<A: Around<R>, R, F: Future<Output = R>>(around: A, body: F) -> Pin<Box<Loading<A, R, F>>> {
    Box::pin(Loading { body: Owned { body: Some(body) }, around, full: None })
}

impl<A: Around<R>, R, F: Future<Output = R>> Future for Loading<A, R, F> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        this.around.poll(this.body, this.full, context)
    }
}

/// What stands around a body, of a function whose return type alone its callers' compiler is to know.
pub struct Missed<'a, R>(pub(super) Pin<Box<dyn Around<R> + Send + 'a>>);

impl<R> fmt::Debug for Missed<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Missed").finish_non_exhaustive()
    }
}

impl<R> Around<R> for Missed<'_, R> {
    fn poll(
        self: Pin<&mut Self>,
        body: Pin<&mut dyn Body<Output = R>>,
        full: &mut Option<R>,
        context: &mut Context<'_>,
    ) -> Poll<R> {
        self.get_mut().0.as_mut().poll(body, full, context)
    }
}

pin_project! {
    struct Owned<F> {
        #[pin]
        body: Option<F>,
    }
}

impl<F: Future> Future for Owned<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().body.as_pin_mut() {
            Some(body) => body.poll(context),
            None => panic!("a body is polled after its end"),
        }
    }
}

impl<F: Future> Body for Owned<F> {
    fn clear(self: Pin<&mut Self>) {
        self.project().body.set(None);
    }
}

/// What came of the way to a body.
pub(super) enum Begun<R, L> {
    /// An answer without it.
    Answered(R),
    /// The one who looks after it.
    Leads(L),
}

/// One who looks after a body.
pub(super) trait Leads {
    /// The body, as a part of its load.
    fn attended<'a, F: Future + ?Sized>(&'a self, body: Pin<&'a mut F>) -> Attended<'a, F>;
}

pin_project! {
    /// The way to a body, whoever looks after it, and what is done with what it gives.
    pub(super) struct Steps<B, L, N, E> {
        #[pin]
        step: Step<B, L, E>,
        next: N,
    }
}

pin_project! {
    #[project = At]
    #[project_replace = Was]
    enum Step<B, L, E> {
        Begins { #[pin] begin: B },
        Runs { leader: L },
        Ends { #[pin] end: E },
        Over,
    }
}

impl<B, L, N, E> Steps<B, L, N, E> {
    /// `begin` leads to the body, `next` makes of its leader and its output what is left to do.
    pub(super) const fn new(begin: B, next: N) -> Self {
        Self { step: Step::Begins { begin }, next }
    }
}

/// Gives up a body that panics, and its load.
struct Guard<'a, B, L, E, R> {
    step: Pin<&'a mut Step<B, L, E>>,
    body: Pin<&'a mut dyn Body<Output = R>>,
    is_over: bool,
}

impl<B, L, E, R> Drop for Guard<'_, B, L, E, R> {
    fn drop(&mut self) {
        if self.is_over {
            self.body.as_mut().clear();
            self.step.set(Step::Over);
        }
    }
}

impl<R, B, L, N, E> Around<R> for Steps<B, L, N, E>
where
    B: Future<Output = Begun<R, L>>,
    L: Leads,
    N: Fn(L, R) -> (R, Option<E>),
    E: Future<Output = ()>,
{
    fn poll(
        self: Pin<&mut Self>,
        body: Pin<&mut dyn Body<Output = R>>,
        full: &mut Option<R>,
        context: &mut Context<'_>,
    ) -> Poll<R> {
        let this = self.project();
        // Until it is pending.
        let mut guard = Guard { step: this.step, body, is_over: true };
        loop {
            match guard.step.as_mut().project() {
                At::Begins { begin } => match begin.poll(context) {
                    Poll::Ready(Begun::Answered(full)) => return Poll::Ready(full),
                    Poll::Ready(Begun::Leads(leader)) => guard.step.set(Step::Runs { leader }),
                    Poll::Pending => break,
                },
                At::Runs { leader } => {
                    let mut attended = leader.attended(guard.body.as_mut());
                    let Poll::Ready(answer) = Pin::new(&mut attended).poll(context) else { break };
                    guard.body.as_mut().clear();
                    let Was::Runs { leader } = guard.step.as_mut().project_replace(Step::Over) else {
                        unreachable!("it has just run")
                    };
                    let (answer, end) = (this.next)(leader, answer);
                    let Some(end) = end else { return Poll::Ready(answer) };
                    *full = Some(answer);
                    guard.step.set(Step::Ends { end });
                }
                At::Ends { end } => {
                    let Poll::Ready(()) = end.poll(context) else { break };
                    match full.take() {
                        Some(full) => return Poll::Ready(full),
                        None => unreachable!("it has been kept since the body's end"),
                    }
                }
                At::Over => panic!("a load is polled after its end"),
            }
        }
        guard.is_over = false;
        Poll::Pending
    }
}
