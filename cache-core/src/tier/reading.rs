//! Reads of a shared tier: what it may be asked about, and what its answer is worth.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::deadlines::Bounded;
use super::guard::{Guard, Remote};
use super::listener::Hearing;
use super::outbox::OwedTags;
use super::stats::count;
use super::{Fetched, Stamp};
use crate::clock::Ticks;

/// What a read gave.
#[derive(Debug)]
pub(crate) enum Fetch {
    /// A record and its tags.
    Found(Vec<u8>, Vec<String>),
    /// Nothing; the result of a load may be stored with the stamp.
    Missing(Stamp),
    /// The tier was not asked or did not answer: the result of a load is not stored there.
    Away,
}

impl Fetch {
    /// What the tier gave. `owed` is what it owed when it was asked: a record that carries one of those tags may be older than
    /// its removal, which is made by now or not.
    fn of(fetched: Fetched, owed: &OwedTags) -> Self {
        match fetched {
            Fetched::Found(record) => Self::Found(record, Vec::new()),
            Fetched::Tagged(_, tags) if owed.has_any(&tags) => Self::Away,
            Fetched::Tagged(record, tags) => Self::Found(record, tags),
            Fetched::Missing(stamp) => Self::Missing(stamp),
        }
    }
}

/// A read of one name. Not an `async` block, which would have room for the operation twice, on its way in and while it runs.
pub(crate) struct Question<'a> {
    remote: &'a Remote,
    began: Ticks,
    name: &'a str,
    /// And what was owed by then; none where the tier is not to be asked.
    asked: Option<(Bounded<'a, Fetched>, OwedTags)>,
}

impl Future for Question<'_> {
    type Output = Fetch;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fetch> {
        let Self { remote, began, name, asked } = &mut *self;
        let Some((operation, owed)) = asked else { return Poll::Ready(Fetch::Away) };
        let outcome = ready!(Pin::new(operation).poll(context));
        Poll::Ready(match remote.0.came_to("get", name, *began, outcome) {
            Ok(fetched) => Fetch::of(fetched, owed),
            Err(_) => {
                remote.keep();
                Fetch::Away
            }
        })
    }
}

impl Remote {
    /// Whether it has to ask what is being removed, because nobody tells: what the tier has is older until it is freed.
    fn is_told_nothing(&self, now: Ticks) -> bool {
        let deaf = |(guard, hearing): (&Guard, &Hearing)| hearing.trust.is_over(now) && !guard.breaker.is_open();
        self.hearing().is_some_and(deaf)
    }

    /// Reads a name. What an invalidation of this process still owes is not read.
    pub(crate) async fn fetch(&self, name: &str, until: Ticks) -> Fetch {
        self.fetch_from(self.0.clock.now(), name, until).await
    }

    async fn fetch_from(&self, began: Ticks, name: &str, until: Ticks) -> Fetch {
        if self.is_told_nothing(began) {
            Box::pin(self.0.learn_unswept(until)).await;
        }
        self.question(began, name, until).await
    }

    /// [`fetch`](Self::fetch) that begins now, and when all that the call asks of the tier has to be over. None where something
    /// else is to be asked first.
    pub(crate) fn fetch_first<'a>(&'a self, name: &'a str) -> Option<(Question<'a>, Ticks)> {
        let began = self.0.clock.now();
        let until = began.saturating_add(self.0.timeout);
        (!self.is_told_nothing(began)).then(|| (self.question(began, name, until), until))
    }

    fn question<'a>(&'a self, began: Ticks, name: &'a str, until: Ticks) -> Question<'a> {
        let guard = &self.0;
        let asked = self.trusts(name).then(|| {
            let owed = guard.outbox.tags();
            (guard.deadlines.bound(until, guard.tier.get(&guard.namespace, name)), owed)
        });
        Question { remote: self, began, name, asked }
    }

    /// Reads names, at once as far as the tier can.
    pub(crate) async fn fetch_many(&self, names: &[String], until: Ticks) -> Vec<Fetch> {
        if self.is_told_nothing(self.0.clock.now()) {
            self.0.learn_unswept(until).await;
        }
        let guard = &self.0;
        let owed = guard.outbox.tags();
        let asked: Vec<String> = names.iter().filter(|name| self.trusts(name)).cloned().collect();
        let first = asked.first().map(String::as_str).unwrap_or_default();
        let answers = if asked.is_empty() {
            Vec::new()
        } else {
            match guard.run("get_many", first, until, guard.tier.get_many(&guard.namespace, &asked)).await {
                Ok(answers) if answers.len() == asked.len() => answers,
                Ok(_) => {
                    // It answered something else than it was asked.
                    count(&guard.stats.errors);
                    Vec::new()
                }
                Err(_) => {
                    self.keep();
                    Vec::new()
                }
            }
        };
        let mut answers = asked.iter().zip(answers).peekable();
        let answer = |name: &String| match answers.next_if(|(asked, _)| *asked == name) {
            Some((_, fetched)) => Fetch::of(fetched, &owed),
            None => Fetch::Away,
        };
        names.iter().map(answer).collect()
    }
}
