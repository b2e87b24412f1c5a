//! A load from its first poll to its end, whatever its types: they stay with a driver.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::approach::Approach;
use crate::flight::{Wait, Waited};

/// How far it is to a body.
pub(super) enum SetOff {
    /// There is an answer without it.
    Answered,
    /// It can begin.
    Leads,
    /// Another's load has to be waited for.
    Waits(Approach, Wait),
    /// The shared tier is to be asked.
    Asks,
}

/// What a body's end has left to do.
pub(super) enum Ended {
    Nothing,
    /// The shared tier is to be told.
    Tells,
}

/// One who knows the types of a load, and keeps its answer.
pub(super) trait Drives {
    /// Goes as far as nobody has to be waited for, from where another's load was waited for.
    fn set_off(&mut self, waited: Option<(Approach, Waited)>) -> SetOff;
    /// Begins to ask the shared tier.
    fn ask(&mut self);
    /// Asks it.
    fn poll_asking(&mut self, context: &mut Context<'_>) -> Poll<SetOff>;
    /// Runs the body.
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Ended>;
    /// Tells the shared tier.
    fn poll_telling(&mut self, context: &mut Context<'_>) -> Poll<()>;
    /// Drops all that is left of the load.
    fn give_up(&mut self);
}

/// Where a load stands.
pub(super) enum Stage {
    SetsOff,
    Waits(Approach, Wait),
    Asks,
    Runs,
    Tells,
    Over,
}

/// Gives up a load that is over, or whose body panics.
struct Guard<'a> {
    stage: &'a mut Stage,
    driver: &'a mut dyn Drives,
    is_over: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.is_over {
            self.driver.give_up();
            *self.stage = Stage::Over;
        }
    }
}

/// Goes on with a load. Once it is ready, the driver has the answer.
pub(super) fn drive(stage: &mut Stage, driver: &mut dyn Drives, context: &mut Context<'_>) -> Poll<()> {
    let mut guard = Guard { stage, driver, is_over: true };
    let polled = guard.poll(context);
    guard.is_over = polled.is_ready();
    polled
}

impl Guard<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let set_off = match self.stage {
                Stage::SetsOff => self.driver.set_off(None),
                Stage::Waits(approach, wait) => {
                    let waited = ready!(Pin::new(wait).poll(context));
                    self.driver.set_off(Some((*approach, waited)))
                }
                Stage::Asks => ready!(self.driver.poll_asking(context)),
                Stage::Runs => match ready!(self.driver.poll_body(context)) {
                    Ended::Nothing => return Poll::Ready(()),
                    Ended::Tells => {
                        *self.stage = Stage::Tells;
                        continue;
                    }
                },
                Stage::Tells => return self.driver.poll_telling(context),
                Stage::Over => panic!("a load is polled after its end"),
            };
            *self.stage = match set_off {
                SetOff::Answered => return Poll::Ready(()),
                SetOff::Leads => Stage::Runs,
                SetOff::Waits(approach, wait) => Stage::Waits(approach, wait),
                SetOff::Asks => {
                    self.driver.ask();
                    Stage::Asks
                }
            };
        }
    }
}
