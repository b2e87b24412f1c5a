//! The future around a body. It knows the body by reference alone: all that is done before and after it is compiled once
//! per type at most, and what is compiled once per function is little more than the body itself.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::approach::Approach;
use super::body::{Body, Running};
use super::driving::{Drives, Ended, SetOff, Stage, drive};
use crate::flight::{Attended, Waited};

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

    /// Goes as far as nobody has to be waited for, from where another's load was waited for. An answer goes to `answer`.
    fn set_off(&mut self, waited: Option<(Approach, Waited)>, answer: &mut Option<R>) -> SetOff;
    /// The body, as a part of its load.
    fn attended<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Attended<'a, F>;
    /// What is made of the body's answer.
    fn conclude(&mut self, full: R) -> (R, Option<Self::Left>);
}

/// What came of a question to the shared tier.
pub(super) enum Begun<R, L> {
    /// An answer without a body.
    Answered(R),
    /// The one who looks after it.
    Leads(L),
}

/// The shared tier's part in a load.
pub(super) trait Elsewhere<R, L: Leads<R>> {
    /// Begins to ask.
    fn ask(&mut self, leader: L);
    /// Asks.
    fn poll_asking(&mut self, context: &mut Context<'_>) -> Poll<Begun<R, L>>;
    /// Begins to tell.
    fn tell(&mut self, leader: L, left: L::Left);
    /// Tells.
    fn poll_telling(&mut self, context: &mut Context<'_>) -> Poll<()>;
    /// Drops what has begun.
    fn give_up(&mut self);
}

/// The way to a body, whoever looks after it, and what is done with what it gives.
pub(super) struct Steps<L, X> {
    stage: Stage,
    leader: Option<L>,
    elsewhere: X,
}

impl<L, X> Steps<L, X> {
    pub(super) const fn new(leader: L, elsewhere: X) -> Self {
        Self { stage: Stage::SetsOff, leader: Some(leader), elsewhere }
    }
}

/// All that has a type, during one poll.
struct Driver<'a, R, L, X> {
    leader: &'a mut Option<L>,
    elsewhere: &'a mut X,
    body: Body<'a, R>,
    full: &'a mut Option<Box<R>>,
    answer: Option<R>,
}

impl<R, L: Leads<R>, X: Elsewhere<R, L>> Around<R> for Steps<L, X> {
    fn poll(&mut self, body: Body<'_, R>, full: &mut Option<Box<R>>, context: &mut Context<'_>) -> Poll<R> {
        let Self { stage, leader, elsewhere } = self;
        let mut driver = Driver { leader, elsewhere, body, full, answer: None };
        match (drive(stage, &mut driver, context), driver.answer) {
            (Poll::Pending, _) => Poll::Pending,
            (Poll::Ready(()), Some(answer)) => Poll::Ready(answer),
            (Poll::Ready(()), None) => over(),
        }
    }
}

impl<R, L: Leads<R>, X: Elsewhere<R, L>> Drives for Driver<'_, R, L, X> {
    fn set_off(&mut self, waited: Option<(Approach, Waited)>) -> SetOff {
        let Some(leader) = &mut self.leader else { over() };
        leader.set_off(waited, &mut self.answer)
    }

    fn ask(&mut self) {
        let Some(leader) = self.leader.take() else { over() };
        self.elsewhere.ask(leader);
    }

    fn poll_asking(&mut self, context: &mut Context<'_>) -> Poll<SetOff> {
        Poll::Ready(match ready!(self.elsewhere.poll_asking(context)) {
            Begun::Answered(answer) => {
                self.answer = Some(answer);
                SetOff::Answered
            }
            Begun::Leads(leader) => {
                *self.leader = Some(leader);
                SetOff::Leads
            }
        })
    }

    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        let Some(leader) = &mut self.leader else { over() };
        let full = ready!(Pin::new(&mut leader.attended(Pin::new(&mut self.body))).poll(context));
        self.body.clear();
        let (full, left) = leader.conclude(full);
        let Some(left) = left else {
            self.answer = Some(full);
            return Poll::Ready(Ended::Nothing);
        };
        *self.full = Some(Box::new(full));
        let Some(leader) = self.leader.take() else { over() };
        self.elsewhere.tell(leader, left);
        Poll::Ready(Ended::Tells)
    }

    fn poll_telling(&mut self, context: &mut Context<'_>) -> Poll<()> {
        ready!(self.elsewhere.poll_telling(context));
        self.answer = self.full.take().map(|full| *full);
        Poll::Ready(())
    }

    fn give_up(&mut self) {
        self.body.clear();
        self.elsewhere.give_up();
        *self.leader = None;
    }
}

#[cold]
pub(super) fn over() -> ! {
    panic!("a load is polled after its end")
}
