//! One call for many items, each with an entry and a load of its own: those of the function of one item.
//!
//! A call goes in rounds. It asks the store about every item that is not answered: some are there, some are loaded by
//! others, and the rest it leads, each by a flight that is registered before the body runs. Then it runs the body for those
//! and ends their flights, and only after that it waits for the others'. So a batch never waits while somebody may
//! wait for it, and batches that overlap cannot block each other. Items whose load another caller gave up are asked about
//! again, in the next round.

mod answers;
mod began;
mod ending;
mod item;
mod list;
#[cfg(all(test, cache_model))]
mod model;
mod outcomes;
mod remote;

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::Poll;

pub use self::answers::{Answers, MapOf, ValueOf};
pub use self::began::{Began, began};
use self::item::{Call, Item, Stage};
pub use self::list::{Again, BatchItem, Items, distinct};
pub use self::outcomes::{BatchOutcome, BatchOutcomes, Source};
use super::Lookup;
use super::load::Step;
use super::outcome::{CacheValue, Wrap};
use super::policy::Policy;
use super::trace::Trace;
use crate::flight::{Crew, Crewed, Led};
use crate::stats::Counters;
use crate::sync::block_on;

/// A call for many items, on its way to its answer.
pub struct Batch<'a, K, R, T, W: Wrap<T>, P> {
    items: Vec<Item<'a, K, T, W, P>>,
    led: Led,
    /// Of the round under way.
    crew: Crew,
    /// The body's error, as one item's answer.
    failure: Option<W::Full>,
    /// Of the body that runs.
    trace: Trace,
    returns: PhantomData<fn() -> R>,
}

impl<K, R, T, W: Wrap<T>, P> fmt::Debug for Batch<'_, K, R, T, W, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

