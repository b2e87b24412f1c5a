//! What the compiler knows of a return type: its layers, whether its value can be weighed and its errors shared.
//!
//! Layers are recognised by method resolution: an inherent method of `Probe<Result<..>>` wins over the trait method
//! that every `Probe<..>` has. So aliases and nesting make no difference, and nothing is read from the spelling.

use std::marker::PhantomData;

use super::outcome::{Bare, InOption, InResult, Wrap};
use super::plan::Plan;
use super::policy::Policy;
use super::probed::{Can, Cannot, Portability};
use crate::entry::Weigh;
use crate::flight::Shared;
use crate::tier::Codec;

/// A return type under examination: `T` is what is left of it, `W` the layers taken off.
#[derive(Debug)]
pub struct Probe<T, W = Bare>(PhantomData<fn() -> (T, W)>);

impl<T, W> Probe<T, W> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<T> Probe<T> {
    /// Begins with the whole type.
    #[must_use]
    pub const fn new() -> Self {
        Self::NEW
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
        Probe::NEW
    }
}

impl<T, W> Probe<Option<T>, W> {
    /// Takes off an `Option`.
    #[must_use]
    pub const fn peel(self) -> Probe<T, InOption<W>> {
        Probe::NEW
    }
}

impl<T: Weigh, W> Probe<T, W> {
    /// The value gives account of its heap.
    #[must_use]
    pub const fn heap(&self) -> Can {
        Can
    }
}

impl<T, W: Wrap<T, Full: Clone + Send + Sync + 'static>> Probe<T, W> {
    /// Errors can be shared with those who wait for them.
    #[must_use]
    pub const fn share(&self) -> Can {
        Can
    }
}

#[cfg(feature = "shared")]
impl<T: serde::Serialize + serde::de::DeserializeOwned + 'static, W> Probe<T, W> {
    /// The value can go through a shared tier.
    #[must_use]
    pub const fn codec(&self) -> Can {
        Can
    }
}

#[cfg(not(feature = "shared"))]
impl<T, W> Probe<T, W> {
    /// There is no shared tier.
    #[must_use]
    pub const fn codec(&self) -> Cannot {
        Cannot
    }
}

/// What every type answers that does not answer for itself. One trait: in generated code each import is an item.
pub trait Otherwise: Sized {
    /// There is nothing to take off.
    #[must_use]
    fn peel(self) -> Self {
        self
    }

    /// The value's heap is not known.
    fn heap(&self) -> Cannot {
        Cannot
    }

    /// Errors cannot be shared: they are not `Clone`.
    fn share(&self) -> Cannot {
        Cannot
    }

    /// The value cannot go through a shared tier.
    fn codec(&self) -> Cannot {
        Cannot
    }
}

impl<T, W> Otherwise for Probe<T, W> {}

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
    /// Bytes that the value counts for beside its `size_of`.
    pub(crate) fn heap(&self, value: &T) -> usize {
        match (self.weight, self.heap) {
            (Some(weight), _) => weight(value).saturating_sub(size_of::<T>()),
            (None, Some(heap)) => heap(value),
            (None, None) => 0,
        }
    }

    /// [`heap`](Self::heap) of a value; its tags go to the plan.
    pub(super) fn measured<P: Policy<T>>(&self, value: &T, policy: &P, plan: &mut Plan) -> usize {
        plan.tags_of_value = policy.tags_of(value);
        self.heap(value)
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
    pub(crate) fn manual() -> Self {
        Self { codec: <Can as Portability<T>>::codec(), ..Self::none() }
    }
}

/// The layers of a return type.
#[doc(hidden)]
#[macro_export]
macro_rules! __layers {
    // Where `Otherwise` is imported already.
    (imported $type:ty) => {
        $crate::private::Probe::<$type>::new().peel().peel().peel().peel()
    };
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::private::Otherwise as _;
        $crate::__layers!(imported $type)
    }};
}

/// What a probe finds of a return type.
#[doc(hidden)]
#[macro_export]
macro_rules! __probed {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::private::Otherwise as _;
        let probe = $crate::__layers!(imported $type);
        $crate::private::probed(&probe, probe.heap(), probe.share(), probe.codec())
    }};
}

/// What a probe finds of a return type whose value stays in memory.
#[doc(hidden)]
#[macro_export]
macro_rules! __local_probed {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::private::Otherwise as _;
        let probe = $crate::__layers!(imported $type);
        $crate::private::probed(&probe, probe.heap(), probe.share(), $crate::private::Cannot)
    }};
}

#[cfg(test)]
mod tests;
