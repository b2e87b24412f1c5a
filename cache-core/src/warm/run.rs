//! A warming under way: strategies one after the other, batch by batch.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::keys::{Doing, panicked};
use super::stop::Stop;
use super::together::Together;
use super::{Progress, Strategy, StrategyReport, Warm, WarmCounts, WarmProgress, WarmReport};
use crate::call::caught;
use crate::clock::{Clock, after, span};
use crate::observe::{Noted, noting};

/// Characters of an error in the report.
const LONGEST: usize = 200;

/// Calls that are kept of what one key's call does: enough to name the entry.
const FEW: usize = 16;

/// What a key came to.
enum Done {
    /// And what was observed.
    Called(Result<(), String>, Noted),
    Panicked(String),
}

/// What happens next in a batch.
enum Step {
    Done(Done),
    /// The keys' own code has panicked.
    Broken(String),
    /// The batch has come to its end.
    Over,
    Stopped,
}

/// All that does not belong to one strategy.
struct Run<'a> {
    clock: Clock,
    stop: Stop<'a>,
    progress: Option<Progress<'a>>,
    errors: usize,
    batch: usize,
    concurrency: usize,
    delay: std::time::Duration,
    /// There was a batch before: the next one waits.
    begun: bool,
    stopped: bool,
}

/// What belongs to the one that is carried out.
struct Doings<'a> {
    strategy: Strategy<'a>,
    together: Together<'a, Done>,
    report: StrategyReport,
    /// No key is left.
    exhausted: bool,
}

impl<'a> Warm<'a> {
    /// Carries it out. A call that fails or panics is in the report and ends nothing.
    ///
    /// # Cancel safety
    /// Dropped, it drops the calls that are under way; what was stored stays.
    ///
    /// # Performance
    /// All calls run on this future's task. Keys are not collected: what is held is the calls under way, and the report.
    pub async fn run(self) -> WarmReport {
        let clock = self.cache.inner.store.clock.clone();
        let began = clock.now();
        let mut run = Run {
            stop: Stop::new(&self.cache, self.stop),
            clock,
            progress: self.progress,
            errors: self.errors,
            batch: self.batch,
            concurrency: self.concurrency,
            delay: self.delay,
            begun: false,
            stopped: false,
        };
        let mut report = WarmReport::default();
        for strategy in self.strategies {
            let done = run.strategy(strategy).await;
            report.total.add(&done.counts);
            report.strategies.push(done);
        }
        report.stopped = run.stopped;
        report.total.took = span(run.clock.now().saturating_sub(began));
        report
    }
}

impl<'a> Run<'a> {
    async fn strategy(&mut self, strategy: Strategy<'a>) -> StrategyReport {
        let began = self.clock.now();
        let report = StrategyReport { name: strategy.name.clone(), ..StrategyReport::default() };
        let mut doings = Doings { strategy, together: Together::new(), report, exhausted: false };
        while !self.stopped && !doings.exhausted {
            // A key first: no delay is waited for that no batch follows.
            let Some(first) = self.next(&mut doings).await else { break };
            if self.begun && self.pause().await {
                self.stopped = true;
                doings.report.counts.skipped += 1;
                break;
            }
            self.begun = true;
            doings.together.push(Box::pin(observed(first)));
            self.batch(&mut doings).await;
        }
        let mut report = doings.report;
        if self.stopped {
            let left = if doings.exhausted { None } else { doings.strategy.calls.remaining() };
            report.counts.skipped += doings.together.give_up() as u64 + left.unwrap_or(0);
        }
        report.counts.took = span(self.clock.now().saturating_sub(began));
        let StrategyReport { name, counts, .. } = &report;
        tracing::debug!(target: "cache", strategy = &**name, %counts, "warmed");
        report
    }

