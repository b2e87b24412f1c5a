//! What generated code asks about an argument: is it a key, is it a handle, what do the filters make of it.

use std::any::type_name;
use std::marker::PhantomData;
use std::ops::Deref;

use super::{CacheKey, Sink, digest, segment_text};

/// Compiles where the argument can be part of a key.
pub const fn assert_key<K: CacheKey + ?Sized>(_: &K) {}

/// One segment of a key. Generated code mentions it in several places and asserts in one that it is a key; the others
/// take a stand-in where that fails, so that an argument that is none is one error.
#[derive(Debug)]
pub struct Part<'a, K: ?Sized>(pub &'a K);

impl<'a, K: CacheKey + ?Sized> Part<'a, K> {
    /// It is a key.
    #[inline]
    #[must_use]
    pub const fn key(&self) -> &'a K {
        self.0
    }
}

impl<K: ?Sized> Deref for Part<'_, K> {
    type Target = NoKey;

    fn deref(&self) -> &NoKey {
        &NoKey
    }
}

/// What stands in for an argument that is no key.
#[derive(Debug)]
pub struct NoKey;

impl NoKey {
    /// A key that nothing has: found where the true one is not to be had.
    #[must_use]
    pub const fn key(&self) -> &'static () {
        &()
    }
}

/// `{x|lower}`: the text in lower case.
pub fn lower<T: AsRef<str> + ?Sized>(text: &T) -> String {
    text.as_ref().to_lowercase()
}

/// `{x|hash}`: 128 bits of BLAKE3 over the printed form, in hexadecimal.
pub fn hash<K: CacheKey + ?Sized>(key: &K) -> String {
    digest(&segment_text(key))
}

/// The rest of a name, as a `key_with` function gives it.
#[derive(Debug)]
pub struct Verbatim(String);

/// The rest of a name.
pub fn verbatim(rest: impl Into<String>) -> Verbatim {
    Verbatim(rest.into())
}

impl CacheKey for Verbatim {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.verbatim(&self.0);
    }
}

/// The type parameters of a method's `Self`. Where there are none it is nothing at all.
#[derive(Debug)]
pub struct SelfParams<T: ?Sized>(PhantomData<fn() -> Box<T>>);

/// The type parameters of `T`.
#[must_use]
pub const fn self_params<T: ?Sized>() -> SelfParams<T> {
    SelfParams(PhantomData)
}

/// The type and const parameters in a type's full name. Lifetimes, which stand before them, tell nothing apart.
pub(crate) fn params_of(name: &str) -> Option<&str> {
    let mut params = name.split_once('<').and_then(|(_, params)| params.strip_suffix('>'))?;
    while let Some(rest) = params.strip_prefix("'_, ") {
        params = rest;
    }
    (params != "'_").then_some(params)
}

impl<T: ?Sized> CacheKey for SelfParams<T> {
    fn visit<S: Sink>(&self, sink: &mut S) {
        if let Some(params) = params_of(type_name::<T>()) {
            sink.type_params(params);
        }
    }
}

/// The segment of a type parameter: the type's full name.
#[derive(Debug)]
pub struct TypeSegment<T: ?Sized>(PhantomData<fn() -> Box<T>>);

/// The segment of `T`.
#[must_use]
pub const fn type_segment<T: ?Sized>() -> TypeSegment<T> {
    TypeSegment(PhantomData)
}

impl<T: ?Sized> CacheKey for TypeSegment<T> {
    fn visit<S: Sink>(&self, sink: &mut S) {
        sink.text(type_name::<T>());
    }
}

/// Asks whether the type of an argument with a handle's name is a key after all.
#[derive(Debug)]
pub struct HandleProbe<T: ?Sized>(PhantomData<fn() -> Box<T>>);

/// It is a key.
#[derive(Debug)]
pub struct IsKey;
/// It is not.
#[derive(Debug)]
pub struct NotKey;

impl<T: CacheKey + ?Sized> HandleProbe<T> {
    /// What it is.
    pub const VERDICT: IsKey = IsKey;
}

/// The answer of every other type.
pub trait NotKeyFallback {
    /// What it is.
    const VERDICT: NotKey = NotKey;
}

impl<T: ?Sized> NotKeyFallback for HandleProbe<T> {}

/// An argument that is left out of the key because of its name.
#[diagnostic::on_unimplemented(
    message = "this argument is named like a database handle, but its type is a `CacheKey`",
    label = "a handle or a part of the key?",
    note = "if it changes the answer, name it in the key: `key(db, ...)`; if it does not, leave it out: `skip(db)`"
)]
pub trait Handle {}

impl Handle for NotKey {}

/// Compiles where the argument is a handle.
pub const fn assert_handle<H: Handle>(_: &H) {}
