//! Several loads with one body: who waits for any of them waits for that body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::graph::Running;
use super::{Attended, Flight};

/// The flights of one body. The first of them notes for all whether the body is looked after.
#[derive(Default)]
pub(crate) struct Crew {
    head: Option<Arc<Flight>>,
    /// Of all but the first.
    others: Vec<u64>,
}

impl Crew {
    /// Makes the leader of the first of them the leader of all. Nothing has been polled for them yet.
    pub(crate) fn of<'a>(flights: impl IntoIterator<Item = &'a Arc<Flight>>) -> Self {
        let mut crew = Self::default();
        for flight in flights {
            match &crew.head {
                None => crew.head = Some(flight.clone()),
                Some(head) => {
                    // A flight has one crew in its life: its caller's.
                    let _ = flight.head.set(head.clone());
                    crew.others.push(flight.id);
                }
            }
        }
        crew
    }

    /// A part of the load that all of them wait for; the span is entered while it is polled.
    pub(crate) fn attend<'a, F: Future>(
        &'a self,
        span: Option<&'a tracing::Span>,
        part: Pin<&'a mut F>,
    ) -> Crewed<'a, F> {
        Crewed { others: &self.others, part: Attended { flight: self.head.as_ref(), span, part } }
    }

    /// Runs a body that blocks.
    pub(crate) fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let _running = Running::begin_all(&self.others);
        match &self.head {
            Some(head) => head.run(body),
            None => body(),
        }
    }
}

/// A part of several loads, polled on behalf of everyone who waits for any of them.
pub(crate) struct Crewed<'a, F> {
    others: &'a [u64],
    part: Attended<'a, F>,
}

impl<F: Future> Future for Crewed<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _running = Running::begin_all(self.others);
        Pin::new(&mut self.part).poll(context)
    }
}
