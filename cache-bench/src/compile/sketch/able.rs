//! What is found of a return type, told before the first call, and asserted of a session.

use std::any::type_name;
use std::fmt::Display;
use std::hash::Hash;
use std::marker::PhantomData;

/// What can be done with a return type.
pub struct Able<R> {
    pub(crate) heap: Option<fn(&R) -> usize>,
    is_shared: bool,
    is_written: bool,
}

impl<R> Clone for Able<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Able<R> {}

pub fn able<R>(heap: Option<fn(&R) -> usize>, is_shared: bool, is_written: bool) -> Able<R> {
    Able { heap, is_shared, is_written }
}

/// A return type, and what is left of it without its layers.
pub struct Probe<R, T = R>(PhantomData<fn() -> (R, T)>);

impl<R> Probe<R> {
    pub const NEW: Self = Self(PhantomData);
}

impl<R, T, E> Probe<R, Result<T, E>> {
    pub fn peel(self) -> Probe<R, T> {
        Probe(PhantomData)
    }
}

impl<R, T> Probe<R, Option<T>> {
    pub fn peel(self) -> Probe<R, T> {
        Probe(PhantomData)
    }
}

pub trait Heap {
    fn bytes(&self) -> usize;
}

impl Heap for String {
    fn bytes(&self) -> usize {
        self.capacity()
    }
}

impl<R, T: Heap> Probe<R, T> {
    pub fn heap(&self) -> Option<fn(&R) -> usize> {
        Some(|_| size_of::<T>())
    }
}

impl<R: Clone, T> Probe<R, T> {
    pub fn share(&self) -> bool {
        true
    }
}

impl<R, T: Display> Probe<R, T> {
    pub fn codec(&self) -> bool {
        true
    }
}

/// What every other type answers.
pub trait Unable<R>: Sized {
    const ANSWER: bool = false;

    fn peel(self) -> Self {
        self
    }

    fn heap(&self) -> Option<fn(&R) -> usize> {
        None
    }

    fn share(&self) -> bool {
        false
    }

    fn codec(&self) -> bool {
        false
    }
}

impl<R, T> Unable<R> for Probe<R, T> {}

/// Whether a type can be part of a key.
pub struct IsKey<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: Hash + Display + ?Sized> IsKey<T> {
    pub const ANSWER: bool = true;
}

impl<T: ?Sized> Unable<()> for IsKey<T> {}

pub const fn assert_session(is_key: bool) {
    assert!(!is_key, "a session that could be part of the key");
}

pub struct Described {
    pub kinds: Vec<&'static str>,
    pub is_shared: bool,
    pub is_written: bool,
}

pub fn kind<T: ?Sized>() -> &'static str {
    type_name::<T>()
}

pub fn described<R>(able: Able<R>, kinds: &[&'static str]) -> Described {
    Described { kinds: kinds.to_vec(), is_shared: able.is_shared, is_written: able.is_written }
}
