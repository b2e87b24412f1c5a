//! A body of which its owner alone knows the type: per function no more is made of it than itself.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::transmute;
use std::pin::Pin;
use std::task::{Context, Poll};

type Boxed<'a, R> = Pin<Box<dyn Future<Output = R> + 'a>>;

/// Room for a body that answers with an `R`, on the heap.
///
/// It says nothing of the body's type. As one of that type it would be taken apart, polled and dropped by code of its own for
/// each function.
pub(super) struct Running<R>(Option<Boxed<'static, R>>);

// SAFETY: what `begin` was given is as `Send` as the owner, which is to see to that.
unsafe impl<R> Send for Running<R> {}

impl<R> Running<R> {
    /// No body yet.
    pub(super) const NONE: Self = Self(None);

    /// Takes that body in.
    ///
    /// # Safety
    /// `self` is part of a value with a `PhantomData<F>` beside it, and is neither moved out of that nor lent to anybody but by
    /// [`body`](Self::body). So the whole is `Send` only where `F` is, and does not outlive what `F` borrows.
    #[inline]
    pub(super) unsafe fn begin<F: Future<Output = R>>(&mut self, body: F) {
        let body: Boxed<'_, R> = Box::pin(body);
        // SAFETY: only a lifetime changes, and the owner is as bound by it as `F` is.
        self.set(unsafe { transmute::<Boxed<'_, R>, Boxed<'static, R>>(body) });
    }

    // Apart: it is the same for all bodies.
    #[inline]
    fn set(&mut self, body: Boxed<'static, R>) {
        self.0 = Some(body);
    }

    /// What goes on with the body.
    #[inline]
    pub(super) const fn body(&mut self) -> Body<'_, R> {
        Body(&mut self.0)
    }
}

/// A body that can be given up before its future's time, so that it is gone when its load ends.
pub struct Body<'a, R>(&'a mut Option<Boxed<'static, R>>);

impl<R> fmt::Debug for Body<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            Some(body) => body.as_mut().poll(context),
            None => panic!("a body is polled after its end"),
        }
    }
}
