//! A return type that was looked into, as a type of its own: nothing of it has to be there when the program runs.

use std::fmt;
use std::marker::PhantomData;

use super::outcome::Wrap;
use super::probe::{Probe, Shape};
use crate::entry::Weigh;
use crate::flight::Shared;
use crate::tier::Codec;

/// What a probe was asked for can be done.
#[derive(Debug, Clone, Copy)]
pub struct Can;

/// It cannot.
#[derive(Debug, Clone, Copy)]
pub struct Cannot;

/// Whether a value gives account of its heap.
pub trait Weighed<T> {
    /// How.
    fn heap() -> Option<fn(&T) -> usize>;
}

impl<T: Weigh> Weighed<T> for Can {
    fn heap() -> Option<fn(&T) -> usize> {
        Some(T::heap_bytes)
    }
}

impl<T> Weighed<T> for Cannot {
    fn heap() -> Option<fn(&T) -> usize> {
        None
    }
}

/// Whether a return value that is an error can be shared with those who wait for it.
pub trait Sharing<R> {
    /// Shares it.
    fn share(full: &R) -> Option<Shared>;
    /// Takes it back.
    fn unshare(shared: &Shared) -> Option<R>;
}

impl<R: Clone + Send + Sync + 'static> Sharing<R> for Can {
    fn share(full: &R) -> Option<Shared> {
        Some(Box::new(full.clone()))
    }

    fn unshare(shared: &Shared) -> Option<R> {
        shared.downcast_ref::<R>().cloned()
    }
}

impl<R> Sharing<R> for Cannot {
    fn share(_: &R) -> Option<Shared> {
        None
    }

    fn unshare(_: &Shared) -> Option<R> {
        None
    }
}

/// Whether a value can go through a shared tier.
pub trait Portability<T> {
    /// How.
    fn codec() -> Option<Codec<T>>;
}

impl<T: serde::Serialize + serde::de::DeserializeOwned + 'static> Portability<T> for Can {
    #[cfg(feature = "shared")]
    fn codec() -> Option<Codec<T>> {
        Some(Codec::new())
    }

    #[cfg(not(feature = "shared"))]
    fn codec() -> Option<Codec<T>> {
        None
    }
}

impl<T> Portability<T> for Cannot {
    fn codec() -> Option<Codec<T>> {
        None
    }
}

/// A return type `W::Full` that stores a `T`, and what can be done with it: weighed, shared, written.
pub struct Probed<T, W, H, S, C>(PhantomData<Marks<T, W, H, S, C>>);

type Marks<T, W, H, S, C> = fn() -> (T, W, H, S, C);

impl<T, W, H, S, C> Probed<T, W, H, S, C> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<T, W, H, S, C> Clone for Probed<T, W, H, S, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, W, H, S, C> Copy for Probed<T, W, H, S, C> {}

impl<T, W, H, S, C> fmt::Debug for Probed<T, W, H, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probed").finish_non_exhaustive()
    }
}

/// From what a probe found.
pub const fn probed<T, W, H, S, C>(_: &Probe<T, W>, _: H, _: S, _: C) -> Probed<T, W, H, S, C>
where
    H: Copy,
    S: Copy,
    C: Copy,
{
    Probed::NEW
}

impl<T, W, H, S, C> Probed<T, W, H, S, C>
where
    W: Wrap<T>,
    H: Weighed<T>,
    S: Sharing<W::Full>,
    C: Portability<T>,
{
    /// All of it, as functions.
    #[must_use]
    pub fn shape(self) -> Shape<T, W> {
        Shape { heap: H::heap(), weight: None, share: S::share, unshare: S::unshare, same: None, codec: C::codec() }
    }
}