    /// The next key's call. None where there is none, or it is time to stop.
    async fn next(&mut self, doings: &mut Doings<'a>) -> Option<Doing<'a>> {
        loop {
            let next = poll_fn(|context| {
                if self.stop.poll(context) {
                    self.stopped = true;
                    return Poll::Ready(None);
                }
                doings.strategy.calls.poll_next(context)
            });
            match next.await {
                Some(Ok(call)) => return Some(call),
                Some(Err(broken)) => self.failed(doings, broken),
                None => {
                    doings.exhausted |= !self.stopped;
                    return None;
                }
            }
        }
    }

    /// Waits between two batches; true where it was stopped meanwhile.
    async fn pause(&mut self) -> bool {
        let mut yielded = false;
        poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let until = after(self.clock.now(), self.delay);
        let Self { clock, stop, .. } = self;
        let stopped = poll_fn(|context| if stop.poll(context) { Poll::Ready(()) } else { Poll::Pending });
        clock.timeout(until, stopped).await.is_some()
    }

    /// Carries out a batch whose first call has begun.
    async fn batch(&mut self, doings: &mut Doings<'a>) {
        let mut begun = 1;
        loop {
            let step = poll_fn(|context| self.step(doings, &mut begun, context)).await;
            match step {
                Step::Done(done) => self.note(doings, done),
                Step::Broken(broken) => self.failed(doings, broken),
                Step::Over => return,
                Step::Stopped => {
                    self.stopped = true;
                    return;
                }
            }
        }
    }

    fn step(&mut self, doings: &mut Doings<'a>, begun: &mut usize, context: &mut Context<'_>) -> Poll<Step> {
        if self.stop.poll(context) {
            return Poll::Ready(Step::Stopped);
        }
        let mut waits = false;
        while !doings.exhausted && !waits && *begun < self.batch && doings.together.len() < self.concurrency {
            match doings.strategy.calls.poll_next(context) {
                Poll::Ready(Some(Ok(call))) => {
                    doings.together.push(Box::pin(observed(call)));
                    *begun += 1;
                }
                Poll::Ready(Some(Err(broken))) => return Poll::Ready(Step::Broken(broken)),
                Poll::Ready(None) => doings.exhausted = true,
                Poll::Pending => waits = true,
            }
        }
        match doings.together.poll_next(context) {
            Poll::Ready(Some(done)) => Poll::Ready(Step::Done(done)),
            Poll::Ready(None) if !waits => Poll::Ready(Step::Over),
            _ => Poll::Pending,
        }
    }

    fn note(&mut self, doings: &mut Doings<'a>, done: Done) {
        let error = match done {
            Done::Called(Ok(()), noted) => {
                let WarmCounts { warmed, already_there, not_stored, .. } = &mut doings.report.counts;
                let count = if noted.made > 0 {
                    warmed
                } else if noted.there > 0 && noted.not_stored == 0 {
                    already_there
                } else {
                    not_stored
                };
                *count += 1;
                None
            }
            Done::Called(Err(error), noted) => match noted.calls.last().filter(|_| noted.left_out == 0) {
                // The last to end is the one that the others were made for; the error may be nobody's of theirs.
                Some(call) if call.gave_no_value() => Some(format!("{}: {error}", call.key)),
                _ => Some(error),
            },
            Done::Panicked(panic) => Some(panic),
        };
        match error {
            Some(error) => self.failed(doings, error),
            None => self.tell(doings),
        }
    }

    fn failed(&mut self, doings: &mut Doings<'a>, mut error: String) {
        let report = &mut doings.report;
        report.counts.failed += 1;
        if report.errors.len() < self.errors {
            if let Some((end, _)) = error.char_indices().nth(LONGEST) {
                error.truncate(end);
                error.push('…');
            }
            report.errors.push(error);
        }
        self.tell(doings);
    }

    fn tell(&mut self, doings: &Doings<'a>) {
        if let Some(progress) = &mut self.progress {
            let StrategyReport { name, counts, .. } = &doings.report;
            let done = counts.done();
            let left = if doings.exhausted { Some(0) } else { doings.strategy.calls.remaining() };
            let total = left.map(|left| done + doings.together.len() as u64 + left);
            progress(WarmProgress { strategy: name, done, total, counts: *counts });
        }
    }
}

async fn observed(call: Doing<'_>) -> Done {
    match caught(noting(FEW, call)).await {
        Ok((outcome, noted)) => Done::Called(outcome, noted),
        Err(panic) => Done::Panicked(panicked(&*panic)),
    }
}
