//! The shared tier's part in a batch: asked about many items at once, told about each.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use super::super::outcome::{CacheValue, Wrap};
use super::super::policy::Policy;
use super::super::shared::Asked;
use super::item::{Call, Item, Told};
use super::{Answers, Batch, Source};
use crate::tier::Loaded;

impl<K, R, T, W, P> Batch<'_, K, R, T, W, P>
where
    R: Answers<K, Item = W::Full>,
    T: CacheValue,
    W: Wrap<T>,
    P: Policy<T>,
{
    /// Asks the shared tier about what this call is to load.
    pub(super) async fn ask_shared(&mut self) {
        let Self { items, crew, .. } = self;
        crew.attend(None, Box::pin(ask(items)).as_mut()).await;
    }

    /// Tells the shared tier what the loads came to, and ends those that end after that.
    pub(super) async fn tell(&mut self) {
        let Self { items, crew, .. } = self;
        let told = items.iter_mut().filter_map(|item| item.call.as_deref_mut()).filter(|call| call.told.is_some());
        let told: Vec<_> = told.collect();
        if !told.is_empty() {
            crew.attend(None, Box::pin(together(told.into_iter().map(Call::tell))).as_mut()).await;
        }
    }
}

async fn ask<K, T: CacheValue, W: Wrap<T>, P: Policy<T>>(items: &mut [Item<'_, K, T, W, P>]) {
    let mut asked = Vec::new();
    let mut place = None;
    for item in items.iter_mut().filter(|item| item.asks_shared()) {
        let refreshes = item.load().is_some_and(|load| load.lead.flight.refreshes);
        let Some(miss) = item.call.as_ref().map(|call| &call.leading.miss) else { continue };
        let Some(plan) = &miss.plan else { continue };
        // Of one function in one cache: it is the same for all of them, or none.
        let Some(remote) = plan.remote(miss.shape.codec) else { continue };
        place = Some(remote);
        asked.push((plan.name.to_string(), refreshes, item));
    }
    let Some((remote, form)) = place else { return };
    let until = remote.until();
    let names = |of: bool| {
        let some = asked.iter().filter(move |(_, refreshes, _)| *refreshes == of);
        some.map(|(name, ..)| name.clone()).collect::<Vec<_>>()
    };
    let (read, renewed) = (names(false), names(true));
    let mut read = if read.is_empty() { Vec::new() } else { remote.load_each(&read, form, until).await }.into_iter();
    let mut renewed = together(renewed.iter().map(|name| remote.outdate(name, until))).await.into_iter();
    for (_, refreshes, item) in asked {
        let loaded = if refreshes { renewed.next() } else { read.next() }.unwrap_or(Loaded::Away);
        let Some(call) = &mut item.call else { continue };
        let leading = &mut call.leading;
        let Some(load) = leading.load.take() else { continue };
        let asked = leading.miss.take_shared(loaded, &remote, until, &leading.policy, &load, false);
        match leading.miss.replace(asked, &remote, until, None).await {
            Asked::Answer(given, new, landing) | Asked::Beside(given, new, landing, _) => {
                let is_fresh =
                    leading.miss.plan.as_ref().is_none_or(|plan| new.entry.is_fresh(&plan.cache.inner.store.clock));
                let source = if is_fresh { Source::Hit } else { Source::Stale };
                leading.miss.answer_from_elsewhere(load, new, landing);
                if let Some(full) = given.full::<W>() {
                    item.settle(full, source);
                }
                continue;
            }
            Asked::Stamped(stamped) => leading.stamped = Some(stamped),
            // Replaced just now.
            Asked::Replaceable(_) | Asked::Nothing => {}
        }
        leading.load = Some(load);
    }
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Call<T, W, P> {
    async fn tell(&mut self) {
        let Some(told) = self.told.take() else { return };
        let Told { tell, refreshes, then, kept, came_to } = told;
        let stored = self.leading.miss.tell(tell, self.leading.stamped.take(), refreshes).await;
        if let Some((load, entry, landing)) = then {
            load.end(entry, landing);
        }
        self.leading.miss.watched.loaded(self.leading.miss.plan.as_deref(), came_to, kept, stored);
    }
}

/// All of them, side by side.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Some(Box::pin(future)), None)).collect();
    poll_fn(|context| {
        let mut all = Poll::Ready(());
        for (future, output) in &mut waiting {
            match future.as_mut().map(|future| Pin::as_mut(future).poll(context)) {
                None => {}
                Some(Poll::Pending) => all = Poll::Pending,
                Some(Poll::Ready(ready)) => (*future, *output) = (None, Some(ready)),
            }
        }
        all
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}
