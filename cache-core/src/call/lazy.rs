//! A future that does nothing before it is polled, made of a closure: for whoever compiles a decorated function it costs
//! less than an `async` block.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a closure begins once it is polled.
pub struct Lazy<F, X>(State<F, X>);

enum State<F, X> {
    Unbegun(F),
    Begun(X),
    Beginning,
}

/// Begins with the first poll.
#[inline]
pub const fn lazily<X: Future + Unpin, F: FnOnce() -> X>(begin: F) -> Lazy<F, X> {
    Lazy(State::Unbegun(begin))
}

// The closure is moved out before it is called, and what it gives may be moved.
impl<F, X: Unpin> Unpin for Lazy<F, X> {}

impl<F, X> fmt::Debug for Lazy<F, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").finish_non_exhaustive()
    }
}

impl<X: Future + Unpin, F: FnOnce() -> X> Future for Lazy<F, X> {
    type Output = X::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<X::Output> {
        if let State::Begun(begun) = &mut self.0 {
            return Pin::new(begun).poll(context);
        }
        let State::Unbegun(begin) = std::mem::replace(&mut self.0, State::Beginning) else {
            panic!("polled after a panic");
        };
        let mut begun = begin();
        let answer = Pin::new(&mut begun).poll(context);
        self.0 = State::Begun(begun);
        answer
    }
}
