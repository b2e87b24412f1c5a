//! What the compiler knows of a return type: its layers, whether its value can be weighed and its errors shared.
//!
//! Layers are recognised by method resolution: an inherent method of `Probe<Result<..>>` wins over the trait method
//! that every `Probe<..>` has. So aliases and nesting make no difference, and nothing is read from the spelling.

use std::marker::PhantomData;

use super::outcome::{Bare, InOption, InResult, Wrap};
use crate::entry::Weigh;
use crate::flight::Shared;
use crate::tier::Codec;

/// A return type under examination: `T` is what is left of it, `W` the layers taken off.
#[derive(Debug)]
pub struct Probe<T, W = Bare>(PhantomData<fn() -> (T, W)>);

impl<T> Probe<T> {
    /// Begins with the whole type.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for Probe<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, E, W> Probe<Result<T, E>, W> {
    /// Takes off a `Result`.
    #[must_use]
    pub const fn peel(self) -> Probe<T, InResult<W, E>> {
        Probe(PhantomData)
    }
}

impl<T, W> Probe<Option<T>, W> {
    /// Takes off an `Option`.
    #[must_use]
    pub const fn peel(self) -> Probe<T, InOption<W>> {
        Probe(PhantomData)
    }
}

/// What every other type answers: nothing to take off.
pub trait PeelNothing: Sized {
    /// Leaves the type as it is.
    #[must_use]
    fn peel(self) -> Self {
        self
    }
}

impl<T, W> PeelNothing for Probe<T, W> {}

impl<T: Weigh, W> Probe<T, W> {
    /// The value's own account of its heap.
    #[must_use]
    pub fn heap(&self) -> Option<fn(&T) -> usize> {
        Some(T::heap_bytes)
    }
}

/// For values whose heap is not known.
pub trait HeapUnknown<T> {
    /// There is none.
    fn heap(&self) -> Option<fn(&T) -> usize> {
        None
    }
}

impl<T, W> HeapUnknown<T> for Probe<T, W> {}

impl<T, W: Wrap<T, Full: Clone + Send + Sync + 'static>> Probe<T, W> {
    /// Errors can be shared with those who wait for them.
    #[must_use]
    pub fn share(&self) -> fn(&W::Full) -> Option<Shared> {
        |full| Some(Box::new(full.clone()))
    }

    /// Takes a shared error back.
    #[must_use]
    pub fn unshare(&self) -> fn(&Shared) -> Option<W::Full> {
        |shared| shared.downcast_ref::<W::Full>().cloned()
    }
}

/// For errors that are not `Clone`.
pub trait NotShared<T, R> {
    /// Shares nothing.
    fn share(&self) -> fn(&R) -> Option<Shared> {
        |_| None
    }

    /// Takes nothing back.
    fn unshare(&self) -> fn(&Shared) -> Option<R> {
        |_| None
    }
}

impl<T, W: Wrap<T>> NotShared<T, W::Full> for Probe<T, W> {}

#[cfg(feature = "shared")]
impl<T: serde::Serialize + serde::de::DeserializeOwned + 'static, W> Probe<T, W> {
    /// The value can go through a shared tier.
    #[must_use]
    pub const fn codec(&self) -> Option<Codec<T>> {
        Some(Codec::new())
    }
}

/// For values that cannot.
#[cfg(feature = "shared")]
pub trait NoCodec<T> {
    /// There is no way.
    fn codec(&self) -> Option<Codec<T>> {
        None
    }
}

#[cfg(feature = "shared")]
impl<T, W> NoCodec<T> for Probe<T, W> {}

/// Everything the runtime has to know of a return type `W::Full` that stores a `T`.
#[derive(Debug)]
pub struct Shape<T, W: Wrap<T>> {
    /// None where it is not known: it counts as nothing.
    pub(super) heap: Option<fn(&T) -> usize>,
    /// As the function says it.
    pub(super) weight: Option<fn(&T) -> usize>,
    pub(crate) share: fn(&W::Full) -> Option<Shared>,
    pub(crate) unshare: fn(&Shared) -> Option<W::Full>,
    /// Whether two values are equal, where the function asks.
    pub(super) same: Option<fn(&T, &T) -> bool>,
    /// How the value goes through a shared tier, where it can.
    pub(crate) codec: Option<Codec<T>>,
}

