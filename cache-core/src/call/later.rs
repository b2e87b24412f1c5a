//! A future with a name: of a type that is told in a signature, whoever compiles the signature has less to prove.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a companion gives, some time later.
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Later<X>(Pin<Box<dyn Future<Output = X> + Send>>);

impl<X> Later<X> {
    pub(super) fn new(future: impl Future<Output = X> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl<X> fmt::Debug for Later<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").finish_non_exhaustive()
    }
}

impl<X> Future for Later<X> {
    type Output = X;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<X> {
        self.0.as_mut().poll(context)
    }
}
