//! What options ask of a return type, and what they change of its shape; what the shape allows.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checked::Shaped;
use super::outcome::{InOption, InResult, Wrap};
use super::policy::Rules;
use super::probe::Shape;
use crate::flight::Shared;
use crate::registry::ValueFacts;

impl<T, W: Wrap<T>> Shape<T, W> {
    /// `weight`: the bytes that a value counts for, with at least its `size_of`.
    #[must_use]
    pub fn weight(mut self, weight: fn(&T) -> usize) -> Self {
        self.weight = Some(weight);
        self
    }

    /// What it says of the function.
    pub(crate) fn facts(&self) -> ValueFacts
    where
        T: 'static,
    {
        // What has nothing to drop holds nothing on the heap.
        let weighed = self.weight.is_some() || self.heap.is_some() || !std::mem::needs_drop::<T>();
        ValueFacts::of::<T>(self.portable(), weighed)
    }

    /// `share_err`
    #[must_use]
    pub fn share_err(mut self, share: fn(&W::Full) -> Option<Shared>, unshare: fn(&Shared) -> Option<W::Full>) -> Self {
        self.share = share;
        self.unshare = unshare;
        self
    }
}

/// The first rule over a function's values.
pub fn rules<S: Shaped>(_: S) -> Rules<S::Value> {
    Rules::new()
}

/// A return type whose error can be copied by hand.
#[diagnostic::on_unimplemented(
    message = "`share_err` is about errors, and this function never returns one",
    label = "there is no `Result` in the return type",
    note = "leave `share_err` out, or return a `Result`"
)]
pub trait CopyError: Sized {
    /// What there is to copy.
    type Error;

    /// The error, copied. None where this is none.
    fn copy_error(&self, copy: impl FnOnce(&Self::Error) -> Self::Error) -> Option<Self>;
}

impl<T, E> CopyError for Result<T, E> {
    type Error = E;

    fn copy_error(&self, copy: impl FnOnce(&E) -> E) -> Option<Self> {
        self.as_ref().err().map(|error| Err(copy(error)))
    }
}

#[diagnostic::do_not_recommend]
impl<R: CopyError> CopyError for Option<R> {
    type Error = R::Error;

    fn copy_error(&self, copy: impl FnOnce(&R::Error) -> R::Error) -> Option<Self> {
        self.as_ref().and_then(|inner| inner.copy_error(copy)).map(Some)
    }
}

/// Copies an error for those who wait for it.
pub fn share_copy<R>(full: &R, copy: impl FnOnce(&R::Error) -> R::Error) -> Option<Shared>
where
    R: CopyError + Send + Sync + 'static,
{
    full.copy_error(copy).map(|copied| Box::new(copied) as Shared)
}

/// Copies it again for one of them.
pub fn copy_shared<R>(shared: &Shared, copy: impl FnOnce(&R::Error) -> R::Error) -> Option<R>
where
    R: CopyError + 'static,
{
    shared.downcast_ref::<R>().and_then(|full| full.copy_error(copy))
}

/// A return type with an `Option` in it.
#[diagnostic::on_unimplemented(
    message = "`ttl_none` is about `None`, and this function never returns one",
    label = "there is no `Option` in the return type",
    note = "leave `ttl_none` out, or return an `Option`"
)]
pub trait MayBeAbsent {}

impl<W> MayBeAbsent for InOption<W> {}
impl<W: MayBeAbsent, E> MayBeAbsent for InResult<W, E> {}

/// A return type with a `Result` in it.
#[diagnostic::on_unimplemented(
    message = "`ttl_err` is about errors, and this function never returns one",
    label = "there is no `Result` in the return type",
    note = "leave `ttl_err` out, or return a `Result`"
)]
pub trait MayFail {}

impl<W, E> MayFail for InResult<W, E> {}
impl<W: MayFail> MayFail for InOption<W> {}

/// A return type whose error can be kept and given to several callers.
#[diagnostic::on_unimplemented(
    message = "`ttl_err` keeps errors and gives them to later callers, and `{Self}` cannot be copied",
    label = "its error is not `Clone + Send + Sync + 'static`",
    note = "derive `Clone` for the error, or say how to copy it: `share_err = copy_error`"
)]
pub trait SharedError {}

#[diagnostic::do_not_recommend]
impl<R: Clone + Send + Sync + 'static> SharedError for R {}

/// A value that can go through a shared tier.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go through a shared tier",
    label = "not `Serialize + DeserializeOwned`",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it, or write `tier = \"local\"`"
)]
pub trait Portable {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Portable for T {}

/// Compiles where the function may return `None`.
pub const fn assert_may_be_absent<T, W: Wrap<T> + MayBeAbsent>(_: &Shape<T, W>) {}
/// Compiles where the function may return `Err`.
pub const fn assert_may_fail<T, W: Wrap<T> + MayFail>(_: &Shape<T, W>) {}
/// Compiles where the function's error can be shared.
pub const fn assert_shared_error<T, W: Wrap<T, Full: SharedError>>(_: &Shape<T, W>) {}
/// Compiles where the function's value can go through a shared tier.
pub const fn assert_portable<T: Portable, W: Wrap<T>>(_: &Shape<T, W>) {}
