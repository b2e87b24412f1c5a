//! The future around a body. It knows the body by reference alone: all that is done before and after it is compiled once
//! per type, and what is compiled once per function is little more than the body itself.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::approach::Approach;
use super::body::{Body, Running};
use crate::flight::{Attended, Wait, Waited};

/// What stands around a body.
pub trait Around<R> {
    /// Goes on: before the body, with it, and after it.
    /// What the body gave is kept in `full` while there is something to do that its caller waits for.
    fn poll(&mut self, body: Body<'_, R>, full: &mut Option<Box<R>>, context: &mut Context<'_>) -> Poll<R>;
}

impl<R, A: Around<R> + ?Sized> Around<R> for Box<A> {
    fn poll(&mut self, body: Body<'_, R>, full: &mut Option<Box<R>>, context: &mut Context<'_>) -> Poll<R> {
        (**self).poll(body, full, context)
    }
}

/// A call that was not answered at once.
#[must_use = "futures do nothing unless they are polled"]
pub struct Loading<A, R, F> {
    // An `F`. Dropped before what is around it: it is gone before another leader's begins.
    running: Running<R>,
    body: PhantomData<F>,
    around: A,
    full: Option<Box<R>>,
}

// Nothing in it is pinned but what is on the heap: around a body there is nothing that is.
impl<A, R, F> Unpin for Loading<A, R, F> {}

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
#[allow(unsafe_code)]
#[inline]
pub fn load<A: Around<R>, R, F: Future<Output = R>>(around: A, body: F) -> Loading<A, R, F> {
    let mut loading = Loading { running: Running::NONE, body: PhantomData, around, full: None };
    // SAFETY: `body` is its `PhantomData`, and in this file nothing is done with it but this and `body()`.
    unsafe { loading.running.begin(body) }
    loading
}

impl<A: Around<R>, R, F: Future<Output = R>> Future for Loading<A, R, F> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let Self { running, around, full, .. } = self.get_mut();
        around.poll(running.body(), full, context)
    }
}

/// What stands around a body, of a function whose return type alone its callers' compiler is to know.
pub struct Missed<R>(pub(super) Box<dyn Around<R> + Send>);

impl<R> fmt::Debug for Missed<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Missed").finish_non_exhaustive()
    }
}

impl<R> Around<R> for Missed<R> {
    fn poll(&mut self, body: Body<'_, R>, full: &mut Option<Box<R>>, context: &mut Context<'_>) -> Poll<R> {
        self.0.poll(body, full, context)
    }
}

/// One who looks after a body that gives an `R`.
pub(super) trait Leads<R> {
    /// What is left to do once the body has answered.
    type Left;

    /// Goes as far as nobody has to be waited for.
    fn set_off(&mut self) -> SetOff<R>;
    /// The same, from where another's load was waited for.
    fn go_on(&mut self, approach: Approach, waited: Waited) -> SetOff<R>;
    /// The body, as a part of its load.
    fn attended<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Attended<'a, F>;
    /// What is made of the body's answer.
    fn conclude(&mut self, full: R) -> (R, Option<Self::Left>);
}

/// How far it is to a body.
pub(super) enum SetOff<R> {
    /// An answer without it.
    Answered(R),
    /// It can begin.
    Leads,
    /// Another's load has to be waited for.
    Waits(Approach, Wait),
    /// The shared tier is to be asked.
    Asks,
}

/// What came of a question to the shared tier.
pub(super) enum Begun<R, L> {
    /// An answer without a body.
    Answered(R),
    /// The one who looks after it.
    Leads(L),
}

/// The way to a body, whoever looks after it, and what is done with what it gives. What the shared tier has to do with it is on
/// the heap: mostly it is nothing.
pub(super) struct Steps<L, B, E, M, N> {
    leader: Option<L>,
    step: Step<B, E>,
    begin: M,
    end: N,
}

enum Step<B, E> {
    SetsOff,
    Waits(Approach, Wait),
    Begins(Pin<Box<B>>),
    Runs,
    Ends(Pin<Box<E>>),
    Over,
}

impl<L, B, E, M, N> Steps<L, B, E, M, N> {
    /// `begin` is the way to the body from where the shared tier is to be asked, `end` does what is left.
    pub(super) const fn new(leader: L, begin: M, end: N) -> Self {
        Self { leader: Some(leader), step: Step::SetsOff, begin, end }
    }
}

/// Gives up a body that panics, and its load.
struct Guard<'a, L, B, E, R> {
    leader: &'a mut Option<L>,
    step: &'a mut Step<B, E>,
    body: Body<'a, R>,
    is_over: bool,
}

impl<L, B, E, R> Drop for Guard<'_, L, B, E, R> {
    fn drop(&mut self) {
        if self.is_over {
            self.body.clear();
            *self.step = Step::Over;
            *self.leader = None;
        }
    }
}

impl<R, L, B, E, M, N> Around<R> for Steps<L, B, E, M, N>
where
    L: Leads<R>,
    M: Fn(L) -> B,
    B: Future<Output = Begun<R, L>>,
    N: Fn(L, L::Left) -> E,
    E: Future<Output = ()>,
{
    fn poll(&mut self, body: Body<'_, R>, full: &mut Option<Box<R>>, context: &mut Context<'_>) -> Poll<R> {
        let Self { leader, step, begin, end } = self;
        let mut guard = Guard { leader, step, body, is_over: true };
        loop {
            let set_off = match (&mut *guard.step, &mut *guard.leader) {
                (Step::SetsOff, Some(leader)) => leader.set_off(),
                (Step::Waits(approach, wait), Some(leader)) => {
                    let Poll::Ready(waited) = Pin::new(wait).poll(context) else { break };
                    leader.go_on(*approach, waited)
                }
                (Step::Begins(begin), _) => {
                    let Poll::Ready(begun) = begin.as_mut().poll(context) else { break };
                    match begun {
                        Begun::Answered(answer) => SetOff::Answered(answer),
                        Begun::Leads(leader) => {
                            *guard.leader = Some(leader);
                            SetOff::Leads
                        }
                    }
                }
                (Step::Runs, Some(leader)) => {
                    let mut attended = leader.attended(Pin::new(&mut guard.body));
                    let Poll::Ready(answer) = Pin::new(&mut attended).poll(context) else { break };
                    guard.body.clear();
                    let (answer, left) = leader.conclude(answer);
                    let (Some(left), Some(leader)) = (left, guard.leader.take()) else { return Poll::Ready(answer) };
                    *full = Some(Box::new(answer));
                    *guard.step = Step::Ends(Box::pin(end(leader, left)));
                    continue;
                }
                (Step::Ends(end), _) => {
                    if end.as_mut().poll(context).is_pending() {
                        break;
                    }
                    if let Some(full) = full.take() {
                        return Poll::Ready(*full);
                    }
                    *guard.step = Step::Over;
                    continue;
                }
                (Step::SetsOff | Step::Waits(..) | Step::Runs | Step::Over, _) => {
                    panic!("a load is polled after its end")
                }
            };
            match set_off {
                SetOff::Answered(answer) => return Poll::Ready(answer),
                SetOff::Leads => *guard.step = Step::Runs,
                SetOff::Waits(approach, wait) => *guard.step = Step::Waits(approach, wait),
                SetOff::Asks => {
                    if let Some(leader) = guard.leader.take() {
                        *guard.step = Step::Begins(Box::pin(begin(leader)));
                    }
                }
            }
        }
        guard.is_over = false;
        Poll::Pending
    }
}
