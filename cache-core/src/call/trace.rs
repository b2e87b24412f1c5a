//! A span of `tracing` around each load: what ran and how it ended, and nothing of what it was about.

use std::pin::pin;

use tracing::field::Empty;
use tracing::{Level, Span, level_enabled};

use super::leading::Load;
use super::plan::Plan;
use super::watching::CameTo;
use crate::clock::{Clock, Ticks, span};

/// The span of one load, where somebody collects it. Dropped without an end, the load was.
pub(super) struct Trace(Option<Box<Traced>>);

struct Traced {
    span: Span,
    clock: Clock,
    began: Ticks,
}

impl Plan {
    #[cold]
    fn traced(&self, background: bool) -> Trace {
        let span = tracing::debug_span!(
            target: "cache",
            "load",
            function = self.function.info.function,
            prefix = self.prefix(),
            background,
            items = Empty,
            outcome = Empty,
            took_ms = Empty,
        );
        if span.is_disabled() {
            return Trace::OFF;
        }
        Trace(Some(Box::new(Traced { span, clock: self.cache.inner.store.clock.clone(), began: self.now() })))
    }

    /// What stands in the code of the name, before anything that is anybody's. Of a key of one's own it is not known.
    fn prefix(&self) -> &'static str {
        self.function.info.texts.first().map_or("", |text| text.trim_end_matches(':'))
    }
}

impl Trace {
    pub(super) const OFF: Self = Self(None);

    /// Of a load whose body begins now.
    pub(super) fn of(plan: Option<&Plan>, load: &Load) -> Self {
        match plan {
            Some(plan) if level_enabled!(Level::DEBUG) => plan.traced(load.background),
            _ => Self::OFF,
        }
    }

    #[inline]
    pub(super) fn span(&self) -> Option<&Span> {
        self.0.as_ref().map(|traced| &traced.span)
    }

    /// Runs a body that blocks.
    #[inline]
    pub(super) fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = self.span().map(Span::enter);
        body()
    }

    /// The span of a body that loads as many items.
    pub(super) fn of_items(self, items: impl FnOnce() -> usize) -> Self {
        if let Some(span) = self.span() {
            span.record("items", items());
        }
        self
    }

    #[inline]
    pub(super) fn end(&mut self, came_to: CameTo) {
        if let Some(traced) = self.0.take() {
            traced.end(came_to.word());
        }
    }
}

impl Drop for Trace {
    #[inline]
    fn drop(&mut self) {
        if let Some(traced) = &self.0 {
            traced.end(if std::thread::panicking() { "panicked" } else { "dropped" });
        }
    }
}

impl Traced {
    #[cold]
    fn end(&self, outcome: &'static str) {
        let took = span(self.clock.now().saturating_sub(self.began));
        self.span.record("outcome", outcome);
        self.span.record("took_ms", took.as_secs_f64() * 1_000.0);
    }
}

/// Polls a future inside of the span that is current here.
pub(super) fn within_span<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let span = Span::current();
    async move {
        let mut future = pin!(future);
        std::future::poll_fn(|context| span.in_scope(|| future.as_mut().poll(context))).await
    }
}
