//! From the body's answer to the batch's.

use std::sync::Arc;

use super::super::outcome::{CacheValue, Wrap};
use super::super::policy::Policy;
use super::super::watching::CameTo;
use super::item::Item;
use super::{Answers, Batch, BatchOutcome, BatchOutcomes, Began, MapOf, ValueOf};
use crate::sync::block_on;

/// What became of each item.
type Each<K, R> = Vec<BatchOutcome<K, ValueOf<R, K>>>;

impl<K, R, T, W, P> Batch<'_, K, R, T, W, P>
where
    R: Answers<K, Item = W::Full>,
    T: CacheValue,
    W: Wrap<T>,
    P: Policy<T>,
{
    /// From the body's answer on: each load ends with its part of it.
    pub async fn finish(&mut self, answer: R) {
        self.conclude(answer);
        self.tell().await;
        self.items.iter_mut().filter(|item| item.answer.is_some()).for_each(|item| item.call = None);
    }

    /// [`finish`](Self::finish) of a sync function, which tells no shared tier.
    pub fn finish_blocking(&mut self, answer: R) {
        block_on(self.finish(answer));
    }

    /// The answer.
    pub fn answer(self) -> R
    where
        K: Clone,
    {
        let mut map = R::Map::default();
        R::answer(self.values().map(|items| {
            for item in items {
                if let Some(value) = item.value {
                    map.add(item.key, value);
                }
            }
            map
        }))
    }

    /// The answer, item by item.
    pub fn outcomes(self, began: &Began) -> R::Outcomes
    where
        K: Clone,
    {
        R::outcomes(self.values().map(|items| BatchOutcomes::new(items, began.elapsed())))
    }

    fn values(self) -> Result<Each<K, R>, R::Error>
    where
        K: Clone,
    {
        if let Some(failure) = self.failure {
            R::value(failure)?;
        }
        let outcome = |item: Item<'_, K, T, W, P>| {
            let (key, source) = (item.key.clone(), item.source);
            Some(R::value(item.answer?).map(|value| BatchOutcome::new(key, value, source)))
        };
        self.items.into_iter().filter_map(outcome).collect()
    }

    /// Ends what memory can end; the rest is for [`tell`](Self::tell).
    fn conclude(&mut self, answer: R) {
        let among = u32::try_from(self.items.iter().filter(|item| item.load().is_some()).count()).unwrap_or(u32::MAX);
        let answer = answer.open();
        self.trace.end(if answer.is_ok() { CameTo::Value } else { CameTo::Error });
        let running = self.items.iter_mut().filter(|item| item.runs());
        match answer {
            Ok(mut map) => running.for_each(|item| {
                let value = map.take(item.key);
                item.conclude(R::item(Ok(value)), among);
            }),
            Err(error) => {
                let full = R::item(Err(error));
                let mut running: Vec<_> = running.collect();
                let shape = running.iter().find_map(|item| item.call.as_ref().map(|call| call.leading.miss.shape));
                let shared = shape.and_then(|shape| (shape.share)(&full)).map(Arc::new);
                for item in &mut running {
                    item.fail(shared.clone(), among);
                }
                if running.iter().any(|item| item.answer.is_none()) {
                    self.failure = Some(full);
                }
            }
        }
    }
}