/// Looks the items up, each once. The policy is asked for those that have to be loaded.
pub fn batch<'a, K, R, T, W, P>(
    keys: &[&'a K],
    looked: impl FnMut(&'a K) -> Lookup<T, W>,
    policy: impl FnMut(&'a K) -> P,
) -> Batch<'a, K, R, T, W, P>
where
    R: Answers<K, Item = W::Full>,
    T: CacheValue,
    W: Wrap<T>,
    P: Policy<T>,
{
    begin(keys, Led::Task, looked, policy)
}

/// [`batch`] of a sync function.
pub fn batch_blocking<'a, K, R, T, W, P>(
    keys: &[&'a K],
    looked: impl FnMut(&'a K) -> Lookup<T, W>,
    policy: impl FnMut(&'a K) -> P,
) -> Batch<'a, K, R, T, W, P>
where
    R: Answers<K, Item = W::Full>,
    T: CacheValue,
    W: Wrap<T>,
    P: Policy<T>,
{
    begin(keys, Led::Thread, looked, policy)
}

fn begin<'a, K, R, T: CacheValue, W: Wrap<T>, P: Policy<T>>(
    keys: &[&'a K],
    led: Led,
    mut looked: impl FnMut(&'a K) -> Lookup<T, W>,
    mut policy: impl FnMut(&'a K) -> P,
) -> Batch<'a, K, R, T, W, P> {
    let item = |&key: &&'a K| match looked(key) {
        Lookup::Hit(full) => Item { key, answer: Some(full), source: Source::Hit, call: None },
        Lookup::Miss(miss) => {
            Item { key, answer: None, source: Source::Loaded, call: Some(Box::new(Call::new(miss, policy(key)))) }
        }
    };
    let items = keys.iter().map(item).collect();
    Batch { items, led, crew: Crew::default(), failure: None, trace: Trace::OFF, returns: PhantomData }
}

impl<K, R, T, W, P> Batch<'_, K, R, T, W, P>
where
    R: Answers<K, Item = W::Full>,
    T: CacheValue,
    W: Wrap<T>,
    P: Policy<T>,
{
    /// Whether there is an item that was not in memory.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.answer.is_none())
    }

    /// Up to the next run of the body, if there has to be one. It is for the [`missing`](Self::missing) items.
    pub async fn round(&mut self) -> bool {
        loop {
            self.ask();
            self.crew = Crew::of(self.items.iter().filter_map(|item| Some(&item.load()?.lead.flight)));
            if self.items.iter().any(Item::asks_shared) {
                self.ask_shared().await;
            }
            if self.items.iter().any(Item::runs) {
                self.count();
                return true;
            }
            if self.has_failed() || !self.wait().await {
                return false;
            }
        }
    }

    /// [`round`](Self::round) of a sync function, which asks no shared tier.
    pub fn round_blocking(&mut self) -> bool {
        block_on(self.round())
    }

    /// What the body is to be called with.
    pub fn missing<L: Items<Item = K> + ?Sized>(&self) -> L::Owned
    where
        K: Clone,
    {
        L::gather(self.items.iter().filter(|item| item.runs()).map(|item| item.key.clone()).collect())
    }

    /// Polls the body on behalf of all who wait for what it loads.
    pub fn attend<'b, F: Future<Output = R> + 'b>(
        &'b self,
        body: Pin<&'b mut F>,
    ) -> impl Future<Output = R> + use<'b, K, R, T, W, P, F> {
        let body: Crewed<'b, F> = self.crew.attend(self.trace.span(), body);
        body
    }

    /// Runs the body of a sync function.
    pub fn run(&self, body: impl FnOnce() -> R) -> R {
        self.trace.within(|| self.crew.run(body))
    }

    /// Asks the store about every item that is neither answered nor waited for.
    fn ask(&mut self) {
        for item in &mut self.items {
            let Some(call) = item.call.as_mut().filter(|call| matches!(call.stage, Stage::Asks)) else { continue };
            let Some(approach) = &mut call.approach else {
                call.stage = Stage::Runs;
                continue;
            };
            match call.leading.miss.step(approach, self.led, &call.leading.policy) {
                Step::Answered(full) => {
                    let source = match (approach.stale, approach.counted) {
                        (true, _) => Source::Stale,
                        (false, true) => Source::Coalesced,
                        (false, false) => Source::Hit,
                    };
                    item.settle(full, source);
                }
                Step::Leads(load) => {
                    call.leading.load = Some(load);
                    call.stage = Stage::Runs;
                }
                Step::Waits(wait) => call.stage = Stage::Waits(wait),
            }
        }
    }

    /// Counts the items that the body is to load.
    fn count(&mut self) {
        for call in self.items.iter_mut().filter_map(|item| item.call.as_mut()) {
            if let Some(load) = &mut call.leading.load {
                load.count(call.leading.miss.plan.as_deref(), Counters::miss);
            }
        }
        self.trace = self.traced();
    }

    /// The span of a body that is to be run now, for as many items.
    fn traced(&self) -> Trace {
        let mut loads = self.items.iter().filter_map(|item| Some((&item.call.as_ref()?.leading.miss, item.load()?)));
        match loads.next() {
            Some((miss, load)) => Trace::of(miss.plan.as_deref(), load).of_items(|| 1 + loads.count()),
            None => Trace::OFF,
        }
    }

    /// An error that another caller's load came to is the whole answer.
    fn has_failed(&self) -> bool {
        self.failure.is_some() || self.items.iter().filter_map(|item| item.answer.as_ref()).any(R::has_failed)
    }

    /// Until one of the loads that are waited for has ended; false if there is none.
    async fn wait(&mut self) -> bool {
        let waits =
            |item: &Item<'_, K, T, W, P>| item.call.as_ref().is_some_and(|call| matches!(call.stage, Stage::Waits(_)));
        if !self.items.iter().any(waits) {
            return false;
        }
        let items = &mut self.items;
        poll_fn(|context| {
            let mut ended = Poll::Pending;
            for item in items.iter_mut() {
                let Some(call) = &mut item.call else { continue };
                let (Stage::Waits(wait), Some(approach)) = (&mut call.stage, &mut call.approach) else { continue };
                let Poll::Ready(waited) = Pin::new(wait).poll(context) else { continue };
                call.stage = Stage::Asks;
                ended = Poll::Ready(());
                if let Some(full) = call.leading.miss.heed(approach, waited, &call.leading.policy) {
                    item.settle(full, Source::Coalesced);
                }
            }
            ended
        })
        .await;
        true
    }
}
