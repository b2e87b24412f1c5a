//! What a shared tier has a part in, where there is one: it is asked before a load, and told what that came to.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::ending::{Concluded, Ending};
use super::leading::Leading;
use super::loading::{Begun, Elsewhere, Leads, over};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use super::shared::Tell;

/// What a load with a shared tier has still to do once its body has answered.
pub(super) type Left = Concluded;

/// What memory has, or else the shared tier.
pub(super) async fn peek_planned<T: CacheValue, W: Wrap<T>>(plan: Option<Plan>, shape: Shape<T, W>) -> Option<W::Full> {
    let plan = plan?;
    match plan.cache.inner.store.find(&plan.name) {
        Some(entry) => shape.show(&entry),
        None => plan.fetch(&shape).await,
    }
}

/// Asks and tells the shared tier. Both are on the heap, where there is one: mostly it is asked nothing and told nothing.
struct Futures<B, E, M, N> {
    asking: Option<Pin<Box<B>>>,
    telling: Option<Pin<Box<E>>>,
    ask: M,
    tell: N,
}

/// The shared tier's part in a load.
pub(super) fn elsewhere<T: CacheValue, W: Wrap<T>, P: Policy<T>>()
-> impl Elsewhere<W::Full, Leading<T, W, P>> + use<T, W, P> {
    Futures {
        asking: None,
        telling: None,
        ask: |mut leading: Leading<T, W, P>| async move {
            match leading.set_out(false).await {
                Some(full) => Begun::Answered(full),
                None => Begun::Leads(leading),
            }
        },
        tell: |mut leading: Leading<T, W, P>, left| async move { leading.tell(left).await },
    }
}

impl<R, L, B, E, M, N> Elsewhere<R, L> for Futures<B, E, M, N>
where
    L: Leads<R>,
    M: Fn(L) -> B,
    B: Future<Output = Begun<R, L>>,
    N: Fn(L, L::Left) -> E,
    E: Future<Output = ()>,
{
    fn ask(&mut self, leader: L) {
        self.asking = Some(Box::pin((self.ask)(leader)));
    }

    fn poll_asking(&mut self, context: &mut Context<'_>) -> Poll<Begun<R, L>> {
        let Some(asking) = &mut self.asking else { over() };
        let begun = ready!(asking.as_mut().poll(context));
        self.asking = None;
        Poll::Ready(begun)
    }

    fn tell(&mut self, leader: L, left: L::Left) {
        self.telling = Some(Box::pin((self.tell)(leader, left)));
    }

    fn poll_telling(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(telling) = &mut self.telling else { over() };
        telling.as_mut().poll(context)
    }

    fn give_up(&mut self) {
        self.asking = None;
        self.telling = None;
    }
}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    /// Ends a load, and tells the shared tier what it came to.
    pub(super) async fn tell(&mut self, left: Left) {
        let Concluded { load, ending: Ending { entry, landing, mut tell, came_to }, kept, refreshes } = left;
        let mut stored = false;
        let stamped = self.stamped.take();
        if self.miss.plan.as_ref().is_some_and(|plan| !plan.in_memory()) {
            // Those who wait, and those to come, find it in the shared tier once the flight is over.
            let told = std::mem::replace(&mut tell, Tell::Nothing);
            stored = load.attend(Box::pin(self.miss.tell(told, stamped, refreshes)).as_mut()).await;
            load.end(entry, landing);
        } else if load.end(entry, landing) {
            stored = Box::pin(self.miss.tell(tell, stamped, refreshes)).await;
        }
        self.miss.watched.loaded(self.miss.plan.as_deref(), came_to, kept, stored);
    }
}
