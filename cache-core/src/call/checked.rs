//! Generated code mentions a function's return type in several places. What is asked of it is asserted in one, and the
//! others take a stand-in where the assertion fails, so that a value that cannot be stored is one error.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::outcome::{CacheValue, Outcome, Wrap};
use super::probe::Shape;

/// The shape of a return type, before it is known whether its value can be stored.
pub struct Checked<T, W: Wrap<T>>(pub Shape<T, W>);

impl<T, W: Wrap<T>> fmt::Debug for Checked<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").finish_non_exhaustive()
    }
}

impl<T: CacheValue, W: Wrap<T>> Checked<T, W> {
    /// It can.
    #[inline]
    #[must_use]
    pub const fn shape(&self) -> Shape<T, W> {
        self.0
    }
}

impl<T, W: Wrap<T>> Deref for Checked<T, W> {
    type Target = Refused<W::Full>;

    fn deref(&self) -> &Refused<W::Full> {
        &Refused(PhantomData)
    }
}

/// A shape whose types nobody has to name: what generated code finds once per function, in one place, and passes on.
pub trait Shaped: Copy {
    /// The return type.
    type Full;
    /// What is stored of it.
    type Value: CacheValue;
    /// How that stands in it.
    type Layers: Wrap<Self::Value, Full = Self::Full>;

    /// The shape itself.
    fn shape(self) -> Shape<Self::Value, Self::Layers>;
}

impl<T: CacheValue, W: Wrap<T>> Shaped for Shape<T, W> {
    type Full = W::Full;
    type Value = T;
    type Layers = W;

    #[inline]
    fn shape(self) -> Self {
        self
    }
}

/// A return type whose value cannot be stored.
#[derive(Debug)]
pub struct Refused<R>(PhantomData<fn() -> R>);

/// What stands in for its value. There is none.
#[derive(Clone, Debug)]
pub enum Nothing {}

impl<R> Refused<R> {
    /// A shape that nothing has: found where the true one is not to be had.
    #[must_use]
    pub const fn shape(&self) -> Shape<Nothing, Self> {
        Shape::none()
    }
}

impl<R> Wrap<Nothing> for Refused<R> {
    type Full = R;

    fn wrap(value: Nothing) -> R {
        match value {}
    }

    fn unwrap(full: R) -> Outcome<Nothing, R> {
        Outcome::Failed(full)
    }

    fn value<'a>(_: &'a R) -> Option<&'a Nothing>
    where
        Self: 'a,
    {
        None
    }

    fn absent(_: u8) -> Option<R> {
        None
    }
}
