//! A body, of which its owner alone knows the type: what is made of it per function is no more than itself.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::transmute;
use std::pin::Pin;
use std::task::{Context, Poll};

type Running<'a, R> = Pin<Box<dyn Future<Output = R> + 'a>>;

/// Room for a body that answers with an `R`, on the heap.
pub(super) struct Owned<R, F> {
    // Of an `F`. As one it would have to be taken apart, polled and dropped by code of its own for each.
    running: Option<Running<'static, R>>,
    body: PhantomData<F>,
}

// SAFETY: `running` is none or an `F`, and nothing that leaves this module moves it out.
unsafe impl<R, F: Send> Send for Owned<R, F> {}

impl<R, F> Owned<R, F> {
    /// No body yet.
    #[inline]
    pub(super) const fn none() -> Self {
        Self { running: None, body: PhantomData }
    }

    /// What goes on with the body.
    #[inline]
    pub(super) const fn body(&mut self) -> Body<'_, R> {
        Body(&mut self.running)
    }
}

impl<R, F: Future<Output = R>> Owned<R, F> {
    #[inline]
    pub(super) fn new(body: F) -> Self {
        let running: Running<'_, R> = Box::pin(body);
        // SAFETY: only a lifetime changes. What `F` borrows is borrowed for as long as `Self` is, of whose type `F` is a part,
        // its drop included (`PhantomData`); the future is private to it, and `Body` lends it for less.
        let running = unsafe { transmute::<Running<'_, R>, Running<'static, R>>(running) };
        Self { running: Some(running), body: PhantomData }
    }
}

/// A body that can be given up before its future's time, so that it is gone when its load ends.
pub struct Body<'a, R>(&'a mut Option<Running<'static, R>>);

impl<R> std::fmt::Debug for Body<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl<R> Body<'_, R> {
    /// Drops what is left of it.
    pub(super) fn clear(&mut self) {
        *self.0 = None;
    }
}

impl<R> Future for Body<'_, R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        match &mut *self.0 {
            Some(running) => running.as_mut().poll(context),
            None => panic!("a body is polled after its end"),
        }
    }
}
