//! What a shared tier has a part in, where there is none: nobody is told or asked, and no future is compiled for it per return
//! type.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::leading::Leading;
use super::loading::{Begun, Elsewhere, Leads, over};
use super::outcome::{CacheValue, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probe::Shape;
use crate::entry::Stored;

/// What a load has still to do once its body has answered.
pub(super) enum Left {}

impl<T: CacheValue, W: Wrap<T>, P: Policy<T>> Leading<T, W, P> {
    pub(super) async fn tell(&mut self, left: Left) {
        match left {}
    }
}

/// There is nobody to ask or to tell.
struct Nowhere;

pub(super) fn elsewhere<T: CacheValue, W: Wrap<T>, P: Policy<T>>()
-> impl Elsewhere<W::Full, Leading<T, W, P>> + use<T, W, P> {
    Nowhere
}

impl<R, L: Leads<R, Left = Left>> Elsewhere<R, L> for Nowhere {
    fn ask(&mut self, _: L) {
        over()
    }

    fn poll_asking(&mut self, _: &mut Context<'_>) -> Poll<Begun<R, L>> {
        over()
    }

    fn tell(&mut self, _: L, left: Left) {
        match left {}
    }

    fn poll_telling(&mut self, _: &mut Context<'_>) -> Poll<()> {
        over()
    }

    fn give_up(&mut self) {}
}

/// What memory has.
pub(super) struct Peeked<T, W: Wrap<T>>(Option<Stored>, Shape<T, W>);

pub(super) fn peek_planned<T: CacheValue, W: Wrap<T>>(plan: Option<Plan>, shape: Shape<T, W>) -> Peeked<T, W> {
    Peeked(plan.and_then(|plan| plan.cache.inner.store.find(&plan.name)), shape)
}

impl<T: CacheValue, W: Wrap<T>> Future for Peeked<T, W> {
    type Output = Option<W::Full>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<W::Full>> {
        let Self(entry, shape) = &*self;
        Poll::Ready(entry.as_ref().and_then(|entry| shape.show(entry)))
    }
}