impl<T, W: Wrap<T>> Clone for Shape<T, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, W: Wrap<T>> Copy for Shape<T, W> {}

impl<T, W: Wrap<T>> Shape<T, W> {
    /// From what a probe found.
    pub const fn new(
        _: &Probe<T, W>,
        heap: Option<fn(&T) -> usize>,
        share: fn(&W::Full) -> Option<Shared>,
        unshare: fn(&Shared) -> Option<W::Full>,
    ) -> Self {
        Self { heap, weight: None, share, unshare, same: None, codec: None }
    }

    /// With what a probe found of the value's way through a shared tier.
    #[must_use]
    pub const fn codec(mut self, codec: Option<Codec<T>>) -> Self {
        self.codec = codec;
        self
    }

    /// Bytes that the value counts for beside its `size_of`.
    pub(crate) fn heap(&self, value: &T) -> usize {
        match (self.weight, self.heap) {
            (Some(weight), _) => weight(value).saturating_sub(size_of::<T>()),
            (None, Some(heap)) => heap(value),
            (None, None) => 0,
        }
    }

    /// Whether the value can go through a shared tier.
    pub(crate) const fn portable(&self) -> bool {
        self.codec.is_some()
    }

    /// Of a value whose heap is not known, with errors that are not shared.
    pub(crate) const fn none() -> Self {
        Self { heap: None, weight: None, share: |_| None, unshare: |_| None, same: None, codec: None }
    }
}

impl<T: serde::Serialize + serde::de::DeserializeOwned + 'static, W: Wrap<T>> Shape<T, W> {
    /// Of a manual key's value.
    #[cfg(feature = "shared")]
    pub(crate) fn manual() -> Self {
        Self::none().codec(Some(Codec::new()))
    }

    /// Of a manual key's value.
    #[cfg(not(feature = "shared"))]
    pub(crate) fn manual() -> Self {
        Self::none()
    }
}

/// The layers of a return type.
#[doc(hidden)]
#[macro_export]
macro_rules! __layers {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::private::PeelNothing as _;
        $crate::private::Probe::<$type>::new().peel().peel().peel().peel()
    }};
}

/// The shape of a return type.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome {
    ($type:ty) => {{
        let probe = $crate::__layers!($type);
        $crate::__codec!(probe, $crate::__shape!(probe))
    }};
}

/// The shape of a return type whose value stays in memory.
#[doc(hidden)]
#[macro_export]
macro_rules! __local_outcome {
    ($type:ty) => {{
        let probe = $crate::__layers!($type);
        $crate::__shape!(probe)
    }};
}

/// The shape that a probe finds.
#[doc(hidden)]
#[macro_export]
macro_rules! __shape {
    ($probe:ident) => {{
        #[allow(unused_imports)]
        use $crate::private::{HeapUnknown as _, NotShared as _};
        $crate::private::Shape::new(&$probe, $probe.heap(), $probe.share(), $probe.unshare())
    }};
}

/// Adds the value's way through a shared tier to a shape: decided here, so that generated code is the same with the
/// feature and without.
#[cfg(feature = "shared")]
#[doc(hidden)]
#[macro_export]
macro_rules! __codec {
    ($probe:ident, $shape:expr) => {{
        #[allow(unused_imports)]
        use $crate::private::NoCodec as _;
        $shape.codec($probe.codec())
    }};
}

/// Adds the value's way through a shared tier to a shape: there is none.
#[cfg(not(feature = "shared"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __codec {
    ($probe:ident, $shape:expr) => {
        $shape
    };
}

#[cfg(test)]
mod tests;
